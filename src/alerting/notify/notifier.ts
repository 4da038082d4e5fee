// Tells people of alerts: the one thing of this folder that runs. Judging rules never waits for it, the host's end neither, and nothing of it throws.
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, metrics, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { isLockedError } from '../../internal/database.ts';
import { errorName } from '../../internal/guard.ts';
import { VERSION } from '../../internal/version.ts';
import {
  AGENT_VITALS_ALERT_CHANNEL_TYPE,
  AGENT_VITALS_ALERT_OUTCOME,
  METRIC_ALERT_NOTIFICATIONS,
  SCOPE_NAME,
} from '../../semconv.ts';
import type { Alert } from '../alert.ts';
import type { Severity } from '../rule.ts';
import type { Channel } from './channel.ts';
import type { ChannelBook } from './channel-book.ts';
import { type Claim, claimGroup, dueGroups, type GroupKey } from './claim.ts';
import { explainReason } from './explain-reason.ts';
import { type Delivery, pruneHistory, writeHistory } from './history.ts';
import type { Message } from './message.ts';
import type { Attempt, Outcome } from './outcome.ts';
import { publishAlert } from './publish-alert.ts';
import { settleClaim } from './settle-claim.ts';
import { pruneSilences } from './silence.ts';
import { type TellOptions, tell } from './tell.ts';
import { forgetUntold } from './told.ts';

export interface NotifierOptions extends TellOptions {
  /** Asked each time: who opened it may have had to take another. */
  readonly database: () => DatabaseSync;
  readonly channels: ChannelBook;
  /** Labels by whose values the alerts of a channel are parted into messages; none: one message for all that fire together. */
  readonly groupBy: readonly string[];
  readonly groupWaitMillis: number;
  readonly groupIntervalMillis: number;
  /** Age in days at which the history is forgotten. */
  readonly historyDays: number;
  /** Says a problem once by its key; the text holds no secret. */
  readonly warn: (key: string, message: string) => void;
  readonly now?: () => number;
}

/** What another room wants people to know. */
export interface PlainMessage {
  /** One line. */
  readonly title: string;
  readonly text?: string;
  /** `info` unless given. */
  readonly severity?: Severity;
  /** Whose message it is, in the history: `approval`. */
  readonly about?: string;
}

