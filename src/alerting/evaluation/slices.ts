// Long work in short pieces, so that the event loop of the host is never held for long.
import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds of one piece: a callback of the host waits for one of them, and for the commit of what it wrote. */
const SLICE_MILLIS = 4;

export class Slices {
  /** Whoever calls has held the loop already, as with a collection of metrics. */
  #began = Number.NEGATIVE_INFINITY;

  /** Whether the piece has taken its time. */
  readonly isOver = (): boolean => performance.now() - this.#began > SLICE_MILLIS;

  /** Lets the event loop go round when it has. */
  async pause(): Promise<void> {
    if (this.isOver()) await this.next();
  }

  /** Lets it go round. */
  async next(): Promise<void> {
    // One that holds nothing would not wake a loop that waits.
    await turn();
    this.#began = performance.now();
  }
}
