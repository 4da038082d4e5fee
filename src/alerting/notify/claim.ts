// Who sends a message, and when. All of it is decided in the database, so that of all processes exactly one sends; who dies while sending is followed by another.
import { createHash, randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../../internal/database.ts';
import type { Alert } from '../alert.ts';
import { dueAt, type Told } from './due.ts';
import { type Delivery, writeHistory } from './history.ts';
import { type Message, type MessageAlert, messageOf } from './message.ts';
import type { Attempt, Outcome } from './outcome.ts';
import { forgetSettled, toldOf } from './publish-alert.ts';
import { silencedBy } from './silence.ts';

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
  /** Milliseconds after which whoever has not said how it went is taken for gone. */
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

const MIN_BACKOFF_MILLIS = 5000;
const MAX_BACKOFF_MILLIS = 600_000;
const MAX_WAIT_MILLIS = 3_600_000;
/** What could not be told for so long is told no more. */
const GIVE_UP_MILLIS = 86_400_000;
/** Receivers that forget are told again within the cooldown; so much more is for what delays us. */
const EXPIRY_MARGIN_MILLIS = 600_000;

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
  const groups = database
    .prepare('SELECT DISTINCT channel, group_key FROM telling WHERE due_at <= ?')
    .all(nowMillis)
    .map((row) => ({ channel: row.channel as string, groupKey: row.group_key as string }));
  const next = database.prepare('SELECT MIN(due_at) AS at FROM telling WHERE due_at > ?').get(nowMillis)?.at;
  return { groups, ...(typeof next === 'number' && { nextAtMillis: next }) };
}

