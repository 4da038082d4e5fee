// Long work in short pieces, so that the event loop of the host is never held for long.
import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds of one piece: a callback of the host waits for one of them at most. */
const SLICE_MILLIS = 6;

export class Slices {
  #began = performance.now();

  /** Whether the piece has taken its time. */
  readonly isOver = (): boolean => performance.now() - this.#began > SLICE_MILLIS;

  /** Lets the event loop go round when it has. */
  async pause(): Promise<void> {
    if (!this.isOver()) return;
    // One that holds nothing would not wake a loop that waits.
    await turn();
    this.#began = performance.now();
  }
}
