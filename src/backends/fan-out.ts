// Hands every line to every backend, once an event-loop turn: at the end of the callback that made it. A backend that throws, hangs or is full
// must change nothing for the others or the host.
import type { Meter } from '@opentelemetry/api';
import { withinDeadline } from '../internal/deadline.ts';
import { errorName } from '../internal/guard.ts';
import { warnOnce } from '../internal/log.ts';
import {
  BACKEND_DROP_REASON,
  BACKEND_NAME,
  METRIC_BACKEND_ACCEPTED,
  METRIC_BACKEND_DROPPED,
  METRIC_BACKEND_LAG,
  METRIC_BACKEND_LAG_BYTES,
  METRIC_BACKEND_UP,
} from '../semconv.ts';
import type { Backend, BackendStatus, Batch, Signal } from './backend.ts';
import { batchOf } from './batch.ts';

/** Characters waiting above which a long turn hands over before its end: bounds memory in a loop that ends a million spans. */
const MAX_WAITING_CHARS = 256_000;

export class FanOut {
  readonly #backends: IsolatedBackend[] = [];
  /** One for each signal. */
  #waiting: { readonly signal: Signal; readonly lines: string[] }[] = [];
  #waitingChars = 0;
  #isDue = false;

  /** @param backends a user's own too. One whose name is taken is not used, and that is said. */
  constructor(backends: readonly Backend[] = []) {
    for (const backend of backends) this.#add(backend);
  }

