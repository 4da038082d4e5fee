// What has been told to whom: the rows of `telling`.
import type { DatabaseSync } from 'node:sqlite';
import type { Alert } from '../alert.ts';
import { dueAt, type Told } from './due.ts';
import { prepared } from './prepared.ts';

/** What a row of `telling` says has been told. */
export function toldOf(row: Record<string, unknown>): Told | undefined {
  if (row.told_state === null) return undefined;
  return {
    state: row.told_state as Told['state'],
    startsAtMillis: row.told_starts_at as number,
    atMillis: row.told_at as number,
  };
}

/** Notes what a channel has been told, or that somebody begins to. */
export function setTold(
  database: DatabaseSync,
  channel: string,
  alert: Alert,
  state: Told['state'],
  now: number,
): void {
  prepared(
    database,
    'UPDATE telling SET told_state = ?, told_starts_at = ?, told_at = ? WHERE channel = ? AND fingerprint = ?',
  ).run(state, alert.startsAtMillis, now, channel, alert.fingerprint);
}

/** What was told has been told: the next time it is due is found from how the alert is now, which may have changed meanwhile. */
export function settleAlert(database: DatabaseSync, channel: string, sent: Alert, now: number): void {
  setTold(database, channel, sent, sent.state, now);
  const current = prepared(database, 'SELECT state, starts_at, cooldown_millis FROM alert WHERE fingerprint = ?').get(
    sent.fingerprint,
  );
  if (current === undefined) return;
  const due = dueAt(
    {
      state: current.state as Alert['state'],
      startsAtMillis: current.starts_at as number,
      cooldownMillis: current.cooldown_millis as number,
    },
    { state: sent.state, startsAtMillis: sent.startsAtMillis, atMillis: now },
    now,
  );
  prepared(database, 'UPDATE telling SET due_at = ? WHERE channel = ? AND fingerprint = ?').run(
    due,
    channel,
    sent.fingerprint,
  );
  forgetSettled(database, sent.fingerprint);
}

/** Forgets an alert that is over and of which nobody is to be told any more. */
export function forgetSettled(database: DatabaseSync, fingerprint: string): void {
  const { changes } = prepared(
    database,
    `DELETE FROM alert WHERE fingerprint = ? AND state = 'resolved'
       AND NOT EXISTS (SELECT 1 FROM telling WHERE telling.fingerprint = alert.fingerprint AND due_at IS NOT NULL)`,
  ).run(fingerprint);
  if (changes > 0) prepared(database, 'DELETE FROM telling WHERE fingerprint = ?').run(fingerprint);
}

/** Forgets what has waited in vain since before then, to be told by a process that knows the channel. What fires is kept: its end is to come. */
export function forgetUntold(database: DatabaseSync, beforeMillis: number): void {
  prepared(database, 'DELETE FROM telling WHERE due_at < ?').run(beforeMillis);
  prepared(
    database,
    "DELETE FROM alert WHERE state = 'resolved' AND fingerprint NOT IN (SELECT fingerprint FROM telling)",
  ).run();
}
