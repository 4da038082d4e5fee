// The states of the rules' series in alerts.db. What happens to them is written in one transaction with what people are to be told of it.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Alert } from '../alert.ts';
import type { Change, Check } from '../evaluation/check.ts';
import { RESOLVED_MILLIS, type SeriesState } from '../evaluation/state-machine.ts';
import { type Transition, writeHistory } from '../notify/history.ts';
import { prepared } from '../notify/prepared.ts';

/** A series that was not inactive. */
export interface StoredState {
  readonly rule: string;
  readonly step: string;
  readonly values: readonly string[];
  readonly fingerprint: string;
  readonly state: SeriesState;
}

/** Hands an alert over to those who tell people, within the transaction: see `Notifier.publish`. */
export type Publish = (alert: Alert, cooldownMillis: number) => void;

const READ_AT_ONCE = 200;

export class StateStore {
  readonly #database: DatabaseSync;
  readonly #publish: Publish;
  readonly #write: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync, publish: Publish) {
    this.#database = database;
    this.#publish = publish;
    this.#write = database.prepare('INSERT OR REPLACE INTO alert_state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#remove = database.prepare('DELETE FROM alert_state WHERE fingerprint = ?');
  }

  /** All there are, a piece at a time: there may be a million. */
  *load(): Generator<readonly StoredState[]> {
    const read = this.#database.prepare('SELECT * FROM alert_state WHERE fingerprint > ? ORDER BY fingerprint LIMIT ?');
    let rows: ReturnType<typeof read.all>;
    let last = '';
    do {
      rows = read.all(last, READ_AT_ONCE);
      last = String(rows.at(-1)?.fingerprint);
      yield rows.map((row) => ({
        rule: String(row.rule),
        step: String(row.step),
        values: JSON.parse(String(row.series)) as string[],
        fingerprint: String(row.fingerprint),
        state: {
          state: row.state as SeriesState['state'],
          activeMillis: Number(row.active_millis),
          firedMillis: numberOr(row.fired_millis),
          keptMillis: numberOr(row.kept_millis),
          resolvedMillis: numberOr(row.resolved_millis),
        },
      }));
    } while (rows.length === READ_AT_ONCE);
  }

  /** Writes the state a series is in now. */
  save(check: Check, slot: number): void {
    const state = check.states.get(slot);
    const { fingerprint, values } = check.identityOf(slot);
    if (state === undefined) {
      this.#remove.run(fingerprint);
      return;
    }
    this.#write.run(
      fingerprint,
      check.rule.name,
      check.step ?? '',
      JSON.stringify(values),
      state.state,
      state.activeMillis,
      state.firedMillis ?? null,
      state.keptMillis ?? null,
      state.resolvedMillis ?? null,
    );
  }

  /** Whether any series fires, or is about to. */
  hasOpen(): boolean {
    return prepared(this.#database, "SELECT 1 FROM alert_state WHERE state <> 'resolved' LIMIT 1").get() !== undefined;
  }

  /** Writes a change into the history, and hands an alert that fires or is over to those who tell people. */
  record(change: Change): Transition {
    const { check, slot, from, to, value, atMillis, state } = change;
    const { rule, threshold, severity } = check;
    const { labels, fingerprint } = check.identityOf(slot);
    const transition: Transition = {
      kind: 'transition',
      atMillis,
      rule: rule.name,
      fingerprint,
      labels,
      severity,
      from,
      to,
      value,
      threshold,
    };
    writeHistory(this.#database, transition);
    if (state !== undefined && (to === 'firing' || to === 'resolved')) this.publish(check, slot, state);
    return transition;
  }

  /** Hands over an alert as it is now, also without a change: a new value is told with the next message. */
  publish(check: Check, slot: number, state: SeriesState): void {
    this.#publish(check.alertOf(slot, state), check.rule.cooldownMillis);
  }

  /** Ends what was left by a rule that is no more. @returns what that is to people; nothing of what did not fire. */
  end({ rule, fingerprint, state }: StoredState, nowMillis: number): Transition | undefined {
    this.#remove.run(fingerprint);
    const row = this.#database.prepare('SELECT body FROM alert WHERE fingerprint = ?').get(fingerprint);
    if (state.state !== 'firing' || row === undefined) return undefined;
    const alert: Alert = { ...(JSON.parse(String(row.body)) as Alert), state: 'resolved', endsAtMillis: nowMillis };
    const { labels, severity, value, threshold } = alert;
    const change = { rule, fingerprint, labels, severity, from: 'firing', to: 'resolved', value, threshold };
    const transition: Transition = { kind: 'transition', atMillis: nowMillis, ...change };
    writeHistory(this.#database, transition);
    this.#publish(alert, 0);
    return transition;
  }

  /** Forgets what has been over for long. */
  prune(nowMillis: number): void {
    this.#database
      .prepare("DELETE FROM alert_state WHERE state = 'resolved' AND resolved_millis < ?")
      .run(nowMillis - RESOLVED_MILLIS);
  }
}

function numberOr(value: unknown): number | undefined {
  return value === null ? undefined : Number(value);
}
