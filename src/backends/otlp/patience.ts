// How long the end of a process may be held up for the collector: every `beforeExit`, and the ends of all threads, have one deadline together. A
// collector that takes something renews it.
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

export class Patience {
  /** In nanoseconds, by the clock that all threads have in common: until when; 0 as long as nothing has failed. */
  readonly #until: BigInt64Array;

  /** @param of whom. Threads that are started from now on share it. */
  constructor(of: string) {
    const key = `agent-vitals: patience with ${of}`;
    const shared = getEnvironmentData(key);
    const memory = shared instanceof SharedArrayBuffer ? shared : new SharedArrayBuffer(8);
    setEnvironmentData(key, memory);
    this.#until = new BigInt64Array(memory);
  }

  /** What is left of it, at most `millis`. */
  of(millis: number): number {
    const until = Atomics.load(this.#until, 0);
    if (until === 0n) return millis;
    return Math.max(0, Math.min(millis, Math.floor(Number(until - process.hrtime.bigint()) / 1e6)));
  }

  /** From now on it is used up. @param millis all of it; 0 when nobody needs to wait to know that nothing gets through. */
  use(millis: number): void {
    const until = process.hrtime.bigint() + BigInt(Math.ceil(Math.max(0, millis) * 1e6));
    Atomics.compareExchange(this.#until, 0, 0n, until);
  }

  renew(): void {
    Atomics.store(this.#until, 0, 0n);
  }
}
