// The local journal: every line to a file of this process, at once. A disk error stops nothing but the journal, and the journal only until it is gone.
import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/option-table.ts';
import { JOURNAL_DIRECTORY, makeDataDirectory } from '../../internal/data-directory.ts';
import { errorName } from '../../internal/guard.ts';
import type { Backend, BackendStatus, Batch, Signal } from '../backend.ts';
import { BackendHealth } from '../backend-state.ts';
import { removeOldSegments, type Shipping } from './retention.ts';
import { type JournalFs, SegmentWriter, WriteFailure, type Written } from './segment-writer.ts';

export interface JournalOptions extends Pick<Config['journal'], 'maxFileBytes' | 'maxTotalBytes' | 'retentionDays'> {
  /** See the option of that name: `never` when absent. */
  readonly fsync?: Config['journal']['fsync'];
  /** Absolute path of the data directory. */
  readonly dir: string;
  /** Where below it the files lie, and what it is called: `journal` when absent. */
  readonly directory?: string;
  /** Who writes. */
  readonly own: JournalOwner;
  /** Milliseconds before the first try after a failure; further ones double up to 16 s. */
  readonly retryMillis?: number;
  /** For tests: a disk with faults. */
  readonly fs?: JournalFs;
}

interface JournalOwner extends Shipping {
  /** Eight hex digits in the names of the files. */
  readonly writer: string;
  /** Called before a file is begun. */
  beforeOpen(): void;
}

/** Drops are counted under these names; an error without one under its code. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EACCES: 'no_permission',
  EPERM: 'no_permission',
  EROFS: 'read_only',
  EMFILE: 'too_many_files',
  ENFILE: 'too_many_files',
  ENOTDIR: 'no_directory',
  ENOENT: 'no_directory',
  EIO: 'disk_error',
};

/** Processes that begin within this time leave the search for old files to the first of them. */
const RETENTION_MILLIS = 60_000;

export class JournalBackend implements Backend {
  readonly name: string;
  readonly #options: JournalOptions;
  readonly #fs: JournalFs;
  readonly #health: BackendHealth;
  readonly #writers = new Map<Signal, SegmentWriter>();
  /** What was written last, and where. Its bytes alone: its lines would outlive every collection of V8's young generation. */
  #last: { readonly bytes: Buffer; readonly written: readonly Written[] } | undefined;
  #hasBegun = false;
  #retryAt = 0;
  #failure = '';

  constructor(options: JournalOptions) {
    this.#options = options;
    this.name = options.directory ?? JOURNAL_DIRECTORY;
    this.#fs = options.fs ?? nodeFs;
    this.#health = new BackendHealth(this.name, options.retryMillis);
  }

  /** Opens nothing: a process that makes no line leaves no file. */
  start(): void {
    this.#health.healthy();
  }

  accept(batch: Batch): void {
    const { signal, lines, bytes } = batch;
    if (this.#health.state === 'stopped') {
      this.#health.drop(lines.length, 'stopped');
      return;
    }
    // Between two tries nothing is asked of a disk that fails: that can take long.
    if (this.#health.state === 'degraded' && performance.now() < this.#retryAt) {
      this.#health.drop(lines.length, this.#failure);
      return;
    }
    try {
      this.#last = { bytes, written: this.#writerOf(signal).append(bytes) };
      this.#health.accept(lines.length);
      if (this.#health.state !== 'healthy') this.#health.healthy();
    } catch (error) {
      this.#failed(error, lines.length);
    }
  }

  /** Where `batch` is, the one that was accepted last: file by file. `undefined` when it could not be written whole. */
  writtenOf({ bytes }: Batch): readonly Written[] | undefined {
    return this.#last?.bytes === bytes ? this.#last.written : undefined;
  }

  /** Written is written: there is nothing to wait for. */
  flush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    for (const writer of this.#writers.values()) writer.close();
    this.#health.stopped();
    return Promise.resolve();
  }

  status(): BackendStatus {
    const path = [...this.#writers.values()].find((writer) => writer.path)?.path;
    return this.#health.status({ directory: this.#options.dir, ...(path && { file: path }) });
  }

  #writerOf(signal: Signal): SegmentWriter {
    let writer = this.#writers.get(signal);
    if (!writer) {
      const { dir, maxFileBytes, fsync, own } = this.#options;
      const fs = this.#fs;
      let directory = '';
      writer = new SegmentWriter({
        signal,
        writer: own.writer,
        maxFileBytes,
        isSynced: fsync === 'batch',
        directory: () => (directory = makeDataDirectory(dir, this.#options.directory ?? JOURNAL_DIRECTORY, fs)),
        beforeOpen: () => own.beforeOpen(),
        onOpen: () => this.#removeOld(directory),
        fs,
      });
      this.#writers.set(signal, writer);
    }
    return writer;
  }

  #removeOld(directory: string): void {
    // What it begins with may be all that a process writes, and a directory may have a thousand such processes an hour.
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    if (isFirst && !this.#isDue(directory)) return;
    const evicted = removeOldSegments(directory, this.#options, this.#options.own, this.#fs);
    if (evicted > 0) this.#health.drop(evicted, 'evicted');
  }

  /** Whether nobody has looked for old files lately. */
  #isDue(directory: string): boolean {
    const marker = join(directory, '.retention');
    try {
      const stat = this.#fs.statSync(marker, { throwIfNoEntry: false });
      if (stat && Math.abs(Date.now() - stat.mtimeMs) < RETENTION_MILLIS) return false;
      this.#fs.writeFileSync(marker, '\n', { mode: 0o600 });
    } catch {
      // The journal itself will tell what is wrong with the disk.
    }
    return true;
  }

  #failed(error: unknown, lines: number): void {
    const { cause, written } = error instanceof WriteFailure ? error : { cause: error, written: 0 };
    const code = (cause as NodeJS.ErrnoException).code;
    this.#failure = code === undefined ? 'error' : (REASONS[code] ?? code.toLowerCase());
    this.#health.accept(written);
    this.#health.drop(lines - written, this.#failure);
    this.#health.degraded(
      `${this.#failure} (${errorName(cause)})`,
      `the ${this.name} cannot be written (${this.#failure}, ${errorName(cause)}): its lines are dropped and counted until it can; the app and the other backends go on`,
    );
    // Not the clock of the day, which may be set back by years.
    this.#retryAt = performance.now() + this.#health.retryMillis();
  }
}
