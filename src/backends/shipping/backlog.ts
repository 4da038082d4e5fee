// What was written of one signal and the collector has not got, read from the disk in the order it was written. Holds one piece in
// memory at a time; what is no line of ours is left out and counted, for a collector would refuse the whole request for it.
import { isUtf8 } from 'node:buffer';
import { existsSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FIELDS, LINE_END } from '../../exporters/otlp-json/line.ts';
import type { Signal } from '../backend.ts';
import type { Position } from '../journal/segment-writer.ts';
import type { Cursors } from './cursors.ts';

export interface BacklogOptions {
  readonly signal: Signal;
  /** The files as they are now, in the order they were written. */
  readonly files: () => readonly { readonly path: string; readonly beganAt?: number }[];
  readonly cursors: Pick<Cursors, 'read' | 'write'>;
  /** Known better than the cursors say: what lies before it is shipped. Asked when the reading begins. */
  readonly from?: (() => Position | undefined) | undefined;
  /** This process writes it itself and lives: a line that is whole at both ends is sound. What others left is read as a whole. */
  readonly isOwn?: boolean | undefined;
  /** Nothing is written any more: a last line without its newline is all that will come of it. */
  readonly isOver: boolean;
  /** Whether it is ours to ship. */
  readonly isHeld: () => boolean;
  readonly onClose?: (() => void) | undefined;
}

/** Whole lines from one file, to be sent next. */
export interface Piece {
  /** Sound lines only, each with its newline; may be empty. */
  readonly lines: Buffer;
  readonly records: number;
  /** Lines that were left out. */
  readonly corrupt: number;
  /** Bytes of the file that it stands for. */
  readonly size: number;
  readonly end: Position;
  /** Milliseconds since the epoch of its last record, when that tells. */
  readonly lastAt: number | undefined;
}

export interface PieceLimits {
  readonly maxRecords: number;
  /** A line that is longer comes alone. */
  readonly maxBytes: number;
}

const NEWLINE = 10;
const nothing = Buffer.alloc(0);
const newlineAlone = Buffer.of(NEWLINE);
const lineEnd = Buffer.from(LINE_END);
const openings = {
  traces: Buffer.from(`{"${FIELDS.traces.resources}":[`),
  logs: Buffer.from(`{"${FIELDS.logs.resources}":[`),
  metrics: Buffer.from(`{"${FIELDS.metrics.resources}":[`),
} satisfies Record<Signal, Buffer>;
/** No collector takes more in one request. */
const MAX_LINE_BYTES = 32_000_000;
/** What the next reads into: memory that the last has left, so that not every outage leaves some to the garbage collector. */
let spare = nothing;
/** As much as a request holds. */
const SPARE_BYTES = 1_000_000;

export class Backlog {
  readonly #options: BacklogOptions;
  #at: Position | undefined;
  #file: FileHandle | undefined;
  /** What was read of the file, from `#readFrom` on: often more than one piece. */
  #read = nothing;
  #readFrom = 0;
  /** Up to where it is being read: an open file can be read to its end though it is removed. 0 when none is. */
  #readingTo = 0;
  /** Read into again and again: a piece is through, or asked for again, before the next is read. */
  #memory = nothing;
  #isClosed = false;
  #waitingBytes = 0;
  /** Milliseconds since the epoch at which the first file with something to ship was begun, when its name tells. */
  readonly since: number | undefined;

  constructor(options: BacklogOptions) {
    this.#options = options;
    for (const { path, beganAt } of options.files()) {
      const size = sizeOf(path);
      const waiting = size - options.cursors.read(path, size);
      if (waiting > 0) this.since ??= beganAt;
      this.#waitingBytes += waiting;
    }
  }

