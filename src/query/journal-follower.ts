// Follows a journal while it is written: every line once, over new files, rotation and removal. Never reads what stood there before `start`.
import { type FSWatcher, watch } from 'node:fs';
import { errorName } from '../internal/guard.ts';
import { type JournalFile, type JournalSignal, journalDirectory, listJournalFiles } from './journal-files.ts';
import { endOfLastLine, type JournalBatch, type JournalTally, readChunks, toBatch } from './journal-reader.ts';
import { LineSplitter } from './line-splitter.ts';

/** Longest time a change goes unseen where the file system tells nothing (network file systems), and between looks for a journal that is not there yet. */
const POLL_MILLIS = 500;
const CHUNK_BYTES = 1024 * 1024;

/** How far a file was read. */
interface Place {
  /** What the file was last called. */
  name: string;
  readonly bornNanos: bigint;
  offset: number;
  readonly splitter: LineSplitter;
}

export class JournalFollower {
  readonly #dir: string;
  readonly #signal: JournalSignal;
  readonly #tally: JournalTally;
  /**
   * By identity of the file, so that a renamed one goes on where it was. Those of removed files stay: a directory that cannot be listed
   * for a moment must not bring all its lines again.
   */
  readonly #places = new Map<string, Place>();
  readonly #skipped = new Set<string>();
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);

  constructor(dir: string, signal: JournalSignal, tally: JournalTally) {
    this.#dir = dir;
    this.#signal = signal;
    this.#tally = tally;
  }

  /**
   * Takes the present end of every file as the place to follow from.
   * @returns the files up to that place, cut after their last whole line: to be read for what came before.
   */
  async start(): Promise<JournalFile[]> {
    const before: JournalFile[] = [];
    for (const file of this.#list()) {
      const bytes = await endOfLastLine(file);
      this.#places.set(file.identity, placeAt(file, bytes));
      before.push({ ...file, bytes });
    }
    return before;
  }

  /** The lines written from `start` on, until `signal` is aborted. */
  async *batches(signal: AbortSignal): AsyncGenerator<JournalBatch> {
    const change = new Change(journalDirectory(this.#dir), signal);
    try {
      while (!signal.aborted) {
        for (const file of this.#list()) yield* this.#readNew(file);
        await change.next();
      }
    } finally {
      change.close();
    }
  }

  #list(): readonly JournalFile[] {
    const { files, skipped } = listJournalFiles(this.#dir, this.#signal);
    for (const one of skipped) {
      if (!this.#skipped.has(one.file)) this.#tally.skippedFiles.push(one);
      this.#skipped.add(one.file);
    }
    return files;
  }

  async *#readNew(file: JournalFile): AsyncGenerator<JournalBatch> {
    let place = this.#places.get(file.identity);
    // A file that shrank was emptied: its start has not been seen.
    if (place === undefined || !isSameFile(place, file) || file.bytes < place.offset) place = placeAt(file, 0);
    place.name = file.name;
    this.#places.set(file.identity, place);
    try {
      for await (const chunk of readChunks(file, place.offset, this.#buffer)) {
        place.offset += chunk.length;
        yield toBatch(file.name, place.splitter.push(chunk), place.splitter, this.#tally);
      }
    } catch (error) {
      // Removed or renamed since it was listed: under its new name it is found at the next look.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      if (!this.#skipped.has(file.name)) this.#tally.skippedFiles.push({ file: file.name, reason: errorName(error) });
      this.#skipped.add(file.name);
    }
  }
}

function placeAt({ name, bornNanos }: JournalFile, offset: number): Place {
  return { name, bornNanos, offset, splitter: new LineSplitter() };
}

/** Whether a file is the one a place was kept for, perhaps renamed, and not a new one that was given the number of a removed one. */
function isSameFile({ name, bornNanos }: Place, file: JournalFile): boolean {
  return file.name === name || (file.bornNanos !== 0n && file.bornNanos === bornNanos);
}

/** Waits for a directory to change, by its watcher where it has one and by the clock in any case. */
class Change {
  readonly #directory: string;
  readonly #signal: AbortSignal;
  #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory;
    this.#signal = signal;
    signal.addEventListener('abort', this.#note, { once: true });
    this.#watch();
  }

  async next(): Promise<void> {
    this.#watch();
    if (!this.#changed && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MILLIS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#changed = false;
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#note);
    this.#watcher?.close();
  }

  readonly #note = (): void => {
    this.#changed = true;
    this.#wake?.();
  };

  #watch(): void {
    if (this.#watcher !== undefined) return;
    try {
      this.#watcher = watch(this.#directory, this.#note);
      // The directory went away or there are too many watchers: the clock goes on, and the watch is tried again.
      this.#watcher.on('error', () => {
        this.#watcher?.close();
        this.#watcher = undefined;
      });
    } catch {
      // Not there yet.
    }
  }
}
