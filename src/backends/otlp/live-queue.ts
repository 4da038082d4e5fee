// Lines that wait in memory for the next request. Bounded: what the journal has too is given up first, for it is read from there again.
import type { Position } from '../journal/segment-writer.ts';
import type { Share } from '../journal/segments.ts';
import type { PieceLimits } from '../shipping/backlog.ts';

/** Memory that chunks are copied into, and that is used again when they are through. */
interface Block {
  readonly memory: Buffer;
  used: number;
  /** Chunks in it that are not through. */
  chunks: number;
}

interface Chunk {
  readonly block: Block;
  /** Whole lines, each with its newline. */
  readonly lines: Buffer;
  readonly records: number;
  /** Behind them in the journal, of which they are in one file; `undefined` when the journal does not have them. */
  readonly end: Position | undefined;
  /** Milliseconds since the epoch at which they came. */
  readonly at: number;
}

/** Lines that the journal has in one file, and the place behind them. */
interface Journaled extends Position, Share {}

/** The first lines of the queue. */
export interface Taken {
  readonly parts: readonly Buffer[];
  readonly records: number;
  readonly bytes: number;
  /** Those of them that the journal has, file by file. */
  readonly journaled: readonly Journaled[];
  /** What it was taken from, the last perhaps in part only. */
  readonly chunks: readonly Chunk[];
}

const NEWLINE = 10;
const BLOCK_BYTES = 256 * 1024;
/** Kept for use again: as many as wait at most, as a rule. */
const SPARE_BLOCKS = 8;

export class LiveQueue {
  readonly #limits: PieceLimits;
  #chunks: Chunk[] = [];
  #block: Block | undefined;
  #spare: Buffer[] = [];
  /** What a request under way may still read. */
  #taken: Taken | undefined;
  #records = 0;
  #bytes = 0;

  /** @param limits of what waits. */
  constructor(limits: PieceLimits) {
    this.#limits = limits;
  }

