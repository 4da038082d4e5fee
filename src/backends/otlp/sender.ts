// What is to be sent of one signal, and the one request under way: live from memory while the collector keeps up, from the journal when it does
// not, and what dead writers left when there is nothing else to do. Memory is bounded, and the host never waits.
import { errorName } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';
import type { Batch, Signal } from '../backend.ts';
import { BackendHealth } from '../backend-state.ts';
import { withinDeadline } from '../deadline.ts';
import type { Position } from '../journal/segment-writer.ts';
import { LiveQueue } from './live-queue.ts';
import type { SendResult, Transport } from './transport.ts';

/** What is on the disk of one writer and is sent from there. */
export interface Stored {
  /** The next lines; the same again until they are committed. `undefined` when there is nothing more (yet). */
  peek(limits: { readonly maxRecords: number; readonly maxBytes: number }): Promise<StoredPiece | undefined>;
  commit(piece: StoredPiece): void;
  /** Whether it is ours to send. */
  isHeld(): boolean;
  /** Bytes that wait. */
  readonly waitingBytes: number;
  close(): void;
}

interface StoredPiece {
  readonly lines: Buffer;
  readonly records: number;
  readonly corrupt: number;
  readonly size: number;
  readonly lastAt: number | undefined;
  /** Milliseconds that the host was held up for it. */
  readonly busyMillis: number;
}

/** The writer's own part of the journal. */
interface OwnJournal {
  /** Marks all before `end` as shipped. */
  shipped(end: Position): void;
  /** What is not, from the disk. */
  backlog(): Stored;
  /** Whether it is still ours to ship. */
  isHeld(): boolean;
}

export interface SenderOptions {
  readonly signal: Signal;
  readonly transport: Transport;
  /** Makes one request body of whole lines. */
  readonly encode: (lines: readonly Buffer[]) => Uint8Array;
  /** Takes what the collector refuses for good. */
  readonly setAside?: ((lines: readonly Buffer[], reason: string) => void) | undefined;
  /** Absent where there is none: everything then waits in memory. */
  readonly journal?: OwnJournal | undefined;
  /** Bytes a second that are sent from the disk, beside what the app makes meanwhile. */
  readonly catchUpBytesPerSecond: number;
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
  /** Milliseconds before the first retry; further ones double up to a minute. */
  readonly retryMillis: number;
}

const LIMITS: SenderLimits = {
  maxQueueRecords: 16_384,
  maxQueueBytes: 4_000_000,
  maxBatchRecords: 512,
  maxBatchBytes: 1_000_000,
  batchMillis: 1000,
  retryMillis: 1000,
};
/** Where nothing is on the disk, memory is all there is. */
const ALONE = { maxQueueBytes: 16_000_000 };
/** Longest time in milliseconds that a collector's Retry-After is obeyed. */
const MAX_RETRY_AFTER_MILLIS = 600_000;
/** Pause before asking again whether our own journal is ours to ship, when another process has taken us for dead. */
const HELD_AGAIN_MILLIS = 10_000;

/** What goes into the next request, and what to do when it has arrived. */
interface Shipment {
  readonly parts: readonly Buffer[];
  readonly records: number;
  /** Sent from the disk: at a measured pace. */
  readonly storedBytes: number;
  readonly busyMillis: number;
  commit(): void;
}

