// Who sends a message, and when. All of it is decided in the database, so that of all processes exactly one sends; who dies while sending is followed by another.
import { createHash, randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../../internal/database.ts';
import { HERE, isAlive, processStart } from '../../internal/process-alive.ts';
import type { Alert } from '../alert.ts';
import type { Told } from './due.ts';
import { type Delivery, writeHistory } from './history.ts';
import { type Message, type MessageAlert, messageOf } from './message.ts';
import { prepared } from './prepared.ts';
import { silencedBy } from './silence.ts';
import { setTold, settleAlert, toldOf } from './told.ts';

/** One message to one channel. */
export interface GroupKey {
  readonly channel: string;
  readonly groupKey: string;
}

export interface ClaimSettings {
  /** Milliseconds that alerts wait for others that fire together with them. */
  readonly groupWaitMillis: number;
  /** Milliseconds between two messages of one group. */
  readonly groupIntervalMillis: number;
  /** Milliseconds after which whoever has not said how it went is taken for gone; one of this machine that is dead at once. */
  readonly leaseMillis: number;
  /** Whether the end of alerts is told; if not it is forgotten. */
  readonly sendResolved: boolean;
  readonly channelType: string;
  /** More alerts make more than one message. */
  readonly maxAlerts: number;
  /** Waits for nobody: the process ends. */
  readonly isUrgent?: boolean;
}

export interface Claim extends GroupKey {
  readonly id: string;
  readonly channelType: string;
  readonly message: Message;
  /** 1 for the first try. */
  readonly attempt: number;
  /** It was taken from somebody who is gone. */
  readonly isTakenOver: boolean;
  /** There was more than fits into one message. */
  readonly hasMore: boolean;
}

/** Nothing is to be sent now. */
export interface NoClaim {
  /** Milliseconds since the epoch at which to look again; `undefined`: when something happens. */
  readonly wakeAtMillis: number | undefined;
}

/** Longest time until another try. */
export const MAX_WAIT_MILLIS = 3_600_000;
/** For what delays us. */
const EXPIRY_MARGIN_MILLIS = 600_000;
/** A year: whoever is told once must not forget. */
const FOR_EVER_MILLIS = 31_536_000_000;

interface Row {
  readonly claim: string | null;
  readonly claimed_until: number;
  readonly in_flight: string | null;
  readonly failures: number;
  readonly failing_since: number | null;
  readonly next_try_at: number;
  readonly last_told_at: number;
}
const NEW_ROW: Row = {
  claim: null,
  claimed_until: 0,
  in_flight: null,
  failures: 0,
  failing_since: null,
  next_try_at: 0,
  last_told_at: 0,
};

/** Groups of which something is due, and when something of any will be next. */
export function dueGroups(database: DatabaseSync, nowMillis: number): { groups: GroupKey[]; nextAtMillis?: number } {
  const groups = prepared(database, 'SELECT DISTINCT channel, group_key FROM telling WHERE due_at <= ?')
    .all(nowMillis)
    .map((row) => ({ channel: row.channel as string, groupKey: row.group_key as string }));
  const next = prepared(database, 'SELECT MIN(due_at) AS at FROM telling WHERE due_at > ?').get(nowMillis)?.at;
  return { groups, ...(typeof next === 'number' && { nextAtMillis: next }) };
}

/** Takes on what is due of a group, when it is time and nobody else has. */
export function claimGroup(
  database: DatabaseSync,
  group: GroupKey,
  settings: ClaimSettings,
  now: () => number,
): Claim | NoClaim {
  if (!settings.sendResolved) forgetResolved(database, group, now());
  // As a rule there is nothing to do, and to see that needs no lock.
  const first = look(database, group, settings, now());
  if ('wakeAtMillis' in first) return first;
  return inTransaction(database, () => {
    // The lock may have taken its time, in which another was here.
    const nowMillis = now();
    const seen = look(database, group, settings, nowMillis);
    if ('wakeAtMillis' in seen) return seen;
    const { row, alerts, hasMore } = seen;
    const failures = row.claim === null ? row.failures : row.failures + 1;
    if (row.claim !== null) noteInterrupted(database, group, row, nowMillis);
    const id = randomUUID();
    const claim: Claim = {
      ...group,
      id,
      channelType: settings.channelType,
      message: messageOf(
        messageId(group, alerts),
        alerts.map(({ alert }) => alert),
        nowMillis,
      ),
      attempt: failures + 1,
      isTakenOver: row.claim !== null,
      hasMore,
    };
    const inFlight: InFlight = {
      holder: { pid: process.pid, host: HERE, started: processStart(process.pid) },
      attempt: claim.attempt,
      startedAt: nowMillis,
      channelType: settings.channelType,
      alerts: briefly(claim),
    };
    prepared(
      database,
      `INSERT INTO notification (channel, group_key, claim, claimed_until, in_flight, failures) VALUES ($channel, $groupKey, $id, $until, $inFlight, $failures)
         ON CONFLICT DO UPDATE SET claim = $id, claimed_until = $until, in_flight = $inFlight, failures = $failures`,
    ).run({
      $channel: group.channel,
      $groupKey: group.groupKey,
      $id: id,
      $until: nowMillis + settings.leaseMillis,
      $inFlight: JSON.stringify(inFlight),
      $failures: failures,
    });
    for (const { alert, told } of alerts) {
      const isKnown = told?.state === 'firing' && told.startsAtMillis === alert.startsAtMillis;
      if (alert.state === 'firing' && !isKnown) setTold(database, group.channel, alert, 'trying', nowMillis);
    }
    return claim;
  });
}

/** What is being sent, and who sends it. */
interface InFlight {
  readonly holder: { readonly pid: number; readonly host: string; readonly started?: string | undefined };
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly channelType: string;
  readonly alerts: Delivery['alerts'];
}

interface DueAlert {
  readonly alert: MessageAlert;
  readonly told: Told | undefined;
}

function look(
  database: DatabaseSync,
  group: GroupKey,
  settings: ClaimSettings,
  now: number,
): { row: Row; alerts: DueAlert[]; hasMore: boolean } | NoClaim {
  const row = readRow(database, group);
  if (isHeld(row, settings.leaseMillis, now)) return { wakeAtMillis: row.claimed_until };
  if (isAhead(row.next_try_at, now, MAX_WAIT_MILLIS * 2)) return { wakeAtMillis: row.next_try_at };
  const { alerts, firstDueAt, hasMore, silencedUntil } = openAlerts(database, group, settings, now);
  if (firstDueAt === undefined) return { wakeAtMillis: silencedUntil };
  if (!settings.isUrgent && row.failures === 0 && row.claim === null) {
    const lastTold = row.last_told_at > now ? 0 : row.last_told_at;
    const sendAt = Math.max(firstDueAt + settings.groupWaitMillis, lastTold + settings.groupIntervalMillis);
    if (sendAt > now) return { wakeAtMillis: sendAt };
  }
  return { row, alerts, hasMore };
}

interface OpenAlerts {
  readonly alerts: DueAlert[];
  /** `undefined`: none is. */
  readonly firstDueAt: number | undefined;
  readonly hasMore: boolean;
  /** When the first of the silences ends that hold back what is due. */
  readonly silencedUntil: number | undefined;
}

/** What is due of a group and not silenced, the first to be due first, as much as fits into one message. */
function openAlerts(
  database: DatabaseSync,
  { channel, groupKey }: GroupKey,
  settings: ClaimSettings,
  now: number,
): OpenAlerts {
  const silenceOf = silencedBy(database, now);
  const due = prepared(
    database,
    `SELECT due_at, told_state, told_starts_at, told_at, cooldown_millis, body FROM telling JOIN alert USING (fingerprint)
     WHERE channel = ? AND group_key = ? AND due_at <= ? ORDER BY due_at, fingerprint`,
  ).iterate(channel, groupKey, now);
  const alerts: DueAlert[] = [];
  let firstDueAt: number | undefined;
  let silencedUntil: number | undefined;
  for (const row of due) {
    const alert = parsed(row.body) as Alert | undefined;
    if (alert === undefined) continue;
    const silence = silenceOf(alert);
    if (silence !== undefined) {
      silencedUntil = Math.min(silence.endsAtMillis, silencedUntil ?? Number.POSITIVE_INFINITY);
      continue;
    }
    if (alerts.length >= settings.maxAlerts) return { alerts, firstDueAt, silencedUntil, hasMore: true };
    firstDueAt ??= row.due_at as number;
    const expiresAtMillis = now + untilTold(row.cooldown_millis as number, settings);
    alerts.push({ alert: { ...alert, expiresAtMillis }, told: toldOf(row) });
  }
  return { alerts, firstDueAt, silencedUntil, hasMore: false };
}

/** Milliseconds within which an alert is told again, if it still fires. */
function untilTold(cooldownMillis: number, { groupWaitMillis, groupIntervalMillis }: ClaimSettings): number {
  if (cooldownMillis === 0) return FOR_EVER_MILLIS;
  return cooldownMillis + groupWaitMillis + groupIntervalMillis + EXPIRY_MARGIN_MILLIS;
}

/** `undefined` for what is spoilt: it must not hold up the others. */
function parsed(text: unknown): unknown {
  try {
    return JSON.parse(text as string);
  } catch {
    return undefined;
  }
}

/** For a channel that does not want to hear of the end. */
function forgetResolved(database: DatabaseSync, { channel, groupKey }: GroupKey, now: number): void {
  const unwanted = prepared(
    database,
    `SELECT body FROM telling JOIN alert USING (fingerprint)
       WHERE channel = ? AND group_key = ? AND due_at <= ? AND state = 'resolved'`,
  ).all(channel, groupKey, now);
  if (unwanted.length === 0) return;
  inTransaction(database, () => {
    for (const { body } of unwanted) {
      const alert = parsed(body) as Alert | undefined;
      if (alert !== undefined) settleAlert(database, channel, alert, now);
    }
  });
}

/** Whoever sent it is gone, and nobody knows how far they came. */
function noteInterrupted(database: DatabaseSync, group: GroupKey, row: Row, now: number): void {
  const inFlight = parsed(row.in_flight) as InFlight | undefined;
  if (inFlight === undefined) return;
  const { attempt, startedAt, channelType, alerts } = inFlight;
  writeHistory(database, {
    kind: 'delivery',
    atMillis: now,
    channel: group.channel,
    channelType,
    about: 'alerts',
    attempt,
    outcome: 'interrupted',
    reason: 'process_gone',
    durationMillis: Math.max(0, now - startedAt),
    alerts,
  });
}

/** The same however often the same is sent, so that a receiver can tell. */
function messageId({ channel, groupKey }: GroupKey, alerts: readonly DueAlert[]): string {
  const parts = alerts.map(({ alert, told }) => [
    alert.fingerprint,
    alert.state,
    alert.startsAtMillis,
    told?.state === 'firing' ? told.atMillis : 0,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([channel, groupKey, parts.map(String).sort()]))
    .digest('hex')
    .slice(0, 32);
}

export function briefly({ message }: Pick<Claim, 'message'>): Delivery['alerts'] {
  return message.alerts.map(({ rule, fingerprint, state }) => ({ rule, fingerprint, state }));
}

/** Whether somebody sends, as far as anybody can tell. */
function isHeld({ claim, claimed_until, in_flight }: Row, leaseMillis: number, now: number): boolean {
  // A time much further off than can be was written before the clock was set back.
  if (claim === null || !isAhead(claimed_until, now, leaseMillis * 2)) return false;
  const holder = (parsed(in_flight) as InFlight | undefined)?.holder;
  return holder?.host !== HERE || isAlive(holder.pid, holder.started);
}

function isAhead(at: number, now: number, most: number): boolean {
  return at > now && at - now <= most;
}

export function readRow(database: DatabaseSync, { channel, groupKey }: GroupKey): Row {
  const row = prepared(database, 'SELECT * FROM notification WHERE channel = ? AND group_key = ?').get(
    channel,
    groupKey,
  );
  return (row as unknown as Row | undefined) ?? NEW_ROW;
}
