// Tells other processes on the machine that something has changed: a byte is written to a file, which they watch. It may ring for nothing, and
// never promises to ring: who listens looks now and then by itself.
import { closeSync, constants, type FSWatcher, mkdirSync, openSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Files, each for a part of the topics: those who wait for signals are not woken by heartbeats. */
const BELLS = 16;
/** Where files cannot be watched. */
const LOOK_MILLIS = 40;

export class Doorbell {
  readonly #directory: string;
  readonly #hasChanged: () => boolean;
  readonly #files = new Map<string, number>();
  readonly #listeners = new Map<string, Set<() => void>>();
  /** How many listen. */
  #count = 0;
  #watcher: Pick<FSWatcher, 'close'> | undefined;

  /** @param hasChanged whether anything has changed since it was last asked, in whichever process. */
  constructor(directory: string, hasChanged: () => boolean) {
    this.#directory = directory;
    this.#hasChanged = hasChanged;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  ring(topics: Iterable<string>): void {
    for (const bell of new Set([...topics].map(bellOf))) {
      try {
        let file = this.#files.get(bell);
        if (file === undefined) {
          // Not to append, for it would grow, nor to empty it, which would ring twice.
          file = openSync(join(this.#directory, bell), constants.O_WRONLY | constants.O_CREAT, 0o600);
          this.#files.set(bell, file);
        }
        writeSync(file, '.', 0);
      } catch {
        // A full disk, a directory that is gone: they will look by themselves.
      }
    }
  }

  /** @returns a function that ends it. */
  listen(topics: readonly string[], onRing: () => void): () => void {
    const bells = new Set(topics.map(bellOf));
    for (const bell of bells) {
      const listeners = this.#listeners.get(bell) ?? new Set();
      this.#listeners.set(bell, listeners.add(onRing));
    }
    this.#count += 1;
    this.#watcher ??= this.#watch();
    return () => {
      for (const bell of bells) this.#listeners.get(bell)?.delete(onRing);
      this.#count -= 1;
      if (this.#count === 0) this.#unwatch();
    };
  }

  close(): void {
    this.#unwatch();
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #watch(): Pick<FSWatcher, 'close'> {
    try {
      const watcher = watch(this.#directory, { persistent: false }, (_, bell) => this.#rang(bell));
      watcher.on('error', () => {
        watcher.close();
        if (this.#watcher === watcher) this.#watcher = this.#look();
      });
      return watcher;
    } catch {
      return this.#look();
    }
  }

  /** The system's number of watches is used up, or it has none here. */
  #look(): { close: () => void } {
    const timer = setInterval(() => {
      if (this.#hasChanged()) this.#rang(null);
    }, LOOK_MILLIS).unref();
    return { close: () => clearInterval(timer) };
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #rang(bell: string | null): void {
    const rung = bell === null ? [...this.#listeners.keys()] : [bell];
    const listeners = new Set(rung.flatMap((name) => Array.from(this.#listeners.get(name) ?? [])));
    for (const listener of listeners) listener();
  }
}

function bellOf(topic: string): string {
  let hash = 0;
  for (let index = 0; index < topic.length; index += 1) hash = (Math.imul(hash, 31) + topic.charCodeAt(index)) | 0;
  return ((hash >>> 0) % BELLS).toString(16);
}
