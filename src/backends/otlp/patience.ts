// Whether a collector is waited for at an end: once it was in vain, no thread and no further `beforeExit` of the process waits for it again, until it
// has taken something.
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

export class Patience {
  /** 1 when it is over. */
  readonly #state: Int32Array;

  /** @param of whom. Threads that are started from now on share it. */
  constructor(of: string) {
    const key = `agent-vitals: patience with ${of}`;
    const shared = getEnvironmentData(key);
    const memory = shared instanceof SharedArrayBuffer ? shared : new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    setEnvironmentData(key, memory);
    this.#state = new Int32Array(memory);
  }

  get isOver(): boolean {
    return Atomics.load(this.#state, 0) === 1;
  }

  end(): void {
    Atomics.store(this.#state, 0, 1);
  }

  renew(): void {
    Atomics.store(this.#state, 0, 0);
  }
}