export class Sender {
  readonly health: BackendHealth;
  readonly #options: SenderOptions;
  readonly #limits: SenderLimits;
  readonly #queue: LiveQueue;
  readonly #foreign: Stored[] = [];
  /** While it is set, what the journal has is sent from there. */
  #backlog: Stored | undefined;
  /** Milliseconds since the epoch: how old the oldest of what is sent from the disk is. */
  #storedSince = 0;
  /** Bytes of ours that the journal has and the collector not. */
  #journaledBytes = 0;
  /** Records of the next request at most: halved when one was too large. */
  #batchRecords: number;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;
  /** By `performance.now()`: until then the collector is left alone. */
  #waitUntil = 0;
  /** By `performance.now()`: until then nothing is read from the disk. */
  #diskAt = 0;
  /** Bytes the app has made while pieces were sent from the disk, less those pieces; `undefined` while none are, as in an outage. */
  #madeMeanwhile: number | undefined;
  #sending: Promise<void> | undefined;
  #flushes = 0;
  /** Set by flushes: when the last of them must be over, by `performance.now()`. */
  #flushUntil: number | undefined;
  #stopped = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...(options.journal ? {} : ALONE), ...options.limits };
    const { maxQueueRecords, maxQueueBytes, maxBatchRecords } = this.#limits;
    this.#queue = new LiveQueue({ maxRecords: maxQueueRecords, maxBytes: maxQueueBytes });
    this.#batchRecords = maxBatchRecords;
    this.health = new BackendHealth(`otlp:${options.signal}`, this.#limits.retryMillis);
  }

  get origin(): string {
    return this.#options.transport.origin;
  }

  /** Whether there is something to send. */
  get isBusy(): boolean {
    return this.#sending !== undefined || this.#hasMore();
  }

  /** Whether the collector has all that we have put into the journal. */
  get isThrough(): boolean {
    return this.#journaledBytes === 0;
  }

  /** Records waiting in memory. */
  get waiting(): number {
    return this.#queue.records;
  }

  /** How far the collector is behind: the age of the oldest record it has not got, and bytes. */
  get lag(): { readonly seconds: number; readonly bytes: number } {
    const stored = this.#foreign.reduce((sum, { waitingBytes }) => sum + waitingBytes, 0);
    const bytes = this.#backlog ? this.#journaledBytes + stored : this.#queue.bytes + stored;
    const isStored = this.#backlog !== undefined || stored > 0;
    const since = Math.min(
      isStored ? this.#storedSince : Number.POSITIVE_INFINITY,
      this.#queue.since ?? Number.POSITIVE_INFINITY,
    );
    return { seconds: bytes === 0 ? 0 : Math.max(0, (Date.now() - since) / 1000), bytes };
  }