  get records(): number {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Milliseconds since the epoch at which the first of what waits came; `undefined` when nothing waits. */
  get since(): number | undefined {
    return this.#chunks[0]?.at;
  }

  /** Whether all of it can wait here. When nothing else does, anything can. */
  hasRoom(lines: Buffer, records: number): boolean {
    const { maxRecords, maxBytes } = this.#limits;
    return this.#records === 0 || (this.#records + records <= maxRecords && this.#bytes + lines.length <= maxBytes);
  }

  /** Takes the first of `lines` that there is room for. @returns how many. */
  pushFitting(lines: Buffer): number {
    const { maxRecords, maxBytes } = this.#limits;
    const fitting = firstLines(lines, maxRecords - this.#records, maxBytes - this.#bytes, this.#records === 0 ? 1 : 0);
    if (fitting.records > 0) this.push(fitting.lines, fitting.records, undefined);
    return fitting.records;
  }

  /** Takes a copy of `lines`. */
  push(lines: Buffer, records: number, end: Position | undefined): void {
    const block = this.#blockFor(lines.length);
    const start = block.used;
    block.used += lines.copy(block.memory, start);
    block.chunks += 1;
    this.#chunks.push({ block, lines: block.memory.subarray(start, block.used), records, end, at: Date.now() });
    this.#records += records;
    this.#bytes += lines.length;
  }

  /** The lines that go into one request: at least one. `undefined` when nothing waits. */
  peek({ maxRecords, maxBytes }: PieceLimits): Taken | undefined {
    const [first] = this.#chunks;
    if (first === undefined) return undefined;
    const chunks: Chunk[] = [];
    let records = 0;
    let bytes = 0;
    for (const chunk of this.#chunks) {
      if (records + chunk.records > maxRecords || bytes + chunk.lines.length > maxBytes) break;
      chunks.push(chunk);
      records += chunk.records;
      bytes += chunk.lines.length;
    }
    // One turn may be larger than a request.
    this.#taken =
      chunks.length === 0 ? takenOf([beginning(first, maxRecords, maxBytes)], [first]) : takenOf(chunks, chunks);
    return this.#taken;
  }

  /** Removes what was peeked, or what is left of it here. */
  commit({ chunks, records, bytes }: Taken): void {
    const [first] = chunks;
    if (first && records < first.records) {
      const at = this.#chunks.indexOf(first);
      if (at !== -1) {
        this.#chunks[at] = { ...first, lines: first.lines.subarray(bytes), records: first.records - records };
        this.#records -= records;
        this.#bytes -= bytes;
      }
    } else {
      const gone = new Set(chunks);
      this.#keep((chunk) => !gone.has(chunk));
      for (const { block } of chunks) this.#leave(block);
    }
    this.#taken = undefined;
  }

  /** What was peeked is not under way any more. */
  release(): void {
    this.#taken = undefined;
  }

  /** Up to which byte of a file lines are under way; 0 when none are. */
  underWayUpTo(path: string): number {
    return this.#taken?.journaled.find((file) => file.path === path)?.offset ?? 0;
  }

  /** Gives up what the journal has or had in some of its files. */
  dropJournaled(isOne: (path: string) => boolean): void {
    this.#keep(({ end }) => end === undefined || !isOne(end.path));
  }

  get hasUnjournaled(): boolean {
    return this.#chunks.some(({ end }) => end === undefined);
  }

  /** Whether something waits here that the journal has, or had. */
  get hasJournaled(): boolean {
    return this.#chunks.some(({ end }) => end !== undefined);
  }

  /** What of a file waits here. */
  shareOf(path: string): Share {
    const [share] = journaledOf(this.#chunks.filter(({ end }) => end?.path === path));
    return share ?? { records: 0, bytes: 0 };
  }

  clear(): void {
    this.#keep(() => false);
  }

  #blockFor(bytes: number): Block {
    if (this.#block && this.#block.used + bytes <= this.#block.memory.length) return this.#block;
    const isUsual = bytes <= BLOCK_BYTES;
    const memory = (isUsual && this.#spare.pop()) || Buffer.allocUnsafeSlow(Math.max(bytes, BLOCK_BYTES));
    this.#block = { memory, used: 0, chunks: 0 };
    return this.#block;
  }

  /** One chunk of the block is through, or given up. */
  #leave(block: Block): void {
    block.chunks -= 1;
    if (block.chunks > 0) return;
    if (block === this.#block) block.used = 0;
    else if (block.memory.length === BLOCK_BYTES && this.#spare.length < SPARE_BLOCKS) this.#spare.push(block.memory);
  }

  #keep(isKept: (chunk: Chunk) => boolean): void {
    const kept: Chunk[] = [];
    const taken = new Set(this.#taken?.chunks);
    this.#records = 0;
    this.#bytes = 0;
    for (const chunk of this.#chunks) {
      if (isKept(chunk)) {
        kept.push(chunk);
        this.#records += chunk.records;
        this.#bytes += chunk.lines.length;
      } else if (!taken.has(chunk)) this.#leave(chunk.block);
    }
    this.#chunks = kept;
  }
}

function takenOf(parts: readonly Chunk[], chunks: readonly Chunk[]): Taken {
  let [records, bytes] = [0, 0];
  for (const part of parts) {
    records += part.records;
    bytes += part.lines.length;
  }
  return { parts: parts.map(({ lines }) => lines), records, bytes, journaled: journaledOf(parts), chunks };
}

/** As much of a chunk as a request holds. */
function beginning(chunk: Chunk, maxRecords: number, maxBytes: number): Chunk {
  const part = firstLines(chunk.lines, maxRecords, maxBytes, 1);
  const left = chunk.lines.length - part.lines.length;
  return { ...chunk, ...part, end: chunk.end && { path: chunk.end.path, offset: chunk.end.offset - left } };
}

function journaledOf(chunks: readonly Chunk[]): Journaled[] {
  const files: { path: string; offset: number; records: number; bytes: number }[] = [];
  let last: (typeof files)[number] | undefined;
  for (const { end, records, lines } of chunks) {
    if (end === undefined) continue;
    if (last?.path !== end.path) files.push((last = { path: end.path, offset: 0, records: 0, bytes: 0 }));
    last.offset = end.offset;
    last.records += records;
    last.bytes += lines.length;
  }
  return files;
}

/** The first of `lines` that are at most so many records and bytes, and at least so many records. */
function firstLines(
  lines: Buffer,
  maxRecords: number,
  maxBytes: number,
  atLeast: number,
): { readonly lines: Buffer; readonly records: number } {
  let end = 0;
  let records = 0;
  while (records < maxRecords) {
    const next = lines.indexOf(NEWLINE, end) + 1;
    if (next === 0 || (records >= atLeast && next > maxBytes)) break;
    end = next;
    records += 1;
  }
  return { lines: lines.subarray(0, end), records };
}
