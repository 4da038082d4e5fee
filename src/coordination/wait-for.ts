// Waits for something in the store without polling: looks, and looks again when it rings. Outlasts failures of the store.
import { StoreUnavailableError } from './errors.ts';
import { subscribe } from './store/process-store.ts';

export interface Wait<T> {
  /** What rings when there may be something. */
  readonly topics: readonly string[];
  /** @returns `undefined` when there is nothing yet. */
  readonly look: () => Promise<T | undefined>;
  /** Without it there is no end to it. */
  readonly timeoutMillis?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The longest a timer of Node can wait. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/**
 * The first that `look` finds; `undefined` when the time is over. The process stays alive as long as it waits.
 * @throws {StoreUnavailableError} when the time is over and it could not look at the end of it; the reason of `signal` when that aborts; what `look` throws else.
 */
export async function waitFor<T>({ topics, look, timeoutMillis = Infinity, signal }: Wait<T>): Promise<T | undefined> {
  signal?.throwIfAborted();
  const endAt = performance.now() + timeoutMillis;
  let rung = true;
  let wake = (): void => {};
  const ring = (): void => {
    rung = true;
    wake();
  };
  const unsubscribe = await subscribe(topics, ring);
  signal?.addEventListener('abort', ring);
  try {
    for (;;) {
      signal?.throwIfAborted();
      rung = false;
      const isLast = performance.now() >= endAt;
      const found = await look().catch((error: unknown) => {
        if (isLast || !(error instanceof StoreUnavailableError)) throw error;
        return undefined;
      });
      if (found !== undefined) return found;
      if (isLast) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(Math.ceil(endAt - performance.now()), MAX_TIMER_MILLIS));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (rung) wake();
      });
    }
  } finally {
    signal?.removeEventListener('abort', ring);
    unsubscribe();
  }
}
