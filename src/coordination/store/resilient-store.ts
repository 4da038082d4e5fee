// The store as everything above it has it: opened when first used, by the configuration; a failure is said, counted and tried again with backoff,
// and whoever asked meanwhile is told at once that the store is not to be had.
import { errorName } from '../../internal/guard.ts';
import { clearWarning, warnOnce } from '../../internal/log.ts';
import { StoreUnavailableError } from '../errors.ts';
import type { CoordinationStore } from './store.ts';

/** Waits between tries double from the first to the last; the last is kept for ever. */
const FIRST_RETRY_MILLIS = 100;
const LAST_RETRY_MILLIS = 5000;
/** Who waits looks this often when nothing rings: a lease may have run out, or a ring may be lost. */
const LOOK_EVERY_MILLIS = 1000;

export interface StoreStatus {
  readonly engine: CoordinationStore['engine'];
  readonly state: 'idle' | 'healthy' | 'degraded';
  /** Why it is degraded. */
  readonly reason?: string;
  /** Since when it is in this state, in milliseconds since the epoch. */
  readonly since: number;
  /** Steps that were done, and that were not, since the process began. */
  readonly done: number;
  readonly failed: number;
}

interface Subscription {
  readonly topics: readonly string[];
  readonly onRing: () => void;
  end: () => void;
}

type Step = (...parameters: unknown[]) => Promise<unknown>;
/** The steps; what lives longer than one of them has a method of its own here. */
type Steps = Omit<CoordinationStore, 'engine' | 'subscribe' | 'close'>;

export class ResilientStore {
  readonly #engine: CoordinationStore['engine'];
  readonly #open: () => Promise<CoordinationStore>;
  readonly #subscriptions = new Set<Subscription>();
  #store: Promise<CoordinationStore> | undefined;
  #state: StoreStatus['state'] = 'idle';
  #reason: string | undefined;
  #since = Date.now();
  #done = 0;
  #failed = 0;
  #failures = 0;
  #retryAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Every step of the contract. They reject with {@link StoreUnavailableError} alone. */
  readonly steps: Steps = new Proxy({} as Steps, {
    get:
      (_, name: keyof Steps) =>
      (...parameters: unknown[]) =>
        this.#try((store) => (store[name] as Step).apply(store, parameters)),
  });

  constructor(engine: CoordinationStore['engine'], open: () => Promise<CoordinationStore>) {
    this.#engine = engine;
    this.#open = open;
  }

  /**
   * As `subscribe` of the contract, but outlasts failures and never rejects: what is missed meanwhile is made up for by a ring, at the latest within a second.
   */
  async subscribe(topics: readonly string[], onRing: () => void): Promise<() => void> {
    const subscription: Subscription = { topics, onRing, end: () => {} };
    this.#subscriptions.add(subscription);
    this.#timer ??= setInterval(() => this.#ringAll(), LOOK_EVERY_MILLIS).unref();
    await this.#try((store) => attach(store, subscription)).catch(() => undefined);
    return () => {
      this.#subscriptions.delete(subscription);
      subscription.end();
      if (this.#subscriptions.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  status(): StoreStatus {
    return {
      engine: this.#engine,
      state: this.#state,
      ...(this.#reason !== undefined && { reason: this.#reason }),
      since: this.#since,
      done: this.#done,
      failed: this.#failed,
    };
  }

  /** The next step opens it again. */
  async close(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.then((opened) => opened.close()).catch(() => undefined);
  }

  async #try<T>(step: (store: CoordinationStore) => Promise<T>): Promise<T> {
    const wasDegraded = this.#state === 'degraded';
    if (wasDegraded && performance.now() < this.#retryAt) throw this.#unavailable();
    // All who come while it is tried again wait for the next time, but for one.
    this.#retryAt = performance.now() + this.#retryMillis();
    const opening = (this.#store ??= this.#reopen());
    try {
      const result = await step(await opening);
      this.#done += 1;
      this.#failures = 0;
      this.#to('healthy');
      if (wasDegraded) this.#ringAll();
      return result;
    } catch (error) {
      this.#degrade(error, opening);
      throw this.#unavailable(error);
    }
  }

  async #reopen(): Promise<CoordinationStore> {
    const store = await this.#open();
    await Promise.all([...this.#subscriptions].map((subscription) => attach(store, subscription)));
    return store;
  }

  #degrade(error: unknown, opening: Promise<CoordinationStore>): void {
    this.#failed += 1;
    // Steps that were under way together fail together, which is one failure.
    if (this.#store === opening) this.#failures += 1;
    this.#retryAt = performance.now() + this.#retryMillis();
    this.#to('degraded', reasonOf(error));
    warnOnce('coordination', `the coordination store (${this.#engine}) fails, it is tried again: ${this.#reason}.`);
    // Opened anew by the next try: a database that failed, or lost its file, does not mend.
    if (this.#store === opening) void this.close();
  }

  #unavailable(cause?: unknown): StoreUnavailableError {
    return new StoreUnavailableError(`the coordination store (${this.#engine}) is not available: ${this.#reason}.`, {
      cause,
    });
  }

  #retryMillis(): number {
    const wait = Math.min(FIRST_RETRY_MILLIS * 2 ** Math.max(this.#failures - 1, 0), LAST_RETRY_MILLIS);
    return wait * (0.8 + 0.4 * Math.random());
  }

  #ringAll(): void {
    for (const { onRing } of this.#subscriptions) onRing();
  }

  #to(state: StoreStatus['state'], reason?: string): void {
    this.#reason = reason;
    if (this.#state === state) return;
    this.#state = state;
    this.#since = Date.now();
    if (state === 'healthy') clearWarning('coordination');
  }
}

async function attach(store: CoordinationStore, subscription: Subscription): Promise<void> {
  subscription.end();
  subscription.end = await store.subscribe(subscription.topics, subscription.onRing);
}

/** Never a message of what cannot be known: it may hold an address with a password. */
function reasonOf(error: unknown): string {
  const { errstr, explanation } = error as { errstr?: unknown; explanation?: unknown };
  if (typeof explanation === 'string') return explanation;
  return typeof errstr === 'string' ? errstr : errorName(error);
}
