// How a backend is doing, and when it tries again: the same few states for all. A failed backend is tried again for ever, never given up.
import { clearWarning, warnOnce } from '../internal/log.ts';
import type { BackendState, BackendStatus } from './backend.ts';

/** Waits between tries double from the first to the last; the last is kept for ever. */
const FIRST_RETRY_MILLIS = 1000;
const LAST_RETRY_MILLIS = 16_000;

export class BackendHealth {
  readonly #name: string;
  readonly #firstRetryMillis: number;
  readonly #dropped: Record<string, number> = Object.create(null);
  #state: BackendState = 'starting';
  #reason: string | undefined;
  #since = Date.now();
  #accepted = 0;
  #failures = 0;

  /** @param firstRetryMillis wait before the first retry; later ones double. */
  constructor(name: string, firstRetryMillis = FIRST_RETRY_MILLIS) {
    this.#name = name;
    this.#firstRetryMillis = firstRetryMillis;
  }

  get state(): BackendState {
    return this.#state;
  }

  accept(records: number): void {
    this.#accepted += records;
  }

  /** @param reason what the drop is counted under: `queue_full`, `disk_full`, `http_400`, ... */
  drop(records: number, reason: string): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + records;
  }

  healthy(): void {
    this.#failures = 0;
    this.#to('healthy');
  }

  /** The cause is gone, but what waited is not yet through. */
  recovering(): void {
    this.#failures = 0;
    if (this.#state === 'degraded') this.#to('recovering');
  }

  /**
   * @param reason for people, without secrets. A new reason of the same failure does not begin it anew.
   * @param warning said once, until the backend is healthy again. None where the failure is to be expected.
   */
  degraded(reason: string, warning?: string): void {
    if (this.#state === 'stopped') return;
    this.#failures += 1;
    this.#to('degraded', reason);
    if (warning) warnOnce(`backend:${this.#name}`, warning);
  }

  stopped(): void {
    this.#to('stopped');
  }

  /** Milliseconds to wait before the next try, spread by a fifth so that many processes do not come at once. */
  retryMillis(): number {
    const wait = Math.min(this.#firstRetryMillis * 2 ** (Math.max(this.#failures, 1) - 1), LAST_RETRY_MILLIS);
    return wait * (0.8 + 0.4 * Math.random());
  }

  status(details?: BackendStatus['details']): BackendStatus {
    return {
      state: this.#state,
      ...(this.#reason !== undefined && { reason: this.#reason }),
      since: this.#since,
      accepted: this.#accepted,
      dropped: { ...this.#dropped },
      ...(details && { details }),
    };
  }

  #to(state: BackendState, reason?: string): void {
    this.#reason = reason;
    if (this.#state === state || this.#state === 'stopped') return;
    this.#state = state;
    this.#since = Date.now();
    if (state === 'healthy') clearWarning(`backend:${this.#name}`);
  }
}
