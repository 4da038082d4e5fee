// Whether a collector is waited for at an end: once it was in vain, no thread and no further `beforeExit` of the process waits for it again, until it
// has taken something.
import { sharedMemory } from '../../internal/shared-memory.ts';

export class Patience {
  /** 1 when it is over. */
  readonly #state: Int32Array;

  /** @param of whom. Threads that are started from now on share it. */
  constructor(of: string) {
    this.#state = new Int32Array(sharedMemory(`patience with ${of}`, Int32Array.BYTES_PER_ELEMENT));
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
