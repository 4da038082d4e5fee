// How fast what is on the disk may be sent: not so fast that it hurts the app.

/** What the signals of a process have in common: it is one limit for all of them. */
export interface SharedDisk {
  /** By `performance.now()`: until then nothing is read from it. */
  until: number;
}

export class Pace {
  readonly #bytesPerSecond: number;
  readonly #disk: SharedDisk;
  /** Bytes the app has made while pieces were sent from the disk, less those pieces; `undefined` while none are, as in an outage. */
  #made: number | undefined;
  /** By `performance.now()`: until then nothing is read from the disk. */
  #until = 0;

  /** @param bytesPerSecond beside what the app makes meanwhile. */
  constructor(bytesPerSecond: number, disk: SharedDisk = { until: 0 }) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#disk = disk;
  }

  /** Milliseconds until the next piece may be read; 0 when it may be now. */
  get waitMillis(): number {
    return Math.max(0, Math.max(this.#until, this.#disk.until) - performance.now());
  }

  /** Nothing is read for so long. */
  pause(millis: number): void {
    this.#until = performance.now() + millis;
  }

  /** The app has written so much that will be read from the disk. */
  made(bytes: number): void {
    if (this.#made !== undefined) this.#made += bytes;
  }

  /**
   * At most so many bytes a second, and half of one core.
   * @param cpuMillis that the process has taken meanwhile, for whatever: more than ours when the app is busy.
   */
  sent(storedBytes: number, cpuMillis: number): void {
    // What the app makes meanwhile comes on top, or a busy app would never be caught up with.
    const made = this.#made ?? 0;
    const bytes = Math.max(0, storedBytes - made);
    this.#made = Math.max(0, made - storedBytes);
    const pauseMillis = Math.max(cpuMillis, (bytes / this.#bytesPerSecond) * 1000);
    this.#disk.until = Math.max(performance.now(), this.#disk.until) + pauseMillis;
  }

  /** The sending has stopped, or there is nothing to catch up with. */
  stopped(): void {
    this.#made = undefined;
  }
}
