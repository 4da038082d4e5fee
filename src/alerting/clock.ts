// Time as alerting sees it: the wall clock, by which windows are kept, and one that nobody sets, to see when the other was.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment; stands still while the machine sleeps. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** A difference below it is the slow correction of a clock, in milliseconds. */
const JUMP_MILLIS = 2000;

/** Tells by how much the wall clock was set, or the machine slept, since it was asked last. */
export class Jumps {
  readonly #clock: Clock;
  #offset: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = clock.now() - clock.monotonic();
  }

  /** Milliseconds, negative when it was set back; 0 when it was not. */
  take(): number {
    const offset = this.#clock.now() - this.#clock.monotonic();
    const jump = offset - this.#offset;
    this.#offset = offset;
    return Math.abs(jump) < JUMP_MILLIS ? 0 : jump;
  }
}
