// The rules that the command line keeps in alerts.db. As people wrote them: they are parsed when they are read, by whoever runs them.
import type { DatabaseSync } from 'node:sqlite';
import type { RuleInput } from '../rule.ts';

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
