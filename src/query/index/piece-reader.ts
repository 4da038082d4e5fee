// Reads and parses pieces of journal files: here, or in threads of its own where there is much to do.
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorName } from '../../internal/guard.ts';
import { type JournalFile } from '../journal-files.ts';
import { firstNewline, readListed } from '../journal-reader.ts';
import { MAX_LINE_BYTES } from '../line-splitter.ts';
import { type Where } from '../where.ts';
import { type ByteRange } from './cut-into-pieces.ts';
import { type ParsedPiece, parsePiece } from './parse-piece.ts';

export interface Piece extends ByteRange {
  readonly file: Pick<JournalFile, 'path' | 'name' | 'identity'>;
  /** Attributes that spans must have; all are taken without it. */
  readonly where?: Where | undefined;
}

export interface ReadPiece extends ByteRange {
  readonly parsed: ParsedPiece;
}

/** Why a piece could not be read: its file is gone, or not ours to read. */
export interface Unread {
  readonly reason: string;
}

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);
/** More of them wait for the disk, and for the one that writes. */
const MAX_THREADS = 4;

/** The lines that end within a piece; what stands behind its last newline is left out. */
export function readPiece({ file, start, end, where }: Piece): ReadPiece | Unread {
  try {
    const longEnd = end - start > MAX_LINE_BYTES ? endOfLongLine(file, start, end) : start;
    // Not even its end is there.
    if (longEnd === end) return { start, end: start, parsed: parsePiece(NOTHING, start, where) };
    const bytes = readListed(file, longEnd, end);
    const length = bytes.lastIndexOf(NEWLINE) + 1;
    const parsed = parsePiece(bytes.subarray(0, length), longEnd, where);
    return { start, end: longEnd + length, parsed: longEnd === start ? parsed : withBrokenLine(parsed) };
  } catch (error) {
    return { reason: errorName(error) };
  }
}

/** What stands behind the last newline of a file: a line without its end is whole, or damaged, until it is written on. */
export function readUnfinished(file: JournalFile, start: number, where?: Where): ParsedPiece {
  if (file.bytes - start > MAX_LINE_BYTES) return withBrokenLine(parsePiece(NOTHING, start, where));
  return parsePiece(readListed(file, start, file.bytes), start, where);
}

/** Where the first line ends if it is longer than any true one, else `start`. It may be zeros, in place of what a disk lost: it is never held in memory. */
function endOfLongLine(file: Piece['file'], start: number, end: number): number {
  const newline = firstNewline(file, start, end);
  return newline - start > MAX_LINE_BYTES ? newline : start;
}

function withBrokenLine({ lines, corruptLines, chunks }: ParsedPiece): ParsedPiece {
  return { lines: lines + 1, corruptLines: corruptLines + 1, chunks };
}

export class PieceReaders {
  readonly #threads: Thread[] = [];
  readonly #idle: Thread[];
  readonly #waiting: ((thread: Thread) => void)[] = [];

  /** @param isMuch whether it is worth starting threads for. */
  constructor(isMuch: boolean) {
    const count = isMuch ? Math.min(MAX_THREADS, availableParallelism()) : 1;
    if (count > 1) for (let i = 0; i < count; i++) this.#threads.push(new Thread());
    this.#idle = [...this.#threads];
  }

  /** As {@link readPiece}. */
  async read(piece: Piece): Promise<ReadPiece | Unread> {
    if (this.#threads.length === 0) return readPiece(piece);
    const thread = this.#idle.pop() ?? (await new Promise<Thread>((resolve) => this.#waiting.push(resolve)));
    try {
      return await thread.read(piece);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(thread);
      else this.#idle.push(thread);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/** One piece at a time. */
class Thread {
  // Beside this file in the sources, beside the bundle when bundled.
  readonly #worker = new Worker(join(import.meta.dirname, `piece-worker${extname(import.meta.filename)}`));
  #settle:
    | { readonly resolve: (answer: ReadPiece | Unread) => void; readonly reject: (error: unknown) => void }
    | undefined;
  #failure: unknown;

  constructor() {
    this.#worker.on('message', (answer: ReadPiece | Unread) => this.#settle?.resolve(answer));
    // It does not come back: who asks it later is told, too.
    this.#worker.on('error', (error) => {
      this.#failure = error;
      this.#settle?.reject(error);
    });
  }

  read(piece: Piece): Promise<ReadPiece | Unread> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#settle = { resolve, reject };
      this.#worker.postMessage(piece, []);
    });
  }

  close(): Promise<number> {
    return this.#worker.terminate();
  }
}
