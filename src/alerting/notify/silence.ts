// Silences: alerts that match one are not told while it lasts. They have an end, always.
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Alert } from '../alert.ts';
import { type Matcher, parseMatcher } from './matcher.ts';
import { labelsOf } from './publish-alert.ts';

export interface Silence {
  readonly id: string;
  /** All must match: `severity=info`, `rule=~"daily_.*"`. */
  readonly matchers: readonly string[];
  readonly startsAtMillis: number;
  readonly endsAtMillis: number;
  readonly comment: string;
  readonly createdBy: string;
  readonly createdAtMillis: number;
}

export interface NewSilence {
  readonly matchers: readonly string[];
  /** Now, unless given. */
  readonly startsAtMillis?: number;
  readonly endsAtMillis: number;
  readonly comment?: string;
  readonly createdBy?: string;
}

export class SilenceError extends Error {
  override readonly name = 'SilenceError';
}

/** @throws {SilenceError} when it says nothing that can be meant. */
export function addSilence(database: DatabaseSync, given: NewSilence, nowMillis: number): Silence {
  const { matchers, startsAtMillis = nowMillis, endsAtMillis, comment = '', createdBy = '' } = given;
  if (matchers.length === 0) throw new SilenceError('matchers: at least one is needed, for example severity=info.');
  const parsed = matchers.map((text) => parse(text));
  // Alertmanager's rule: such a silence would take everything that has no such label.
  if (parsed.every((matcher) => matcher.matches(''))) {
    throw new SilenceError(
      `matchers: ${matchers.join(', ')} would silence everything; one must not match an empty value.`,
    );
  }
  if (!Number.isFinite(endsAtMillis) || endsAtMillis <= Math.max(startsAtMillis, nowMillis)) {
    throw new SilenceError('ends: a silence ends after it starts, and not in the past.');
  }
  const silence: Silence = {
    id: randomUUID(),
    matchers,
    startsAtMillis,
    endsAtMillis,
    comment,
    createdBy,
    createdAtMillis: nowMillis,
  };
  database
    .prepare(
      'INSERT INTO silence (id, matchers, starts_at, ends_at, comment, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    .run(silence.id, JSON.stringify(matchers), startsAtMillis, endsAtMillis, comment, createdBy, nowMillis);
  return silence;
}

/**
 * Ends a silence now; the beginning of its id is enough when no other begins so.
 * @returns what was ended, `undefined` when there is none that could be meant or it is over already.
 */
export function endSilence(database: DatabaseSync, id: string, nowMillis: number): Silence | undefined {
  const meant = listSilences(database, nowMillis).filter((silence) => id !== '' && silence.id.startsWith(id));
  const [silence] = meant;
  if (silence === undefined || meant.length > 1) return undefined;
  database.prepare('UPDATE silence SET ends_at = ? WHERE id = ?').run(nowMillis, silence.id);
  return { ...silence, endsAtMillis: nowMillis };
}

/** Those that last or are still to begin, the first to end first; with those that are over when `sinceMillis` is given, from their end then. */
export function listSilences(database: DatabaseSync, nowMillis: number, sinceMillis = nowMillis): Silence[] {
  return database
    .prepare('SELECT * FROM silence WHERE ends_at > ? ORDER BY ends_at, id')
    .all(sinceMillis)
    .map((row) => ({
      id: row.id as string,
      matchers: JSON.parse(row.matchers as string) as string[],
      startsAtMillis: row.starts_at as number,
      endsAtMillis: row.ends_at as number,
      comment: row.comment as string,
      createdBy: row.created_by as string,
      createdAtMillis: row.created_at as number,
    }));
}

/** Removes those that ended before then. */
export function pruneSilences(database: DatabaseSync, beforeMillis: number): void {
  database.prepare('DELETE FROM silence WHERE ends_at < ?').run(beforeMillis);
}

/** A judge of alerts by the silences that last now. */
export function silencedBy(database: DatabaseSync, nowMillis: number): (alert: Alert) => Silence | undefined {
  const lasting = listSilences(database, nowMillis)
    .filter(({ startsAtMillis }) => startsAtMillis <= nowMillis)
    .map((silence) => ({ silence, matchers: silence.matchers.map(parseMatcher) }))
    // One that a later version wrote, or a hand, must not hold up what others say.
    .filter((entry): entry is { silence: Silence; matchers: Matcher[] } =>
      entry.matchers.every((one) => typeof one === 'object'),
    );
  return (alert) => {
    if (lasting.length === 0) return undefined;
    const labels = labelsOf(alert);
    return lasting.find(({ matchers }) => matchers.every(({ name, matches }) => matches(labels[name] ?? '')))?.silence;
  };
}

function parse(text: string): Matcher {
  const matcher = parseMatcher(text);
  if (typeof matcher === 'string') throw new SilenceError(matcher);
  return matcher;
}
