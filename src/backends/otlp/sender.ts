// When what is outstanding of one signal is sent, one request at a time, and what becomes of it. A dead, slow or refusing collector costs waiting on
// the disk, counted drops where there is none, and never the host's time.
import { existsSync } from 'node:fs';
import { countLines } from '../../internal/count-lines.ts';
import { withinDeadline } from '../../internal/deadline.ts';
import { errorName } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';
import type { Batch, Signal } from '../backend.ts';
import { BackendHealth } from '../backend-state.ts';
import type { Written } from '../journal/segment-writer.ts';
import { Outstanding, type OwnJournal, type Shipment, type Stored } from './outstanding.ts';
import { Pace, type SharedDisk } from './pace.ts';
import { Patience } from './patience.ts';
import type { SendResult, Transport } from './transport.ts';

export interface SenderOptions {
  readonly signal: Signal;
  readonly transport: Transport;
  /** Makes one request body of whole lines. @param isOwn whether this process has made them. */
  readonly encode: (lines: readonly Buffer[], isOwn: boolean) => Uint8Array;
  /** Takes what the collector refuses for good. */
  readonly setAside?: ((lines: readonly Buffer[], reason: string) => void) | undefined;
  /** Absent where there is none: everything then waits in memory. */
  readonly journal?: OwnJournal | undefined;
  /** Bytes a second that are sent from the disk, beside what the app makes meanwhile. */
  readonly catchUpBytesPerSecond: number;
  /** All signals read from one disk. */
  readonly disk?: SharedDisk | undefined;
  readonly limits?: Partial<SenderLimits> | undefined;
}

export interface SenderLimits {
  /** Records waiting in memory above which the journal's are left to it, and others dropped. */
  readonly maxQueueRecords: number;
  /** The same in bytes. */
  readonly maxQueueBytes: number;
  readonly maxBatchRecords: number;
  readonly maxBatchBytes: number;
  /** Longest time a line waits for others to be sent with. */
  readonly batchMillis: number;
  /** Milliseconds before the first retry; further ones double up to 16 s. */
  readonly retryMillis: number;
}

const LIMITS: SenderLimits = {
  maxQueueRecords: 16_384,
  maxQueueBytes: 2_000_000,
  maxBatchRecords: 512,
  maxBatchBytes: 1_000_000,
  batchMillis: 1000,
  retryMillis: 1000,
};
/** Where nothing is on the disk, memory is all there is. */
const ALONE = { maxQueueBytes: 16_000_000 };
/** Longest time in milliseconds that a collector's Retry-After is obeyed. */
const MAX_RETRY_AFTER_MILLIS = 600_000;
/** A timer may come so much early. */
const TIMER_MILLIS = 10;
/** Pause before asking again whether our own journal is ours to ship, when another process has taken us for dead. */
const HELD_AGAIN_MILLIS = 10_000;

