// Appends lines to the journal files of one signal, synchronously, so that a killed process loses at most its current event-loop turn.
// Throws what the disk throws, after saying how many lines are safe; the journal decides what to do about it.
import type * as nodeFs from 'node:fs';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { countLines } from '../../internal/count-lines.ts';
import type { Signal } from '../backend.ts';
import { formatSegmentName } from './segment-name.ts';

/** What of `node:fs` the journal uses: tests put disk faults in here. */
export type JournalFs = Pick<
  typeof nodeFs,
  | 'mkdirSync'
  | 'writeFileSync'
  | 'openSync'
  | 'writeSync'
  | 'fdatasyncSync'
  | 'fstatSync'
  | 'closeSync'
  | 'statSync'
  | 'unlinkSync'
>;

export interface SegmentWriterOptions {
  readonly signal: Signal;
  /** Eight hex digits, new for each process and worker thread. */
  readonly writer: string;
  readonly maxFileBytes: number;
  /** Whether lines are on the disk itself when they count as written. */
  readonly isSynced: boolean;
  /** Makes the directory and returns its path. Called before every new file. */
  readonly directory: () => string;
  /** Called before a new file is begun, and after. */
  readonly beforeOpen: () => void;
  readonly onOpen: () => void;
  readonly fs: JournalFs;
}

/** A place in the journal: just behind a line. */
export interface Position {
  /** Path of the file. */
  readonly path: string;
  /** Bytes before it. */
  readonly offset: number;
}

/** The place behind some lines. */
export interface Written extends Position {
  /** How many bytes the lines are. */
  readonly bytes: number;
}

/** Some lines could not be written: `written` of them, from the first, are in the journal. */
export class WriteFailure extends Error {
  override readonly cause: unknown;
  readonly written: number;

  constructor(cause: unknown, written: number) {
    super('journal write failed');
    this.cause = cause;
    this.written = written;
  }
}

interface OpenFile {
  readonly fd: number;
  readonly device: number;
  readonly inode: number;
  readonly path: string;
  readonly day: number;
  /** Milliseconds since the epoch of the last write. */
  writtenAt: number;
  bytes: number;
  /** A write failed in the middle of a line, so the next must begin with a newline. */
  torn: boolean;
}

const NEWLINE = 10;
const DAY_MILLIS = 86_400_000;
/** A clock that is set back further than this begins a file; less is what time servers do. */
const SET_BACK_MILLIS = 60_000;

export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #file: OpenFile | undefined;
  #sequence = 0;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
  }

  /** Path of the file that is written, when there is one. */
  get path(): string | undefined {
    return this.#file?.path;
  }

  /**
   * Appends whole lines, each with its newline, or throws a {@link WriteFailure}.
   * @returns the places behind those of them that went into one file: one place as a rule.
   */
  append(lines: Buffer): Written[] {
    const written: Written[] = [];
    let done = 0;
    try {
      for (;;) {
        const file = this.#currentFile();
        const end = done + this.#fitting(file, lines.subarray(done));
        if (end === done) {
          this.close();
          continue;
        }
        this.#endTornLine(file);
        const begin = done;
        // A write may be short: the disk is nearly full, or a signal came.
        while (done < end) {
          const part = this.#options.fs.writeSync(file.fd, lines, done, end - done);
          done += part;
          file.bytes += part;
          file.torn = lines[done - 1] !== NEWLINE;
        }
        if (this.#options.isSynced) this.#options.fs.fdatasyncSync(file.fd);
        written.push({ path: file.path, offset: file.bytes, bytes: done - begin });
        if (done === lines.length) return written;
      }
    } catch (error) {
      throw new WriteFailure(error, countLines(lines, done));
    }
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (!file || this.#links(file) === undefined) return;
    try {
      this.#options.fs.closeSync(file.fd);
    } catch {
      // The disk is gone; what was written is written.
    }
  }

  #currentFile(): OpenFile {
    const now = Date.now();
    const day = Math.floor(now / DAY_MILLIS);
    // Looked at before every write: it takes a microsecond, and what goes into a file that is gone is lost unseen.
    if (this.#file && (this.#isOfAnotherTime(this.#file, now, day) || !this.#links(this.#file))) this.close();
    this.#file ??= this.#open(now, day);
    this.#file.writtenAt = now;
    return this.#file;
  }

  /** Of another day, or of a time to come by a clock that was set back: readers trust that nothing in a file is later than its last write. */
  #isOfAnotherTime(file: OpenFile, now: number, day: number): boolean {
    return file.day !== day || now < file.writtenAt - SET_BACK_MILLIS;
  }

  /**
   * How many names `file` has: 0 when it was removed, by a clean-up or by `reset`; `undefined` when the host closed our descriptor by mistake,
   * and its number may now stand for a file of theirs, which is neither written to nor closed by us.
   */
  #links({ fd, device, inode }: OpenFile): number | undefined {
    try {
      const { dev, ino, nlink } = this.#options.fs.fstatSync(fd);
      return dev === device && ino === inode ? nlink : undefined;
    } catch {
      return undefined;
    }
  }

  #open(now: number, day: number): OpenFile {
    const { signal, writer, directory, beforeOpen, onOpen, fs } = this.#options;
    beforeOpen();
    const name = formatSegmentName({ signal, beganAt: now, pid: process.pid, writer, sequence: this.#sequence + 1 });
    const path = join(directory(), name);
    const fd = fs.openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL, 0o600);
    this.#sequence += 1;
    const { dev, ino } = fs.fstatSync(fd);
    const file = { fd, device: dev, inode: ino, path, day, writtenAt: now, bytes: 0, torn: false };
    onOpen();
    return file;
  }

  /** How many bytes of `lines` go into `file` before it is full, whole lines only: into an empty one at least one, however long. */
  #fitting(file: OpenFile, lines: Buffer): number {
    const room = this.#options.maxFileBytes - file.bytes;
    if (lines.length <= room) return lines.length;
    const fitting = room > 0 ? lines.lastIndexOf(NEWLINE, room - 1) + 1 : 0;
    return fitting === 0 && file.bytes === 0 ? lines.indexOf(NEWLINE) + 1 : fitting;
  }

  #endTornLine(file: OpenFile): void {
    if (!file.torn) return;
    this.#options.fs.writeSync(file.fd, '\n');
    file.torn = false;
    file.bytes += 1;
  }
}