  #add(backend: Backend): void {
    if (this.#backends.some(({ name }) => name === backend.name)) {
      warnOnce(
        `backend:twice:${backend.name}`,
        `a backend named "${backend.name}" is there already, the second is not used`,
      );
    } else this.#backends.push(new IsolatedBackend(backend));
  }

  start(): void {
    for (const backend of this.#backends) backend.start();
  }

  /** @param line see {@link Batch.lines}. */
  push(signal: Signal, line: string): void {
    const batch = this.#waiting.find((waiting) => waiting.signal === signal);
    if (batch) batch.lines.push(line);
    else this.#waiting.push({ signal, lines: [line] });
    this.#waitingChars += line.length;
    if (this.#waitingChars > MAX_WAITING_CHARS) this.flushSync();
    else if (!this.#isDue) {
      this.#isDue = true;
      // Not an immediate: one that does not hold the process open runs when the loop next wakes up, for whatever, and a kill while it
      // sleeps would lose the lines.
      process.nextTick(() => this.flushSync());
    }
  }

  /** Hands over what waits, now: for the end of the process, when no turn comes any more. */
  flushSync(): void {
    this.#isDue = false;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#waitingChars = 0;
    for (const { signal, lines } of waiting) {
      const batch = batchOf(signal, lines);
      for (const backend of this.#backends) backend.accept(batch);
    }
  }

  /** The process ends at once. */
  end(): void {
    this.flushSync();
    for (const backend of this.#backends) backend.end();
  }

  /** All backends at once, all by the same deadline. Never rejects. */
  async flush(deadlineMillis: number): Promise<void> {
    this.flushSync();
    await withinDeadline(
      this.#backends.map((backend) => backend.flush(deadlineMillis)),
      deadlineMillis,
    );
  }

  /** All backends at once, all by the same deadline. Never rejects. */
  async shutdown(deadlineMillis: number): Promise<void> {
    this.flushSync();
    await withinDeadline(
      this.#backends.map((backend) => backend.shutdown(deadlineMillis)),
      deadlineMillis,
    );
  }

  status(): Record<string, BackendStatus> {
    return Object.fromEntries(this.#backends.map((backend) => [backend.name, backend.status()]));
  }
}

/** Of a user's backend that does not keep to the contract. */
const NO_STATUS: BackendStatus = { state: 'degraded', reason: 'gives no status', since: 0, accepted: 0, dropped: {} };

/** A backend whose failures stay its own: they are counted, said once, and show in its status. */
class IsolatedBackend {
  readonly name: string;
  readonly #backend: Backend;
  #failed: { readonly reason: string; readonly since: number } | undefined;
  #lost = 0;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.name = backend.name;
  }

  start(): void {
    this.#try('start', () => this.#backend.start());
  }

  accept(batch: Batch): void {
    if (this.#try('accept', () => this.#backend.accept(batch))) this.#failed = undefined;
    else this.#lost += batch.lines.length;
  }

  async flush(deadlineMillis: number): Promise<void> {
    await this.#tryAsync('flush', () => this.#backend.flush(deadlineMillis));
  }

  end(): void {
    this.#try('end', () => this.#backend.end?.());
  }

  async shutdown(deadlineMillis: number): Promise<void> {
    await this.#tryAsync('shutdown', () => this.#backend.shutdown(deadlineMillis));
  }

  status(): BackendStatus {
    let status = NO_STATUS;
    this.#try('status', () => {
      const given: BackendStatus | undefined = this.#backend.status();
      if (typeof given?.state === 'string' && typeof given.dropped === 'object') status = given;
      return given;
    });
    if (!this.#failed && this.#lost === 0) return status;
    return {
      ...status,
      ...(this.#failed && { state: 'degraded', ...this.#failed }),
      dropped: { ...status.dropped, error: this.#lost },
    };
  }

  #try(what: string, fn: () => unknown): boolean {
    try {
      const result = fn();
      // A backend in JavaScript may be async where it should not: its rejection is not the host's.
      if (result instanceof Promise) result.catch((error: unknown) => this.#fail(what, error));
      return true;
    } catch (error) {
      this.#fail(what, error);
      return false;
    }
  }

  async #tryAsync(what: string, fn: () => Promise<void>): Promise<void> {
    try {
      await fn();
    } catch (error) {
      this.#fail(what, error);
    }
  }

  #fail(what: string, error: unknown): void {
    const reason = `${what} failed: ${errorName(error)}`;
    this.#failed ??= { reason, since: Date.now() };
    warnOnce(`backend:${this.name}:failed`, `backend ${this.name}: ${reason}; the others go on`);
  }
}

/** The backends' counters as metrics of our own. */
export function observeBackends(meter: Meter, fanOut: FanOut): void {
  const accepted = meter.createObservableCounter(METRIC_BACKEND_ACCEPTED, {
    unit: '{record}',
    description: 'Records a backend has taken.',
  });
  const dropped = meter.createObservableCounter(METRIC_BACKEND_DROPPED, {
    unit: '{record}',
    description: 'Records a backend could not keep, by reason.',
  });
  const up = meter.createObservableGauge(METRIC_BACKEND_UP, {
    description: '0 when the backend is degraded or stopped, 1 when not.',
  });
  const lag = meter.createObservableGauge(METRIC_BACKEND_LAG, {
    unit: 's',
    description: 'Age of the oldest record a backend has not delivered; 0 when it has delivered all.',
  });
  const lagBytes = meter.createObservableGauge(METRIC_BACKEND_LAG_BYTES, {
    unit: 'By',
    description: 'Size of what a backend has not delivered.',
  });
  meter.addBatchObservableCallback(
    (result) => {
      for (const [name, status] of Object.entries(fanOut.status())) {
        const backend = { [BACKEND_NAME]: name };
        result.observe(accepted, status.accepted, backend);
        result.observe(up, status.state === 'degraded' || status.state === 'stopped' ? 0 : 1, backend);
        if (status.lag) {
          result.observe(lag, status.lag.seconds, backend);
          result.observe(lagBytes, status.lag.bytes, backend);
        }
        for (const [reason, count] of Object.entries(status.dropped)) {
          result.observe(dropped, count, { ...backend, [BACKEND_DROP_REASON]: reason });
        }
      }
    },
    [accepted, dropped, up, lag, lagBytes],
  );
}