/** Deliveries of one process at a time. */
const MAX_RUNNING = 8;
/** Longest time that telling takes, a command apart. */
const DELIVERY_MILLIS = 60_000;
/** Who has not said how it went so long after it must be over is taken for gone. */
const LEASE_MARGIN_MILLIS = 30_000;
const MAX_ALERTS = 500;
/** What a pipe takes at once: a program that does not read it must not hold the host. */
const MAX_COMMAND_ALERTS = 50;
/** One request each, and together within the time above. */
const MAX_PAGERDUTY_EVENTS = 5;
/** Between tries to note how a message went; all of them are over before its claim is. */
const SETTLE_DELAYS_MILLIS = [500, 2000, 5000, 10_000];
const PRUNE_MILLIS = 3_600_000;
/** Longest time that others hold the database without a word about it, and the pause before the next try. */
const LOCKED_MILLIS = 10_000;
const LOCKED_AGAIN_MILLIS = 1000;
const DAY_MILLIS = 86_400_000;
/** Longest delay of a timer: what is further off is looked at again then. */
const MAX_TIMER_MILLIS = 3_600_000;

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #now: () => number;
  /** By channel and group. */
  readonly #running = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #prunedAt = Number.NEGATIVE_INFINITY;
  /** Since when others hold the database, in milliseconds since the epoch. */
  #lockedSince: number | undefined;
  #isStopped = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    for (const problem of [...options.channels.problems, ...options.channels.warnings]) {
      options.warn(`channel:${problem}`, problem);
    }
  }

  /**
   * Hands over an alert that fires or is resolved, within the caller's transaction: see {@link publishAlert}. {@link check} tells it.
   * An alert that names no channel goes to all there are.
   * @param cooldownMillis after which it is told again while it fires; 0: never.
   */
  publish(alert: Alert, cooldownMillis: number): void {
    const channels = alert.channels.length > 0 ? alert.channels : this.#options.channels.names();
    const { groupBy } = this.#options;
    publishAlert(this.#options.database(), { ...alert, channels }, { cooldownMillis, nowMillis: this.#now(), groupBy });
  }

  /** Begins to tell what is due, and returns at once. Called after each evaluation; in between it wakes by itself. Never throws. */
  check(): void {
    this.#check(false);
  }

  /** Tells what is due without waiting for more, and waits until it is told, at most so long: for the end of the process. Never rejects. */
  async flush(timeoutMillis: number): Promise<void> {
    this.#check(true);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMillis)));
    await Promise.race([Promise.all(this.#running.values()), late]);
    clearTimeout(timer);
  }

  /** What is being told goes on; nothing new is begun. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Says something that is about no alert, once. Never rejects: what came of it is in the answer and in the history. */
  async send(
    channelName: string,
    { title, text = '', severity = 'info', about = 'message' }: PlainMessage,
  ): Promise<Attempt> {
    const channel = this.#channel(channelName);
    if (channel === undefined) return { outcome: 'given_up', reason: 'no_such_channel' };
    const atMillis = this.#now();
    const id = crypto.randomUUID();
    const isTest = about === 'test';
    const message: Message = { id, title, text, severity, state: 'firing', alerts: [], atMillis, isTest };
    const startedAt = performance.now();
    const attempt = await this.#tell(channel, message);
    this.#note(channel, {
      kind: 'delivery',
      atMillis: this.#now(),
      channel: channelName,
      channelType: channel.type,
      about,
      attempt: 1,
      ...withoutDelay(attempt),
      durationMillis: Math.round(performance.now() - startedAt),
      alerts: [],
    });
    return attempt;
  }

  /** Says through a channel that it works. */
  test(channelName: string): Promise<Attempt> {
    return this.send(channelName, {
      title: `Test of channel ${channelName}`,
      text: 'agent-vitals can reach you here. Nothing is wrong.',
      about: 'test',
    });
  }

  #check(isUrgent: boolean): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    const now = this.#now();
    try {
      this.#prune(now);
      const { groups, nextAtMillis } = dueGroups(this.#options.database(), now);
      let hasFailed = false;
      const wakeAt = groups.map((group) => {
        try {
          return this.#claim(group, isUrgent);
        } catch (error) {
          // The others have their turn.
          hasFailed = true;
          return this.#failed(error, now);
        }
      });
      if (!hasFailed) this.#lockedSince = undefined;
      this.#wakeAt([nextAtMillis, ...wakeAt], now);
    } catch (error) {
      this.#wakeAt([this.#failed(error, now)], now);
    }
  }

  /** @returns when to try again, in milliseconds since the epoch; `undefined`: when something happens. */
  #failed(error: unknown, now: number): number | undefined {
    const isLocked = isLockedError(error);
    if (isLocked) this.#lockedSince ??= now;
    // Many processes that start together hold it for a moment.
    if (!isLocked || now - (this.#lockedSince ?? now) > LOCKED_MILLIS) this.#sayUntold(error);
    return isLocked ? now + LOCKED_AGAIN_MILLIS : undefined;
  }

  /** @returns when to look at the group again, in milliseconds since the epoch. */
  #claim(group: GroupKey, isUrgent: boolean): number | undefined {
    const key = JSON.stringify([group.channel, group.groupKey]);
    if (this.#running.has(key) || this.#running.size >= MAX_RUNNING) return undefined;
    const channel = this.#channel(group.channel);
    if (channel === undefined) return undefined;
    const { groupWaitMillis, groupIntervalMillis } = this.#options;
    const claim = claimGroup(
      this.#options.database(),
      group,
      {
        groupWaitMillis,
        groupIntervalMillis,
        isUrgent,
        leaseMillis: longest(channel) + LEASE_MARGIN_MILLIS,
        sendResolved: channel.sendResolved,
        channelType: channel.type,
        maxAlerts: mostAlerts(channel),
      },
      this.#now,
    );
    if ('wakeAtMillis' in claim) return claim.wakeAtMillis;
    if (claim.isTakenOver) this.#count(channel.type, 'interrupted');
    const running = this.#deliver(channel, claim).finally(() => {
      this.#running.delete(key);
      this.#check(isUrgent);
    });
    this.#running.set(key, running);
    return undefined;
  }

  async #deliver(channel: Channel, claim: Claim): Promise<void> {
    const startedAt = performance.now();
    const attempt = await this.#tell(channel, claim.message);
    const duration = Math.round(performance.now() - startedAt);
    const outcome = await this.#settle(claim, attempt, duration);
    this.#count(channel.type, outcome);
    if (outcome === 'given_up') this.#sayGivenUp(channel, attempt.reason);
  }

  /** Notes how it went, while the claim lasts. After it the message is sent again: better twice than never. */
  async #settle(claim: Claim, attempt: Attempt, duration: number): Promise<Outcome> {
    for (const delayMillis of [...SETTLE_DELAYS_MILLIS, undefined]) {
      try {
        return settleClaim(this.#options.database(), claim, attempt, duration, this.#now());
      } catch (error) {
        // A database that is locked will be free again; one that was closed at the end of the process will not.
        if (delayMillis !== undefined && !this.#isStopped) await sleep(delayMillis, undefined, { ref: false });
        else if (!this.#isStopped) this.#sayUnnoted(error);
      }
    }
    return attempt.outcome;
  }

  async #tell(channel: Channel, message: Message): Promise<Attempt> {
    try {
      // Whoever traces the app's requests would write our URLs, which are secrets, onto a span.
      return await context.with(suppressTracing(ROOT_CONTEXT), () => tell(channel, message, this.#options));
    } catch (error) {
      return { outcome: 'given_up', reason: `internal_${errorName(error).toLowerCase().replaceAll(' ', '_')}` };
    }
  }

  #channel(name: string): Channel | undefined {
    const { channels, warn } = this.#options;
    const channel = channels.get(name);
    if (channel === undefined) {
      const reason = channels.problemOf(name) ?? `there is no channel "${name}" that can be used.`;
      warn(`channel:${name}`, `${reason} Its alerts are told to nobody here.`);
    }
    return channel;
  }

  #note(channel: Channel, delivery: Delivery): void {
    this.#count(channel.type, delivery.outcome);
    if (delivery.outcome === 'given_up') this.#sayGivenUp(channel, delivery.reason);
    try {
      writeHistory(this.#options.database(), delivery);
    } catch (error) {
      this.#sayUnnoted(error);
    }
  }

  #sayUntold(error: unknown): void {
    const message = `people cannot be told of alerts, alerts.db fails: ${errorName(error)}`;
    this.#options.warn('notify:database', message);
  }

  #sayUnnoted(error: unknown): void {
    const message = `what people were told cannot be noted, alerts.db fails: ${errorName(error)}`;
    this.#options.warn('notify:database', message);
  }

  #sayGivenUp({ name }: Channel, reason = 'unknown'): void {
    const message = [`channel "${name}" cannot be told of alerts: ${reason}.`, explainReason(reason)];
    this.#options.warn(`channel:${name}:${reason}`, message.join(' ').trim());
  }

  #count(channelType: string, outcome: Outcome): void {
    metrics
      .getMeter(SCOPE_NAME, VERSION)
      .createCounter(METRIC_ALERT_NOTIFICATIONS, {
        unit: '{notification}',
        description: 'Attempts to tell people of alerts, by outcome.',
      })
      .add(1, { [AGENT_VITALS_ALERT_CHANNEL_TYPE]: channelType, [AGENT_VITALS_ALERT_OUTCOME]: outcome });
  }

  #prune(now: number): void {
    if (Math.abs(now - this.#prunedAt) < PRUNE_MILLIS) return;
    this.#prunedAt = now;
    const before = now - this.#options.historyDays * DAY_MILLIS;
    for (const prune of [pruneHistory, pruneSilences, forgetUntold]) prune(this.#options.database(), before);
  }

  /** At the first of these times, in milliseconds since the epoch. */
  #wakeAt(times: readonly (number | undefined)[], now: number): void {
    const at = Math.min(...times.filter((time) => time !== undefined));
    if (at === Number.POSITIVE_INFINITY || this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(), Math.min(Math.max(0, at - now), MAX_TIMER_MILLIS));
    this.#timer.unref();
  }
}

function longest(channel: Channel): number {
  return channel.type === 'command' ? channel.timeoutMillis : DELIVERY_MILLIS;
}

function mostAlerts(channel: Channel): number {
  if (channel.type === 'command') return MAX_COMMAND_ALERTS;
  return channel.type === 'webhook' && channel.format === 'pagerduty' ? MAX_PAGERDUTY_EVENTS : MAX_ALERTS;
}

function withoutDelay({ outcome, reason }: Attempt): Pick<Delivery, 'outcome' | 'reason'> {
  return { outcome, ...(reason !== undefined && { reason }) };
}