  /** Bytes that waited when it was made, less what was committed since. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  isHeld(): boolean {
    return this.#options.isHeld();
  }

  /** The next piece; the same again until it is committed. `undefined` when there is nothing more (yet). Rejects when the disk fails; a file that is gone has nothing more. */
  async peek(limits: PieceLimits): Promise<Piece | undefined> {
    for (;;) {
      this.#at ??= this.#nextPlace();
      if (this.#at === undefined) return undefined;
      const piece = await this.#pieceAt(this.#at, limits);
      if (piece) return piece;
      // This file has nothing more; perhaps there is a younger one.
      const next = this.#nextPlace(this.#at);
      if (next === undefined) return undefined;
      this.#closeFile();
      this.#at = next;
    }
  }

  /** Up to which byte of a file all is shipped or in memory, so that it is sent even when the file goes; 0 when nothing of it is. */
  readUpTo(path: string): number {
    return this.#at?.path === path ? Math.max(this.#readingTo, this.#readFrom + this.#read.length) : 0;
  }

  /** Keeps nothing in memory: it is read again. @returns what cannot be, for its file is gone; good until the next reading. */
  letGo(): Buffer {
    const at = this.#at;
    const lost = at === undefined || existsSync(at.path) ? nothing : this.#known(at.offset);
    this.#closeFile();
    return lost;
  }

  /** From where the cursors say: another process has shipped some of it. */
  startAgain(): void {
    this.#closeFile();
    this.#at = undefined;
  }

  commit({ end, size }: Piece): void {
    if (this.#at?.path !== end.path) return;
    this.#at = end;
    this.#waitingBytes = Math.max(0, this.#waitingBytes - size);
    this.#options.cursors.write(end.path, end.offset);
  }

  close(): void {
    this.#isClosed = true;
    const isReading = this.#readingTo > 0;
    this.#closeFile();
    this.#at = undefined;
    if (!isReading && this.#memory.length > spare.length && this.#memory.length <= SPARE_BYTES) spare = this.#memory;
    this.#memory = nothing;
    this.#options.onClose?.();
  }

  #closeFile(): void {
    this.#file?.close().catch(() => undefined);
    this.#file = undefined;
    this.#read = nothing;
    this.#readFrom = 0;
  }

  /** The first file behind `after` that has something to ship, and where in it. */
  #nextPlace(after?: Position): Position | undefined {
    const { cursors } = this.#options;
    const from = this.#options.from?.();
    const files = this.#options.files();
    const last = (after ?? from)?.path;
    const first = files.findIndex(({ path }) => path === last);
    for (const { path } of files.slice(after === undefined ? Math.max(0, first) : first + 1)) {
      const size = sizeOf(path);
      // The cursor may be the further one: another process has shipped for us meanwhile.
      const known = path === from?.path ? Math.min(from.offset, size) : 0;
      const offset = Math.max(known, cursors.read(path, size));
      if (offset < size) return { path, offset };
    }
    return undefined;
  }

  async #pieceAt({ path, offset }: Position, { maxRecords, maxBytes }: PieceLimits): Promise<Piece | undefined> {
    const known = this.#known(offset);
    const piece = this.#pieceOf(known, path, offset, maxRecords, false);
    if (piece) return piece;
    const left = sizeOf(path) - offset;
    if (left <= 0) return undefined;
    for (let wanted = maxBytes; ; wanted *= 4) {
      const bytes = await this.#bytes(path, offset, Math.min(wanted, MAX_LINE_BYTES, left));
      if (bytes.length === 0) return undefined;
      const isAll = bytes.length >= left;
      const found = this.#pieceOf(bytes, path, offset, maxRecords, isAll && this.#isFinal(path));
      if (found) return found;
      if (isAll) return undefined;
      // No line is that long: what it is goes by unread.
      if (bytes.length >= MAX_LINE_BYTES) {
        const end = { path, offset: offset + bytes.length };
        const size = bytes.length;
        return { lines: nothing, records: 0, corrupt: 1, size, end, lastAt: undefined };
      }
    }
  }