/** Takes on what is due of a group, when it is time and nobody else has. */
export function claimGroup(
  database: DatabaseSync,
  group: GroupKey,
  settings: ClaimSettings,
  nowMillis: number,
): Claim | NoClaim {
  if (!settings.sendResolved) forgetResolved(database, group, nowMillis);
  // As a rule there is nothing to do, and to see that needs no lock.
  const first = look(database, group, settings, nowMillis);
  if ('wakeAtMillis' in first) return first;
  return inTransaction(database, () => {
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
    const inFlight = {
      attempt: claim.attempt,
      startedAt: nowMillis,
      channelType: settings.channelType,
      alerts: briefly(claim),
    };
    database
      .prepare(
        `INSERT INTO notification (channel, group_key, claim, claimed_until, in_flight, failures) VALUES ($channel, $groupKey, $id, $until, $inFlight, $failures)
         ON CONFLICT DO UPDATE SET claim = $id, claimed_until = $until, in_flight = $inFlight, failures = $failures`,
      )
      .run({
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

/** Writes down how it went. */
export function settleClaim(
  database: DatabaseSync,
  claim: Claim,
  attempt: Attempt,
  durationMillis: number,
  nowMillis: number,
): Outcome {
  return inTransaction(database, () => {
    const { channel, groupKey } = claim;
    const row = readRow(database, claim);
    const isMine = row.claim === claim.id;
    const failingSince = row.failing_since ?? nowMillis;
    const isHopeless = attempt.outcome === 'failed' && isMine && nowMillis - failingSince > GIVE_UP_MILLIS;
    const outcome = isHopeless ? 'given_up' : attempt.outcome;
    writeHistory(database, {
      kind: 'delivery',
      atMillis: nowMillis,
      channel,
      channelType: claim.channelType,
      about: 'alerts',
      attempt: claim.attempt,
      outcome,
      ...(attempt.reason !== undefined && { reason: attempt.reason }),
      durationMillis,
      alerts: briefly(claim),
    });
    if (outcome !== 'failed') {
      for (const alert of claim.message.alerts) settleAlert(database, channel, alert, nowMillis);
    }
    // Somebody took over: theirs is the row.
    if (!isMine) return outcome;
    const nextTry =
      attempt.outcome === 'failed' && outcome === 'failed' ? nowMillis + backoff(row.failures + 1, attempt) : 0;
    database
      .prepare(
        `UPDATE notification SET claim = NULL, claimed_until = NULL, in_flight = NULL, failures = ?, failing_since = ?, next_try_at = ?, last_told_at = ?
         WHERE channel = ? AND group_key = ?`,
      )
      .run(
        outcome === 'failed' ? row.failures + 1 : 0,
        outcome === 'failed' ? failingSince : null,
        nextTry,
        // What did not fit follows at once.
        outcome === 'failed' ? row.last_told_at : claim.hasMore ? 0 : nowMillis,
        channel,
        groupKey,
      );
    return outcome;
  });
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
  // A time further off than can be was written before the clock was set back.
  if (row.claim !== null && isAhead(row.claimed_until, now, settings.leaseMillis)) {
    return { wakeAtMillis: row.claimed_until };
  }
  if (isAhead(row.next_try_at, now, MAX_WAIT_MILLIS * 1.5)) return { wakeAtMillis: row.next_try_at };
  const due = database
    .prepare(
      `SELECT due_at, told_state, told_starts_at, told_at, cooldown_millis, body FROM telling JOIN alert USING (fingerprint)
       WHERE channel = ? AND group_key = ? AND due_at <= ? ORDER BY due_at, fingerprint`,
    )
    .all(group.channel, group.groupKey, now);
  const isSilenced = silencedBy(database, now);
  const open = due
    .map((entry) => ({ entry, alert: JSON.parse(entry.body as string) as Alert }))
    .filter(({ alert }) => isSilenced(alert) === undefined);
  const [first] = open;
  if (first === undefined) return { wakeAtMillis: undefined };
  if (!settings.isUrgent && row.failures === 0 && row.claim === null) {
    const lastTold = row.last_told_at > now ? 0 : row.last_told_at;
    const sendAt = Math.max(
      (first.entry.due_at as number) + settings.groupWaitMillis,
      lastTold + settings.groupIntervalMillis,
    );
    if (sendAt > now) return { wakeAtMillis: sendAt };
  }
  const taken = open.slice(0, settings.maxAlerts).map(({ entry, alert }) => ({
    alert: { ...alert, expiresAtMillis: now + (entry.cooldown_millis as number) + EXPIRY_MARGIN_MILLIS },
    told: toldOf(entry),
  }));
  return { row, alerts: taken, hasMore: open.length > taken.length };
}

/** For a channel that does not want to hear of the end. */
function forgetResolved(database: DatabaseSync, { channel, groupKey }: GroupKey, now: number): void {
  const unwanted = database
    .prepare(
      `SELECT body FROM telling JOIN alert USING (fingerprint)
       WHERE channel = ? AND group_key = ? AND due_at <= ? AND state = 'resolved'`,
    )
    .all(channel, groupKey, now);
  if (unwanted.length === 0) return;
  inTransaction(database, () => {
    for (const { body } of unwanted) settleAlert(database, channel, JSON.parse(body as string) as Alert, now);
  });
}

/** What was told has been told: the next time it is due is found from how the alert is now, which may have changed meanwhile. */
function settleAlert(database: DatabaseSync, channel: string, sent: Alert, now: number): void {
  setTold(database, channel, sent, sent.state, now);
  const current = database
    .prepare('SELECT state, starts_at, cooldown_millis FROM alert WHERE fingerprint = ?')
    .get(sent.fingerprint);
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
  database
    .prepare('UPDATE telling SET due_at = ? WHERE channel = ? AND fingerprint = ?')
    .run(due, channel, sent.fingerprint);
  forgetSettled(database, sent.fingerprint);
}

function setTold(database: DatabaseSync, channel: string, alert: Alert, state: Told['state'], now: number): void {
  database
    .prepare('UPDATE telling SET told_state = ?, told_starts_at = ?, told_at = ? WHERE channel = ? AND fingerprint = ?')
    .run(state, alert.startsAtMillis, now, channel, alert.fingerprint);
}

/** Whoever sent it is gone, and nobody knows how far they came. */
function noteInterrupted(database: DatabaseSync, group: GroupKey, row: Row, now: number): void {
  const { attempt, startedAt, channelType, alerts } = JSON.parse(row.in_flight ?? '{}') as {
    attempt: number;
    startedAt: number;
    channelType: string;
    alerts: Delivery['alerts'];
  };
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

function briefly({ message }: Pick<Claim, 'message'>): Delivery['alerts'] {
  return message.alerts.map(({ rule, fingerprint, state }) => ({ rule, fingerprint, state }));
}

function backoff(
  failures: number,
  { retryAfterMillis = 0 }: { readonly retryAfterMillis?: number | undefined },
): number {
  const doubled = Math.min(MAX_BACKOFF_MILLIS, MIN_BACKOFF_MILLIS * 2 ** (failures - 1));
  // Processes of several machines that wait for one receiver do not come back all at once.
  return Math.round(Math.max(doubled * (0.8 + Math.random() * 0.4), Math.min(retryAfterMillis, MAX_WAIT_MILLIS)));
}

function isAhead(at: number, now: number, most: number): boolean {
  return at > now && at - now <= most;
}

function readRow(database: DatabaseSync, { channel, groupKey }: GroupKey): Row {
  const row = database.prepare('SELECT * FROM notification WHERE channel = ? AND group_key = ?').get(channel, groupKey);
  return (row as unknown as Row | undefined) ?? NEW_ROW;
}
