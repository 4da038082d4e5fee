// What waits to be sent of one signal, and the one request under way. Memory is bounded; a dead, slow or hanging collector costs records, which are
// counted, and never the host's time.
import { errorName } from '../../internal/guard.ts';
import type { Signal } from '../backend.ts';
import { BackendHealth } from '../backend-state.ts';
import { withinDeadline } from '../deadline.ts';
import type { SendResult, Transport } from './transport.ts';

export interface SenderOptions {
  readonly signal: Signal;
  readonly transport: Transport;
  /** Makes one request body of lines. */
  readonly encode: (lines: readonly string[]) => Uint8Array;
  readonly limits?: Partial<SenderLimits>;
}

export interface SenderLimits {
  /** Lines waiting above which further ones are dropped, as the SDK's own batch processors do. */
  readonly maxQueueRecords: number;
  /** The same in characters. */
  readonly maxQueueChars: number;
  readonly maxBatchRecords: number;
  readonly maxBatchChars: number;
  /** Longest time a line waits for others to be sent with. */
  readonly batchMillis: number;
  /** Milliseconds before the first retry; further ones double up to a minute. */
  readonly retryMillis: number;
}

const LIMITS: SenderLimits = {
  maxQueueRecords: 16_384,
  maxQueueChars: 16_000_000,
  maxBatchRecords: 512,
  maxBatchChars: 1_000_000,
  batchMillis: 1000,
  retryMillis: 1000,
};
/** Longest time in milliseconds that a collector's Retry-After is obeyed. */
const MAX_RETRY_AFTER_MILLIS = 600_000;

export class Sender {
  readonly health: BackendHealth;
  readonly #signal: Signal;
  readonly #transport: Transport;
  readonly #encode: (lines: readonly string[]) => Uint8Array;
  readonly #limits: SenderLimits;
  #queue: string[] = [];
  #queueChars = 0;
  /** Lines of the next request at most: halved when one was too large. */
  #batchRecords: number;
  #timer: NodeJS.Timeout | undefined;
  /** By `performance.now()`: until then the collector is left alone. */
  #waitUntil = 0;
  #sending: Promise<void> | undefined;
  #flushes = 0;
  /** Set by flushes: when the last of them must be over, by `performance.now()`. */
  #flushUntil: number | undefined;
  #stopped = false;

  constructor({ signal, transport, encode, limits }: SenderOptions) {
    this.#signal = signal;
    this.#transport = transport;
    this.#encode = encode;
    this.#limits = { ...LIMITS, ...limits };
    this.#batchRecords = this.#limits.maxBatchRecords;
    this.health = new BackendHealth(`otlp:${signal}`, this.#limits.retryMillis);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  enqueue(lines: readonly string[]): void {
    const { maxQueueRecords, maxQueueChars, maxBatchRecords, maxBatchChars, batchMillis } = this.#limits;
    if (this.#stopped) {
      this.health.drop(lines.length, 'stopped');
      return;
    }
    let taken = 0;
    for (const line of lines) {
      if (this.#queue.length >= maxQueueRecords || this.#queueChars + line.length > maxQueueChars) break;
      this.#queue.push(line);
      this.#queueChars += line.length;
      taken += 1;
    }
    this.health.accept(taken);
    if (taken < lines.length) this.health.drop(lines.length - taken, 'queue_full');
    if (this.#sending) return;
    const wait = this.#waitUntil - performance.now();
    if (wait > 0) this.#sendIn(wait);
    else if (this.#queue.length >= maxBatchRecords || this.#queueChars >= maxBatchChars) this.#sendNow();
    else this.#sendIn(batchMillis);
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
    this.#transport.close();
    this.#drop(this.#queue.length, 'shutdown');
    this.health.stopped();
  }

  #sendIn(millis: number): void {
    this.#timer ??= setTimeout(() => this.#sendNow(), millis).unref();
  }

  #sendNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending || this.#stopped || this.#queue.length === 0) return;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** One request after the other while they go through. */
  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0 && !this.#stopped) {
      const count = this.#batchSize();
      const result = await this.#send(count);
      if (this.#stopped) return;
      if (result.kind === 'later') {
        this.#degraded(result.reason);
        const asked = Math.min(result.retryAfterMillis ?? 0, MAX_RETRY_AFTER_MILLIS);
        const wait = Math.max(asked, this.health.retryMillis());
        this.#waitUntil = performance.now() + wait;
        // Who flushes waits for a collector that asks for time, and not for one that is not there.
        if (!result.answered || this.#flushUntil === undefined || this.#waitUntil >= this.#flushUntil) {
          this.#sendIn(wait);
          return;
        }
        await sleep(wait);
      } else if (result.kind === 'delivered') {
        this.#take(count);
        if (result.rejected > 0) this.health.drop(result.rejected, 'rejected');
        this.#batchRecords = Math.min(this.#limits.maxBatchRecords, Math.ceil(this.#batchRecords * 1.1));
        const behind = this.#queue.length >= this.#limits.maxBatchRecords;
        if (behind) this.health.recovering();
        else this.health.healthy();
        // A small rest waits for more, but for a flush.
        if (!behind && this.#flushUntil === undefined) break;
      } else if (result.kind === 'too_large' && count > 1) {
        this.#batchRecords = Math.floor(count / 2);
      } else {
        this.#drop(count, result.kind === 'too_large' ? 'http_413' : result.dropReason);
        this.#degraded(result.reason);
      }
    }
    if (this.#queue.length > 0) this.#sendIn(this.#limits.batchMillis);
  }

  async #send(count: number): Promise<SendResult> {
    try {
      const body = this.#encode(this.#queue.slice(0, count));
      return await this.#transport.send(body, this.#timeoutMillis());
    } catch (error) {
      // Never seen; but a batch that cannot be made into a request must not be tried for ever.
      return { kind: 'refused', reason: `cannot be sent: ${errorName(error)}`, dropReason: 'error' };
    }
  }

  #batchSize(): number {
    let chars = 0;
    let count = 0;
    for (const line of this.#queue) {
      chars += line.length;
      if (count > 0 && (chars > this.#limits.maxBatchChars || count >= this.#batchRecords)) break;
      count += 1;
    }
    return count;
  }

  #timeoutMillis(): number {
    const left = this.#flushUntil === undefined ? Number.POSITIVE_INFINITY : this.#flushUntil - performance.now();
    return Math.max(1, Math.min(this.#transport.timeoutMillis, left));
  }

  #degraded(reason: string): void {
    this.health.degraded(reason, `${this.#signal} do not reach the collector at ${this.#transport.origin}: ${reason}`);
  }

  #take(count: number): void {
    for (const line of this.#queue.splice(0, count)) this.#queueChars -= line.length;
  }

  #drop(count: number, reason: string): void {
    this.#take(count);
    if (count > 0) this.health.drop(count, reason);
  }
}

function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, millis).unref();
  });
}