  /** What of the file has been read from `offset` on. */
  #known(offset: number): Buffer {
    const at = offset - this.#readFrom;
    return at >= 0 && at < this.#read.length ? this.#read.subarray(at) : nothing;
  }

  /** Whether a line without a newline at the end of a file will never get one. */
  #isFinal(path: string): boolean {
    return this.#options.isOver || this.#options.files().at(-1)?.path !== path;
  }

  #pieceOf(bytes: Buffer, path: string, offset: number, maxRecords: number, isFinal: boolean): Piece | undefined {
    const { signal, isOwn = false } = this.#options;
    // Told of all at once as a rule, and no view is made of each line: what lives while a request is made V8 takes for what lives long.
    const judge = { opening: openings[signal], isOwn, isText: isUtf8(bytes) };
    const runs: Buffer[] = [];
    let runFrom = 0;
    let [start, records, corrupt] = [0, 0, 0];
    let [lastFrom, lastEnd] = [0, 0];
    while (start < bytes.length && records < maxRecords) {
      const newline = bytes.indexOf(NEWLINE, start);
      if (newline === -1 && !isFinal) break;
      const end = newline === -1 ? bytes.length : newline;
      const next = newline === -1 ? end : end + 1;
      if (isSound(bytes, start, end, judge)) {
        records += 1;
        [lastFrom, lastEnd] = [start, end];
      } else {
        if (end > start) corrupt += 1;
        if (start > runFrom) runs.push(bytes.subarray(runFrom, start));
        runFrom = next;
      }
      start = next;
    }
    if (start === 0) return undefined;
    if (start > runFrom) runs.push(bytes.subarray(runFrom, start));
    // A line that got none at the end of a file.
    if (lastEnd === start) runs.push(newlineAlone);
    return {
      // As a rule every line is sound, and nothing is to be copied.
      lines: runs.length === 1 ? (runs[0] ?? nothing) : Buffer.concat(runs),
      records,
      corrupt,
      size: start,
      end: { path, offset: offset + start },
      lastAt: records > 0 ? timeOf(bytes.toString('latin1', lastFrom, lastEnd)) : undefined,
    };
  }

  async #bytes(path: string, offset: number, length: number): Promise<Buffer> {
    try {
      this.#file ??= await open(path, 'r');
      // What was removed while it was opened is counted as lost.
      if (this.#isClosed || !existsSync(path)) {
        this.#closeFile();
        return nothing;
      }
      if (this.#memory.length < length) {
        // What is there grows as it is read: not by a few bytes each time.
        const wanted = Math.max(length, Math.min(2 * length, SPARE_BYTES));
        this.#memory = spare.length < length ? Buffer.allocUnsafeSlow(wanted) : spare;
        spare = nothing;
      }
      this.#readingTo = offset + length;
      const { bytesRead } = await this.#file.read(this.#memory, 0, length, offset);
      this.#read = this.#memory.subarray(0, bytesRead);
      this.#readFrom = offset;
      return this.#read;
    } catch (error) {
      this.#closeFile();
      // Retention or a person took the file: there is nothing more of it. What cannot be read now is asked for again.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothing;
      throw error;
    } finally {
      this.#readingTo = 0;
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

interface Judge {
  /** What lines of the signal begin with. */
  readonly opening: Buffer;
  /** See {@link BacklogOptions.isOwn}. */
  readonly isOwn: boolean;
  /** All of it is known to be UTF-8. */
  readonly isText: boolean;
}

/** Whether bytes `start` to `end`, without a newline, are a line of ours. */
function isSound(bytes: Buffer, start: number, end: number, { opening, isOwn, isText }: Judge): boolean {
  if (end - start < opening.length || !stands(opening, bytes, start)) return false;
  if (!isText && !isUtf8(bytes.subarray(start, end))) return false;
  // Parsing costs as much as making the line did, and this is a process that is behind.
  if (isOwn) return stands(lineEnd, bytes, end - lineEnd.length);
  try {
    JSON.parse(bytes.toString('utf8', start, end));
    return true;
  } catch {
    return false;
  }
}

function stands(text: Buffer, bytes: Buffer, at: number): boolean {
  return bytes.compare(text, 0, text.length, at, at + text.length) === 0;
}

/** When the last record of a line ended, or was written. */
function timeOf(line: string): number | undefined {
  const nanos = /"(?:endTimeUnixNano|timeUnixNano)":"(\d+)\d{6}"/.exec(line)?.[1];
  return nanos === undefined ? undefined : Number(nanos);
}
