// What happened: every transition of every series and every attempt to tell somebody. Must never hold a secret: outcomes are words of ours, never a server's.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Severity } from '../rule.ts';
import type { Outcome } from './outcome.ts';
import { prepared } from './prepared.ts';

/** A series of a rule went from one state to another. */
export interface Transition {
  readonly kind: 'transition';
  /** Milliseconds since the epoch. */
  readonly atMillis: number;
  readonly rule: string;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly severity: Severity;
  readonly from: string;
  readonly to: string;
  /** null: no data. */
  readonly value: number | null;
  readonly threshold: number;
}

/** Somebody was told, or was not. */
export interface Delivery {
  readonly kind: 'delivery';
  /** When the attempt was over, in milliseconds since the epoch. */
  readonly atMillis: number;
  readonly channel: string;
  readonly channelType: string;
  /** `alerts`, `test`, or whose message it was. */
  readonly about: string;
  /** 1 for the first try of a message. */
  readonly attempt: number;
  readonly outcome: Outcome;
  /** Why not, in words of ours: `http_500`, `timeout`, `private_address`. */
  readonly reason?: string;
  /** Milliseconds the attempt took. */
  readonly durationMillis: number;
  /** The alerts of the message; empty for a message that is about none. */
  readonly alerts: readonly { readonly rule: string; readonly fingerprint: string; readonly state: string }[];
}

export type HistoryEntry = Transition | Delivery;

export interface HistoryFilter {
  /** Milliseconds since the epoch; this one included. */
  readonly sinceMillis?: number;
  readonly kind?: HistoryEntry['kind'];
  readonly rule?: string;
  readonly channel?: string;
  /** The last so many, 100 unless given. */
  readonly limit?: number;
}

/** Writes one entry; within the caller's transaction when there is one. */
export function writeHistory(database: DatabaseSync, entry: HistoryEntry): void {
  const { kind, atMillis, ...rest } = entry;
  const rule = entry.kind === 'transition' ? entry.rule : (entry.alerts[0]?.rule ?? null);
  prepared(database, 'INSERT INTO history (at, kind, rule, channel, entry) VALUES (?, ?, ?, ?, ?)').run(
    atMillis,
    kind,
    rule,
    entry.kind === 'delivery' ? entry.channel : null,
    JSON.stringify(rest),
  );
}

/** The last entries that `filter` lets through, oldest first. A delivery belongs to every rule of its alerts. */
export function readHistory(database: DatabaseSync, filter: HistoryFilter = {}): HistoryEntry[] {
  const { sinceMillis, kind, rule, channel, limit = 100 } = filter;
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const where = (condition: string, ...given: SQLInputValue[]): void => {
    conditions.push(condition);
    values.push(...given);
  };
  if (sinceMillis !== undefined) where('at >= ?', sinceMillis);
  if (kind !== undefined) where('kind = ?', kind);
  if (channel !== undefined) where('channel = ?', channel);
  if (rule !== undefined) {
    where(
      "(rule = ? OR EXISTS (SELECT 1 FROM json_each(entry, '$.alerts') AS told WHERE json_extract(told.value, '$.rule') = ?))",
      rule,
      rule,
    );
  }
  const sql = `SELECT at, kind, entry FROM history ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ORDER BY at DESC, id DESC LIMIT ?`;
  return database
    .prepare(sql)
    .all(...values, limit)
    .map((row) => Object.assign(JSON.parse(row.entry as string), { kind: row.kind, atMillis: row.at }) as HistoryEntry)
    .toReversed();
}

/** Removes what is older than `beforeMillis`. */
export function pruneHistory(database: DatabaseSync, beforeMillis: number): void {
  database.prepare('DELETE FROM history WHERE at < ?').run(beforeMillis);
}
