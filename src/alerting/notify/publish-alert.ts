// How an alert comes to those who tell people: whoever judges the rules writes it here, in the transaction in which the series changes its state.
import type { DatabaseSync } from 'node:sqlite';
import type { Alert } from '../alert.ts';
import { dueAt } from './due.ts';
import { prepared } from './prepared.ts';
import { forgetSettled, toldOf } from './told.ts';

export interface Publication {
  /** Milliseconds after which it is told again while it fires; 0: never. */
  readonly cooldownMillis: number;
  readonly nowMillis: number;
  /** Labels (or `rule`, `severity`) whose values part the alerts of a channel into messages. None: all that is due goes into one. */
  readonly groupBy?: readonly string[];
}

/**
 * Hands over an alert that fires or is resolved. Once for each of these transitions is enough, from one process of those that judge the rule;
 * what is published again (a new value or description) changes what the next message says, not when it is sent.
 * Channels that are no longer named hear nothing more of it.
 */
export function publishAlert(database: DatabaseSync, alert: Alert, publication: Publication): void {
  const { cooldownMillis, nowMillis, groupBy = [] } = publication;
  const { fingerprint, startsAtMillis, state } = alert;
  prepared(
    database,
    `INSERT INTO alert (fingerprint, rule, state, starts_at, cooldown_millis, body) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET state = excluded.state, starts_at = excluded.starts_at, cooldown_millis = excluded.cooldown_millis, body = excluded.body`,
  ).run(fingerprint, alert.rule, state, startsAtMillis, cooldownMillis, JSON.stringify(alert));
  const known = new Map(
    prepared(database, 'SELECT channel, due_at, told_state, told_starts_at, told_at FROM telling WHERE fingerprint = ?')
      .all(fingerprint)
      .map((row) => [row.channel as string, row]),
  );
  const groupKey = keyOf(alert, groupBy);
  const upsert = prepared(
    database,
    `INSERT INTO telling (channel, fingerprint, group_key, due_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET group_key = excluded.group_key, due_at = excluded.due_at`,
  );
  for (const channel of new Set(alert.channels)) {
    const row = known.get(channel);
    known.delete(channel);
    const due = dueAt({ state, startsAtMillis, cooldownMillis }, row && toldOf(row), nowMillis);
    // What waits already keeps its place.
    const earlier = row?.due_at as number | null | undefined;
    upsert.run(channel, fingerprint, groupKey, due !== null && earlier ? Math.min(earlier, due) : due);
  }
  const remove = prepared(database, 'DELETE FROM telling WHERE channel = ? AND fingerprint = ?');
  for (const channel of known.keys()) remove.run(channel, fingerprint);
  forgetSettled(database, fingerprint);
}

/** The labels people match and group alerts by: the alert's own, its rule (as `rule`, and as Alertmanager calls it) and its severity. */
export function labelsOf(alert: Alert): Record<string, string> {
  return { ...alert.labels, rule: alert.rule, alertname: alert.rule, severity: alert.severity };
}

function keyOf(alert: Alert, groupBy: readonly string[]): string {
  if (groupBy.length === 0) return '';
  const labels = labelsOf(alert);
  return JSON.stringify(groupBy.map((name) => labels[name] ?? ''));
}