  /** @param end the place behind the lines in the journal; `undefined` when it does not have them. */
  accept({ bytes, lines }: Pick<Batch, 'bytes' | 'lines'>, end?: Position): void {
    const records = lines.length;
    if (end) this.#acceptJournaled(bytes, records, end);
    else this.#acceptUnjournaled(bytes, records);
    if (this.#sending || this.#stopped) return;
    const { maxBatchRecords, maxBatchBytes, batchMillis } = this.#limits;
    if (this.#queue.records >= maxBatchRecords || this.#queue.bytes >= maxBatchBytes) this.#sendIn(0);
    else if (this.#timer === undefined) this.#sendIn(batchMillis);
  }

  /** Ships what another writer left, too. Closed when there is nothing more of it. */
  adopt(stored: Stored): void {
    if (this.#foreign.length === 0 && !this.#backlog) this.#storedSince = Date.now();
    this.#foreign.push(stored);
    if (!this.#sending) this.#sendIn(0);
  }

  /** Sends what waits. Ends early when the collector cannot be reached. */
  async flush(deadlineMillis: number): Promise<void> {
    // A request that is given up at once may have been taken, and would come twice.
    if (deadlineMillis <= 0) return;
    this.#flushes += 1;
    this.#flushUntil = Math.max(this.#flushUntil ?? 0, performance.now() + deadlineMillis);
    this.#sendNow();
    const all = async (): Promise<void> => {
      while (this.#sending) await this.#sending;
    };
    await withinDeadline([all()], deadlineMillis);
    this.#flushes -= 1;
    if (this.#flushes === 0) this.#flushUntil = undefined;
  }

  async shutdown(deadlineMillis: number): Promise<void> {
    await this.flush(deadlineMillis);
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#options.transport.close();
    this.#queue.dropJournaled();
    if (this.#queue.records > 0) this.health.drop(this.#queue.records, 'shutdown');
    this.#queue.clear();
    this.#backlog?.close();
    for (const stored of this.#foreign.splice(0)) stored.close();
    this.health.stopped();
  }

  #acceptJournaled(lines: Buffer, records: number, end: Position): void {
    this.health.accept(records);
    // What comes after our end is in the journal, and is shipped by who comes next.
    if (this.#stopped) return;
    this.#journaledBytes += lines.length;
    if (this.#madeMeanwhile !== undefined) this.#madeMeanwhile += lines.length;
    if (this.#backlog) return;
    if (this.#queue.hasRoom(lines, records)) this.#queue.push(lines, records, end);
    else this.#fallBehind();
  }

  #acceptUnjournaled(lines: Buffer, records: number): void {
    if (this.#stopped) return this.health.drop(records, 'stopped');
    const taken = this.#queue.pushFitting(lines);
    this.health.accept(taken);
    if (taken === records) return;
    this.health.drop(records - taken, 'queue_full');
    const { signal } = this.#options;
    warnOnce(
      `otlp:queue_full:${signal}`,
      `more ${signal} wait for the collector than memory may hold: the newest are dropped and counted`,
    );
  }

  /** From now on the journal is what is sent from: it has all, and memory need not. */
  #fallBehind(): void {
    this.#storedSince = this.#queue.since ?? Date.now();
    this.#queue.dropJournaled();
    this.#backlog = this.#options.journal?.backlog();
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
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.#hasMore()) this.#sendIn(this.#millisToNext());
    });
  }

  #hasMore(): boolean {
    return !this.#stopped && (this.#queue.records > 0 || this.#hasStored);
  }

  get #hasStored(): boolean {
    return this.#backlog !== undefined || this.#foreign.length > 0;
  }

  /** A timer may come a part of a millisecond early: what is on the disk then waits for just that, not as long as a line may. */
  #millisToNext(): number {
    const { batchMillis } = this.#limits;
    return this.#hasStored ? Math.min(batchMillis, Math.max(0, this.#diskAt - performance.now())) : batchMillis;
  }

  /** One request after the other while they go through. */
  async #sendAll(): Promise<void> {
    while (!this.#stopped) {
      const shipment = await this.#next();
      if (shipment === undefined || this.#stopped) return;
      const result = await this.#send(shipment);
      if (this.#stopped) return;
      if (result.kind === 'later') {
        if (!(await this.#canRetry(result))) return;
      } else if (result.kind === 'too_large' && shipment.records > 1) {
        this.#batchRecords = Math.max(1, Math.floor(shipment.records / 2));
      } else {
        if (result.kind === 'delivered') this.#delivered(result.rejected);
        else this.#refused(shipment, result);
        shipment.commit();
        this.#pace(shipment);
        this.#tellHealth(result);
        // A small rest waits for more, but for a flush.
        if (this.#flushUntil === undefined && !this.#isPressing()) return;
      }
    }
  }

  /** Whether there is something that need not wait for more of its kind. */
  #isPressing(): boolean {
    if (this.#queue.records >= this.#batchRecords || this.#queue.bytes >= this.#limits.maxBatchBytes) return true;
    if (!this.#hasStored) return false;
    const wait = this.#diskAt - performance.now();
    if (wait > 0) this.#sendIn(wait);
    return wait <= 0;
  }

  /** Our own before what others left; of our own the older, which is on the disk, first. */
  async #next(): Promise<Shipment | undefined> {
    const { journal } = this.#options;
    if (journal && !journal.isHeld()) {
      // Another process has taken us for dead and ships what we wrote: what it does not do is read from the disk once it is ours again.
      if (this.#queue.records > 0 && !this.#backlog) this.#fallBehind();
      this.#diskAt = performance.now() + HELD_AGAIN_MILLIS;
    }
    const mayRead = this.#flushUntil !== undefined || performance.now() >= this.#diskAt;
    if (mayRead && this.#backlog?.isHeld()) {
      const shipment = await this.#nextOf(this.#backlog);
      if (shipment) return shipment;
    }
    const taken = this.#queue.peek({ maxRecords: this.#batchRecords, maxBytes: this.#limits.maxBatchBytes });
    if (taken) {
      return {
        ...taken,
        storedBytes: 0,
        busyMillis: 0,
        commit: () => {
          this.#queue.commit(taken);
          if (taken.end) {
            this.#journaledBytes -= taken.bytes;
            journal?.shipped(taken.end);
          }
        },
      };
    }
    if (!mayRead) return undefined;
    for (;;) {
      const [stored] = this.#foreign;
      if (!stored) return undefined;
      const shipment = stored.isHeld() ? await this.#nextOf(stored) : undefined;
      if (shipment) return shipment;
      this.#foreign.shift();
      stored.close();
    }
  }

  /** The next piece of what is on the disk. Of our own backlog: when there is none, memory serves again. */
  async #nextOf(stored: Stored): Promise<Shipment | undefined> {
    for (;;) {
      const journaled = this.#journaledBytes;
      const piece = await stored.peek({ maxRecords: this.#batchRecords, maxBytes: this.#limits.maxBatchBytes });
      if (!piece) {
        if (stored !== this.#backlog) return undefined;
        // Something was written while it was looked for.
        if (this.#journaledBytes !== journaled) continue;
        this.#backlog = undefined;
        this.#madeMeanwhile = undefined;
        this.#journaledBytes = 0;
        stored.close();
        return undefined;
      }
      const commit = (): void => {
        stored.commit(piece);
        if (stored === this.#backlog) this.#journaledBytes = Math.max(0, this.#journaledBytes - piece.size);
        else this.health.accept(piece.records);
        if (piece.lastAt !== undefined) this.#storedSince = piece.lastAt;
      };
      if (piece.corrupt > 0) this.health.drop(piece.corrupt, 'corrupt');
      if (piece.records > 0) {
        const { lines, records, size, busyMillis } = piece;
        return { parts: [lines], records, storedBytes: size, busyMillis, commit };
      }
      commit();
    }
  }

  async #send({ parts }: Shipment): Promise<SendResult> {
    try {
      return await this.#options.transport.send(this.#options.encode(parts), this.#timeoutMillis());
    } catch (error) {
      // Never seen; but a batch that cannot be made into a request must not be tried for ever.
      return { kind: 'refused', reason: `cannot be sent: ${errorName(error)}`, dropReason: 'error' };
    }
  }

  /** @returns whether to try again at once; else a timer is set. */
  async #canRetry(result: SendResult & { kind: 'later' }): Promise<boolean> {
    this.#degraded(result.reason);
    const asked = Math.min(result.retryAfterMillis ?? 0, MAX_RETRY_AFTER_MILLIS);
    const wait = Math.max(asked, this.health.retryMillis());
    this.#waitUntil = performance.now() + wait;
    this.#madeMeanwhile = undefined;
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

  /** What is sent from the disk must not hurt the app: at most so many bytes a second, and half of one core. */
  #pace({ storedBytes, busyMillis }: Shipment): void {
    if (storedBytes === 0) return;
    // What the app makes meanwhile comes on top, or a busy app would never be caught up with.
    const made = this.#madeMeanwhile ?? 0;
    const bytes = Math.max(0, storedBytes - made);
    this.#madeMeanwhile = this.#backlog && Math.max(0, made - storedBytes);
    this.#diskAt = performance.now() + Math.max(busyMillis, (bytes / this.#options.catchUpBytesPerSecond) * 1000);
  }

  #tellHealth({ kind }: SendResult): void {
    if (kind !== 'delivered') return;
    const behind = this.#backlog !== undefined || this.#queue.records >= this.#limits.maxBatchRecords;
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

function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, millis).unref();
  });
}
