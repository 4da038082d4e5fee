// The rules that the command line keeps in alerts.db. As people wrote them: they are parsed when they are read, by whoever runs them.
import type { DatabaseSync } from 'node:sqlite';
import type { RuleInput } from '../rule.ts';

/** How long the rules of a configuration are kept that no process brings any more, in milliseconds. */
const BROUGHT_MILLIS = 86_400_000;

export interface StoredRule {
  readonly name: string;
  /** What was saved; not yet parsed: another version of this package may have written it. */
  readonly input: unknown;
  readonly createdMillis: number;
  readonly updatedMillis: number;
}

export class RuleStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** By name. */
  list(): StoredRule[] {
    return this.#database.prepare('SELECT * FROM rule ORDER BY name').all().map(toStored);
  }

  get(name: string): StoredRule | undefined {
    const row = this.#database.prepare('SELECT * FROM rule WHERE name = ?').get(name);
    return row && toStored(row);
  }

  /**
   * Adds a rule, or puts it in the place of the one of its name.
   * @param input one that `parseRule` has accepted.
   */
  save(input: RuleInput, nowMillis = Date.now()): void {
    this.#database
      .prepare(
        `INSERT INTO rule VALUES ($name, $body, $now, $now)
         ON CONFLICT (name) DO UPDATE SET body = $body, updated_millis = $now`,
      )
      .run({ $name: input.name, $body: JSON.stringify(input), $now: nowMillis });
  }

  /** @returns whether there was one. */
  delete(name: string): boolean {
    return this.#database.prepare('DELETE FROM rule WHERE name = ?').run(name).changes > 0;
  }

  /**
   * Rules of the configuration of a process, for the one that evaluates. What the same program brought before is taken away. They are kept for a day
   * unless {@link keep} is called.
   * @param origin the program.
   */
  bring(origin: string, inputs: readonly RuleInput[], nowMillis = Date.now()): void {
    const names = JSON.stringify(inputs.map(({ name }) => name));
    this.#database
      .prepare('DELETE FROM config_rule WHERE origin = ? AND name NOT IN (SELECT value FROM json_each(?))')
      .run(origin, names);
    const insert = this.#database.prepare(
      `INSERT INTO config_rule VALUES ($origin, $name, $body, $now, $now)
       ON CONFLICT DO UPDATE SET body = $body, brought_millis = $now, seen_millis = $now WHERE body <> $body`,
    );
    for (const input of inputs) {
      insert.run({ $origin: origin, $name: input.name, $body: JSON.stringify(input), $now: nowMillis });
    }
    this.#seen(origin, nowMillis);
  }

  /**
   * The program goes on. Says whether there are rules of it: others may have taken them away.
   * @param forgetAsOf see `Jumps.forgetAsOf`.
   */
  keep(origin: string, nowMillis: number, forgetAsOf: number): boolean {
    const isThere = this.#seen(origin, nowMillis);
    this.#database.prepare('DELETE FROM config_rule WHERE seen_millis < ?').run(forgetAsOf - BROUGHT_MILLIS);
    return isThere;
  }

  #seen(origin: string, nowMillis: number): boolean {
    return (
      this.#database.prepare('UPDATE config_rule SET seen_millis = ? WHERE origin = ?').run(nowMillis, origin).changes >
      0
    );
  }

  /** Rules of configurations. Of two with the same name the one that was brought last. */
  brought(): StoredRule[] {
    const rows = this.#database
      .prepare(
        'SELECT name, body, brought_millis AS created_millis, brought_millis AS updated_millis FROM config_rule ORDER BY brought_millis',
      )
      .all();
    return [...new Map(rows.map((row) => [row.name, toStored(row)])).values()];
  }

  /** Changes with every change of a rule, by whichever process. */
  revision(): number {
    return Number(this.#database.prepare("SELECT value FROM revision WHERE what = 'rule'").get()?.value);
  }
}

function toStored(row: Record<string, unknown>): StoredRule {
  return {
    name: String(row.name),
    input: parse(String(row.body)),
    createdMillis: Number(row.created_millis),
    updatedMillis: Number(row.updated_millis),
  };
}

/** `undefined` when it is no JSON: no rule either. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
