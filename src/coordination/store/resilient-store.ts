// The store as everything above it has it: opened when first used, by the configuration; a failure is said, counted and tried again with backoff,
// and whoever asked meanwhile is told at once that the store is not to be had.
import { withinDeadline } from '../../internal/deadline.ts';
import { errorName } from '../../internal/guard.ts';
import { clearWarning, warnOnce } from '../../internal/log.ts';
import { StoreUnavailableError } from '../errors.ts';
import type { CoordinationStore } from './store.ts';

/** Waits between tries double from the first to the last; the last is kept for ever. */
const FIRST_RETRY_MILLIS = 100;
const LAST_RETRY_MILLIS = 5000;
/** Who waits looks this often when nothing rings: a lease may have run out, or a ring may be lost. */
const LOOK_EVERY_MILLIS = 1000;
const CLOSE_TIMEOUT_MILLIS = 1000;

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

/** One opening of the engine. It is closed when it is no longer wanted and its last step is done. */
interface Connection {
  readonly store: Promise<CoordinationStore>;
  /** Under way. */
  readonly steps: Set<Promise<unknown>>;
}

interface Subscription {
  readonly topics: readonly string[];
  readonly onRing: () => void;
  end: () => void;
}

/** @param onLost to be called when the store has become useless, so that the next step opens it anew. */
export type OpenStore = (onLost: () => void) => Promise<CoordinationStore>;

type Step = (...parameters: unknown[]) => Promise<unknown>;
/** The steps; what lives longer than one of them has a method of its own here. */
type Steps = Omit<CoordinationStore, 'engine' | 'subscribe' | 'close'>;

export class ResilientStore {
  readonly #engine: CoordinationStore['engine'];
  readonly #open: OpenStore;
  readonly #subscriptions = new Set<Subscription>();
  #connection: Connection | undefined;
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

  constructor(engine: CoordinationStore['engine'], open: OpenStore) {
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
    await this.#try((store) => this.#attach(store, subscription)).catch(() => undefined);
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

  /** Lets steps that are under way come to their end for so long. The next step opens it again. */
  async close(timeoutMillis = CLOSE_TIMEOUT_MILLIS): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    this.#connection = undefined;
    await withinDeadline([...connection.steps], timeoutMillis);
    await connection.store.then((store) => store.close()).catch(() => undefined);
  }

  async #try<T>(step: (store: CoordinationStore) => Promise<T>): Promise<T> {
    const wasDegraded = this.#state === 'degraded';
    if (wasDegraded && performance.now() < this.#retryAt) throw this.#unavailable(this.#reason);
    // One tries again; who comes meanwhile is told at once.
    this.#retryAt = performance.now() + this.#retryMillis();
    const connection = (this.#connection ??= this.#connect());
    const running = connection.store.then(step);
    connection.steps.add(running);
    try {
      const result = await running;
      this.#done += 1;
      this.#failures = 0;
      this.#to('healthy');
      if (wasDegraded) this.#ringAll();
      return result;
    } catch (error) {
      this.#failed += 1;
      const reason = reasonOf(error);
      if (this.#connection === connection) this.#degrade(reason);
      throw this.#unavailable(reason, error);
    } finally {
      connection.steps.delete(running);
      this.#closeUnwanted(connection);
    }
  }

  #connect(): Connection {
    let isOpen = false;
    const opened = this.#open(() => {
      // Who waits for it to open is told by the failure of that.
      if (!isOpen) return;
      this.#drop(connection);
      // What was rung since it was lost, nobody has heard.
      this.#ringAll();
    });
    const store = opened.then(async (engine) => {
      isOpen = true;
      try {
        await Promise.all([...this.#subscriptions].map((subscription) => this.#attach(engine, subscription)));
        return engine;
      } catch (error) {
        await engine.close();
        throw error;
      }
    });
    const connection: Connection = { store, steps: new Set() };
    return connection;
  }

  async #attach(store: CoordinationStore, subscription: Subscription): Promise<void> {
    subscription.end();
    subscription.end = () => {};
    const end = await store.subscribe(subscription.topics, subscription.onRing);
    // It may have been given up meanwhile.
    if (this.#subscriptions.has(subscription)) subscription.end = end;
    else end();
  }

  /** Of steps that were under way together only the first comes here: they fail together, which is one failure. */
  #degrade(reason: string): void {
    this.#failures += 1;
    this.#retryAt = performance.now() + this.#retryMillis();
    this.#to('degraded', reason);
    warnOnce('coordination', `the coordination store (${this.#engine}) fails, it is tried again: ${reason}.`);
    // Opened anew by the next try: a database that lost its file does not mend.
    this.#connection = undefined;
  }

  #drop(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
    this.#closeUnwanted(connection);
  }

  #closeUnwanted(connection: Connection): void {
    if (connection.steps.size > 0 || this.#connection === connection) return;
    void connection.store.then((store) => store.close()).catch(() => undefined);
  }

  #unavailable(reason: string | undefined, cause?: unknown): StoreUnavailableError {
    return new StoreUnavailableError(`the coordination store (${this.#engine}) is not available: ${reason}.`, {
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

/** Never a message of what cannot be known: it may hold an address with a password. */
function reasonOf(error: unknown): string {
  const { explanation } = error as { explanation?: unknown };
  return typeof explanation === 'string' ? explanation : errorName(error);
}