export class Sender {
  readonly health: BackendHealth;
  readonly #options: SenderOptions;
  readonly #limits: SenderLimits;
  readonly #outstanding: Outstanding;
  readonly #pace: Pace;
  readonly #patience: Patience;
  /** Records of the next request at most: halved when one was too large. */
  #batchRecords: number;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;
  /** By `performance.now()`: until then the collector is left alone. */
  #waitUntil = 0;
  /** The same, as far as the collector has asked for it. */
  #askedUntil = 0;
  #sending: Promise<void> | undefined;
  /** Requests that are through. */
  #taken = 0;
  #flushes = 0;
  /** Set by flushes: when the last of them must be over, by `performance.now()`. */
  #flushUntil: number | undefined;
  #stopped = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...(options.journal ? {} : ALONE), ...options.limits };
    const { maxQueueRecords, maxQueueBytes, maxBatchRecords, retryMillis } = this.#limits;
    this.#batchRecords = maxBatchRecords;
    this.health = new BackendHealth(`otlp:${options.signal}`, retryMillis);
    this.#pace = new Pace(options.catchUpBytesPerSecond, options.disk);
    this.#patience = new Patience(`${options.signal} ${options.transport.origin}`);
    this.#outstanding = new Outstanding({
      limits: { maxRecords: maxQueueRecords, maxBytes: maxQueueBytes },
      journal: options.journal,
      onStored: (records, corrupt, isOwn) => {
        // Our own were accepted when they came.
        if (!isOwn) this.health.accept(records);
        if (corrupt > 0) this.health.drop(corrupt, 'corrupt');
      },
      onLost: (records) => this.health.drop(records, 'evicted'),
    });
  }

  get origin(): string {
    return this.#options.transport.origin;
  }

  /** Whether there is something to send. */
  get isBusy(): boolean {
    return this.#sending !== undefined || this.#hasMore();
  }

  /** Whether the collector is left alone after a failure. */
  get isBackingOff(): boolean {
    return performance.now() < this.#waitUntil;
  }

  /** Whether the collector has all that we have put into the journal. */
  get isThrough(): boolean {
    return this.#outstanding.isThrough;
  }

  /** Counts what others have removed by now, before the health is asked for: who is killed in an outage tries nothing more. */
  look(): void {
    if (!this.#stopped) this.#outstanding.look();
  }

  /** The process ends at once: of what others have removed, what is in memory is lost too. */
  end(): void {
    if (!this.#stopped) this.#outstanding.end();
  }

  /** Records waiting in memory. */
  get waiting(): number {
    return this.#outstanding.records;
  }

  /** How far the collector is behind: the age of the oldest record it has not got, and bytes. */
  get lag(): { readonly seconds: number; readonly bytes: number } {
    return this.#outstanding.lag;
  }

  /** @param written where the lines are in the journal, file by file; `undefined` when it does not have them. */
  accept({ bytes, lines }: Pick<Batch, 'bytes' | 'lines'>, written?: readonly Written[]): void {
    const records = lines.length;
    if (written) this.#acceptJournaled(bytes, records, written);
    else this.#acceptUnjournaled(bytes, records);
    if (this.#sending || this.#stopped) return;
    if (this.#isFull()) this.#sendIn(0);
    else if (this.#timer === undefined) this.#sendIn(this.#limits.batchMillis);
  }

  /** Ships what another writer left, too. Closed when there is nothing more of it. */
  adopt(stored: Stored): void {
    this.#outstanding.adopt(stored);
    if (!this.#sending) this.#sendIn(0);
  }

  /** Sends what waits. Ends early when the collector cannot be reached, and at once when it was waited for in vain before and all is on the disk. */
  async flush(deadlineMillis: number): Promise<void> {
    // What is on the disk is sent by who comes next.
    if (this.#patience.isOver && this.#outstanding.isOnDisk) return;
    // A request that is given up at once may have been taken, and would come twice.
    if (deadlineMillis <= 0) return;
    // Who has asked for time is left alone.
    const asked = Math.max(0, this.#askedUntil - performance.now());
    const leftMillis = deadlineMillis - asked;
    if (leftMillis <= 0) return;
    if (asked > 0) await sleep(asked);
    this.#flushes += 1;
    const until = performance.now() + leftMillis;
    this.#flushUntil = Math.max(this.#flushUntil ?? 0, until);
    const taken = this.#taken;
    const before = this.#sending;
    this.#sendNow();
    const all = async (): Promise<void> => {
      // What becomes of a request that was under way already says nothing of now.
      await before;
      if (this.#hasMore()) this.#sendNow();
      while (this.#sending) await this.#sending;
    };
    await withinDeadline([all()], leftMillis);
    if (this.#taken === taken && performance.now() > until - TIMER_MILLIS) this.#patience.end();
    this.#flushes -= 1;
    if (this.#flushes === 0) this.#flushUntil = undefined;
  }

  async shutdown(deadlineMillis: number): Promise<void> {
    await this.flush(deadlineMillis);
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#options.transport.close();
    const lost = this.#outstanding.close();
    if (lost > 0) this.health.drop(lost, 'shutdown');
    this.health.stopped();
  }

  #acceptJournaled(lines: Buffer, records: number, written: readonly Written[]): void {
    this.health.accept(records);
    if (!this.#stopped) this.#pace.made(lines.length);
    const [only] = written;
    if (only && written.length === 1) return this.#outstanding.pushJournaled(lines, records, only);
    let done = 0;
    for (const place of written) {
      const part = lines.subarray(done, (done += place.bytes));
      // Another file was begun meanwhile: where this had to make room for it, that was counted.
      if (existsSync(place.path)) this.#outstanding.pushJournaled(part, countLines(part), place);
    }
  }

  #acceptUnjournaled(lines: Buffer, records: number): void {
    if (this.#stopped) return this.health.drop(records, 'stopped');
    const taken = this.#outstanding.pushUnjournaled(lines);
    this.health.accept(taken);
    if (taken === records) return;
    this.health.drop(records - taken, 'queue_full');
    const { signal } = this.#options;
    warnOnce(
      `otlp:queue_full:${signal}`,
      `more ${signal} wait for the collector than memory may hold: the newest are dropped and counted`,
    );
  }

  #sendIn(millis: number): void {
    const now = performance.now();
    const at = Math.max(now + millis, this.#waitUntil);
    if (this.#timer !== undefined && this.#timerAt <= at) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#sendNow(), at - now).unref();
  }

  #sendNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending || this.#stopped) return;
    this.#sending = this.#sendAll()
      .catch((error: unknown) => {
        // The disk is at fault: what lies there is asked for again later.
        this.#degraded(`what waits on the disk cannot be read: ${errorName(error)}`);
        this.#waitUntil = performance.now() + this.health.retryMillis();
      })
      .finally(() => {
        this.#sending = undefined;
        if (this.#hasMore()) this.#sendIn(this.#millisToNext());
      });
  }

  #hasMore(): boolean {
    return !this.#stopped && (this.#outstanding.records > 0 || this.#outstanding.hasStored);
  }

  /** A timer may come a part of a millisecond early: what is on the disk then waits for just that, not as long as a line may. */
  #millisToNext(): number {
    const { batchMillis } = this.#limits;
    return this.#outstanding.hasStored ? Math.min(batchMillis, this.#pace.waitMillis) : batchMillis;
  }

  /** One request after the other while they go through. */
  async #sendAll(): Promise<void> {
    while (!this.#stopped) {
      const cpu = process.cpuUsage();
      const shipment = await this.#next();
      if (this.#stopped) return;
      if (shipment === undefined) {
        if (this.health.state === 'recovering' && !this.#outstanding.isBehind) this.health.healthy();
        return;
      }
      const result = await this.#send(shipment);
      if (this.#stopped) return;
      if (result.kind === 'later') {
        // Where nobody is there, one is told at once; and at an end the time for an answer may have been cut short.
        if (result.answered || (result.isSilent && this.#flushUntil === undefined)) this.#patience.end();
        if (!(await this.#canRetry(result))) return;
      } else if (result.kind === 'too_large' && shipment.records > 1) {
        this.#batchRecords = Math.max(1, Math.floor(shipment.records / 2));
      } else {
        this.#taken += 1;
        this.#patience.renew();
        if (result.kind === 'delivered') this.#delivered(result.rejected);
        else this.#refused(shipment, result);
        shipment.commit();
        if (shipment.storedBytes > 0) this.#pace.sent(shipment.storedBytes, cpuMillisSince(cpu));
        if (!this.#outstanding.isBehind) this.#pace.stopped();
        this.#tellHealth(result);
        // A small rest waits for more, but for a flush.
        if (this.#flushUntil === undefined && !this.#isPressing()) return;
      }
    }
  }

  /** Whether there is something that need not wait for more of its kind. */
  #isPressing(): boolean {
    return this.#isFull() || (this.#outstanding.hasStored && this.#pace.waitMillis === 0);
  }

  /** Whether what waits in memory fills a request. */
  #isFull(): boolean {
    return this.#outstanding.records >= this.#batchRecords || this.#outstanding.bytes >= this.#limits.maxBatchBytes;
  }

  #next(): Promise<Shipment | undefined> {
    const { journal } = this.#options;
    if (journal?.isHeld() === false) this.#pace.pause(HELD_AGAIN_MILLIS);
    const mayRead = this.#flushUntil !== undefined || this.#pace.waitMillis === 0;
    return this.#outstanding.next({ maxRecords: this.#batchRecords, maxBytes: this.#limits.maxBatchBytes }, mayRead);
  }

  async #send({ parts, isOwn }: Shipment): Promise<SendResult> {
    try {
      return await this.#options.transport.send(this.#options.encode(parts, isOwn), this.#timeoutMillis());
    } catch (error) {
      // Never seen; but a batch that cannot be made into a request must not be tried for ever.
      return { kind: 'refused', reason: `cannot be sent: ${errorName(error)}`, dropReason: 'error' };
    }
  }

  /** @returns whether to try again at once; else a timer is set. */
  async #canRetry(result: SendResult & { kind: 'later' }): Promise<boolean> {
    this.#degraded(result.reason);
    this.#outstanding.letGo();
    const asked = Math.min(result.retryAfterMillis ?? 0, MAX_RETRY_AFTER_MILLIS);
    const wait = Math.max(asked, this.health.retryMillis());
    this.#waitUntil = performance.now() + wait;
    this.#askedUntil = performance.now() + asked;
    this.#pace.stopped();
    // Who flushes waits for a collector that asks for time, and not for one that is not there.
    if (!result.answered || this.#flushUntil === undefined || this.#waitUntil >= this.#flushUntil) return false;
    await sleep(wait);
    return true;
  }

  #delivered(rejected: number): void {
    this.#batchRecords = Math.min(this.#limits.maxBatchRecords, Math.ceil(this.#batchRecords * 1.1));
    if (rejected === 0) return;
    this.health.drop(rejected, 'rejected');
    warnOnce(
      `otlp:rejected:${this.#options.signal}`,
      `the collector at ${this.#options.transport.origin} rejects some ${this.#options.signal} as invalid; they are counted as dropped (rejected)`,
    );
  }

  #refused({ parts, records }: Shipment, result: SendResult & { kind: 'refused' | 'too_large' }): void {
    const reason = result.kind === 'too_large' ? 'http_413' : result.dropReason;
    this.#options.setAside?.(parts, reason);
    this.health.drop(records, reason);
    this.#degraded(result.reason);
  }

  #tellHealth({ kind }: SendResult): void {
    if (kind !== 'delivered') return;
    const behind = this.#outstanding.isBehind || this.#outstanding.records >= this.#limits.maxBatchRecords;
    if (behind) this.health.recovering();
    else this.health.healthy();
  }

  #timeoutMillis(): number {
    const left = this.#flushUntil === undefined ? Number.POSITIVE_INFINITY : this.#flushUntil - performance.now();
    return Math.max(1, Math.min(this.#options.transport.timeoutMillis, left));
  }

  #degraded(reason: string): void {
    const { signal, transport } = this.#options;
    this.health.degraded(reason, `${signal} do not reach the collector at ${transport.origin}: ${reason}`);
  }
}

function cpuMillisSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, millis).unref();
  });
}
