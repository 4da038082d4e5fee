// Follows a journal as `tail` does, and lets a test wait for what it sees.
import { JournalFollower } from '../../src/query/journal-follower.ts';
import { JournalTally } from '../../src/query/journal-reader.ts';

export class JournalWatcher {
  readonly lines: string[] = [];
  readonly tally = new JournalTally();
  readonly #abort = new AbortController();
  readonly #follower: JournalFollower;
  #waiting: (() => void) | undefined;
  #done: Promise<void> | undefined;

  constructor(dir: string) {
    this.#follower = new JournalFollower(dir, 'traces', this.tally);
  }

  /** @returns bytes of whole lines that stood there before. */
  async start(): Promise<number> {
    const before = await this.#follower.start();
    this.#done = (async () => {
      for await (const { lines } of this.#follower.batches(this.#abort.signal)) {
        // One by one: as arguments of one call, the lines of a large piece are more than the stack holds.
        for (const line of lines) this.lines.push(line);
        this.#waiting?.();
      }
    })();
    return before.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Waits until `seen` of all lines holds; fails, and follows no more, when nothing comes for `timeoutMillis`. */
  async until(seen: (lines: readonly string[]) => boolean, timeoutMillis = 20_000): Promise<string[]> {
    while (!seen(this.lines)) {
      const came = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(resolve, timeoutMillis, false);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
      if (!came) {
        await this.end();
        throw new Error(`nothing came after ${this.lines.length} lines`);
      }
    }
    return this.lines;
  }

  sees(count: number): Promise<string[]> {
    return this.until((lines) => lines.length >= count);
  }

  async end(): Promise<string[]> {
    this.#abort.abort();
    await this.#done;
    return this.lines;
  }
}
