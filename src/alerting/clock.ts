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
/** How long a clock that was set forward may yet be set back, in milliseconds. */
const DOUBTED_MILLIS = 3_600_000;

/** Tells by how much the wall clock was set, or the machine slept, since it was asked last. */
export class Jumps {
  readonly #clock: Clock;
  #offset: number;
  /** By how much it was set forward of late. */
  #aheadMillis = 0;
  /** When; by the monotonic clock. */
  #aheadAt = 0;
  #forgottenAsOf: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = clock.now() - clock.monotonic();
    this.#forgottenAsOf = clock.now();
  }

  /** Milliseconds, negative when it was set back; 0 when it was not. */
  take(): number {
    const offset = this.#clock.now() - this.#clock.monotonic();
    const jump = offset - this.#offset;
    this.#offset = offset;
    this.#forgottenAsOf = this.#clock.now() - jump - this.#aheadMillis;
    if (Math.abs(jump) >= JUMP_MILLIS) {
      this.#aheadMillis = Math.max(0, this.#aheadMillis + jump);
      this.#aheadAt = this.#clock.monotonic();
      return jump;
    }
    if (this.#clock.monotonic() - this.#aheadAt >= DOUBTED_MILLIS) this.#aheadMillis = 0;
    return 0;
  }

  /** The time as of which something was old enough to be forgotten before the clock was set. */
  get forgottenAsOf(): number {
    return this.#forgottenAsOf;
  }

  /** The time as of which something is old enough to be forgotten: a clock that was set forward by mistake must cost nothing. */
  get forgetAsOf(): number {
    return this.#clock.now() - this.#aheadMillis;
  }
}
