// The calls of a piece of a journal file, column by column. Calls of the same words and the same quarter of an hour lie side by side as a
// cell, in the order of time: a question takes or leaves whole cells, and cuts those at the ends of its period.
import { type Call } from '../call.ts';
import { ExactSum } from '../sum.ts';
import {
  absentOf,
  type Column,
  DIMENSION_NAMES,
  DIMENSION_PLACES,
  DIMENSIONS,
  type DimensionName,
  decodeColumn,
  encodeColumn,
  NUMBER_NAMES,
  NUMBERS,
  type NumberName,
  SUMMED_NAMES,
} from './columns.ts';

/** Every time zone's hours and days begin with one of these, and so does every change of its clocks. */
export const QUARTER_MILLIS = 900_000;

/** Beside the numbers: who called, and where the line stands. */
export type ColumnName = NumberName | 'user' | 'offset' | 'ids' | 'sums';
export const COLUMN_NAMES: readonly ColumnName[] = [...NUMBER_NAMES, 'user', 'offset', 'ids', 'sums'];
/** 16 of the trace and 8 of the span. */
const ID_BYTES = 24;
/** With fewer, adding up the calls takes no longer than adding up sums. */
const ROWS_PER_CELL = 4;

export interface EncodedChunk {
  readonly rows: number;
  /** Milliseconds since the epoch of the first and the last call. */
  readonly firstMillis: number;
  readonly lastMillis: number;
  /** JSON: the words that {@link series} and users are numbers of. Number 0 is none at all. */
  readonly words: string;
  /** A number for each dimension, series after series. */
  readonly series: Uint8Array;
  /** Three numbers a cell: its quarter since the epoch, its series, and the row behind its last. */
  readonly cells: Uint8Array;
  /** Those that hold anything. */
  readonly columns: ReadonlyMap<ColumnName, Uint8Array>;
}

const dimensionsOf = Object.values(DIMENSIONS);
const numbersOf = Object.values(NUMBERS);

/** Takes in calls, in whatever order. */
export class ChunkBuilder {
  readonly #words = new Map<string | null, number>([[null, 0]]);
  readonly #series = new Map<string, number>();
  readonly #seriesWords: number[] = [];
  readonly #rowWords: number[] = [];
  readonly #rowSeries: number[] = [];
  readonly #users: number[] = [];
  readonly #offsets: number[] = [];
  readonly #numbers = NUMBER_NAMES.map((): number[] => []);
  readonly #ids: string[] = [];

  get rows(): number {
    return this.#rowSeries.length;
  }

  /** @param offset bytes before its line in the file. */
  add(call: Call, offset: number): void {
    const words = this.#rowWords;
    let key = '';
    for (let index = 0; index < dimensionsOf.length; index++) {
      const word = this.#word((dimensionsOf[index] as (typeof dimensionsOf)[number])(call));
      words[index] = word;
      key += `${word},`;
    }
    let series = this.#series.get(key);
    if (series === undefined) {
      this.#series.set(key, (series = this.#series.size));
      this.#seriesWords.push(...words);
    }
    this.#rowSeries.push(series);
    this.#users.push(this.#word(call.userHash));
    this.#offsets.push(offset);
    this.#ids.push(call.traceId + call.spanId);
    for (let index = 0; index < numbersOf.length; index++)
      this.#numbers[index]?.push((numbersOf[index] as (typeof numbersOf)[number])(call));
  }

  encode(): EncodedChunk {
    const times = this.#numbers[0] as number[];
    const quarters = times.map((time) => Math.floor(time / QUARTER_MILLIS));
    const series = this.#rowSeries;
    const order = new Uint32Array(times.length).map((_, row) => row);
    // Cells of the same words one after the other: most questions take them together.
    order.sort((a, b) => at(series, a) - at(series, b) || at(times, a) - at(times, b));
    const cells: number[] = [];
    let before = -1;
    for (const [index, row] of order.entries()) {
      if (before === -1 || quarters[before] !== quarters[row] || series[before] !== series[row])
        cells.push(at(quarters, row), at(series, row), index);
      cells[cells.length - 1] = index + 1;
      before = row;
    }
    const columns = new Map<ColumnName, Uint8Array>();
    const add = (name: ColumnName, values: readonly number[]): void => {
      const encoded = encodeColumn(
        Float64Array.from(order, (row) => at(values, row)),
        absentOf(name),
      );
      if (encoded !== undefined) columns.set(name, encoded);
    };
    for (const [index, name] of NUMBER_NAMES.entries()) add(name, this.#numbers[index] as number[]);
    add('user', this.#users);
    add('offset', this.#offsets);
    const ids = Buffer.alloc(order.length * ID_BYTES);
    for (const [index, row] of order.entries()) ids.write(this.#ids[row] as string, index * ID_BYTES, 'hex');
    columns.set('ids', ids);
    if (order.length >= ROWS_PER_CELL * (cells.length / 3)) columns.set('sums', this.#sums(order, cells));
    return {
      rows: order.length,
      firstMillis: times.reduce((least, time) => Math.min(least, time), Infinity),
      lastMillis: times.reduce((most, time) => Math.max(most, time), -Infinity),
      words: JSON.stringify([...this.#words.keys()]),
      series: bytesOf(Uint32Array.from(this.#seriesWords)),
      cells: bytesOf(Uint32Array.from(cells)),
      columns,
    };
  }

  /** Of each cell the sum of each of {@link SUMMED_NAMES}. */
  #sums(order: Uint32Array, cells: readonly number[]): Uint8Array {
    const sums = new Float64Array((cells.length / 3) * SUMMED_NAMES.length);
    for (const [index, name] of SUMMED_NAMES.entries()) {
      const values = this.#numbers[NUMBER_NAMES.indexOf(name)] as number[];
      let row = 0;
      for (let cell = 0; cell * 3 < cells.length; cell++) {
        const sum = new ExactSum();
        for (; row < at(cells, 3 * cell + 2); row++) sum.add(at(values, order[row] as number));
        sums[cell * SUMMED_NAMES.length + index] = sum.exact();
      }
    }
    return new Uint8Array(sums.buffer);
  }

  #word(word: string | null): number {
    let number = this.#words.get(word);
    if (number === undefined) this.#words.set(word, (number = this.#words.size));
    return number;
  }
}

/** An encoded chunk to be read. Its columns are fetched when they are first asked for. */
export class Chunk {
  readonly rows: number;
  readonly firstMillis: number;
  readonly lastMillis: number;
  readonly words: readonly (string | null)[];
  readonly #series: Uint32Array;
  /** Three numbers a cell: see {@link EncodedChunk.cells}. */
  readonly cells: Uint32Array;
  readonly #fetch: (name: ColumnName) => Uint8Array | undefined;
  #ids: Uint8Array | undefined;
  /** Null when there are none. */
  #sums: Float64Array | null | undefined;
  readonly #columns = new Map<ColumnName, Column | undefined>();

  constructor(
    { rows, firstMillis, lastMillis, words, series, cells }: Omit<EncodedChunk, 'columns'>,
    fetch: (name: ColumnName) => Uint8Array | undefined,
  ) {
    this.rows = rows;
    this.firstMillis = firstMillis;
    this.lastMillis = lastMillis;
    this.words = JSON.parse(words) as (string | null)[];
    this.#series = wordsOf(series);
    this.cells = wordsOf(cells);
    this.#fetch = fetch;
  }

  get seriesCount(): number {
    return this.#series.length / DIMENSION_NAMES.length;
  }

  /** What the calls of a series have in common. */
  word(series: number, dimension: DimensionName): string | null {
    return this.words[this.wordNumber(series, dimension)] ?? null;
  }

  /** Its place in {@link words}. */
  wordNumber(series: number, dimension: DimensionName): number {
    return this.#series[series * DIMENSION_NAMES.length + DIMENSION_PLACES[dimension]] as number;
  }

  /** `undefined` when it is nothing but {@link absentOf} it. */
  column(name: Exclude<ColumnName, 'ids' | 'sums'>): Column | undefined {
    if (!this.#columns.has(name)) {
      const encoded = this.#fetch(name);
      this.#columns.set(name, encoded && decodeColumn(encoded));
    }
    return this.#columns.get(name);
  }

  /** What the calls of each cell add up to, cell after cell in the order of {@link SUMMED_NAMES}; `undefined` where cells have few calls. */
  sums(): Float64Array | undefined {
    if (this.#sums === undefined) {
      const sums = this.#fetch('sums');
      this.#sums = sums ? floatsOf(sums) : null;
    }
    return this.#sums ?? undefined;
  }

  /** 32 hex digits of the trace and 16 of the span of a call. */
  id(row: number): string {
    const ids = (this.#ids ??= this.#fetch('ids') ?? new Uint8Array());
    return Buffer.from(ids.buffer, ids.byteOffset + row * ID_BYTES, ID_BYTES).toString('hex');
  }
}

/** A chunk that is only in memory. */
export function chunkInMemory(encoded: EncodedChunk): Chunk {
  return new Chunk(encoded, (name) => encoded.columns.get(name));
}

function bytesOf(numbers: Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const { buffer, byteOffset } = byteOf4(bytes);
  return new Uint32Array(buffer, byteOffset, bytes.byteLength / 4);
}

function floatsOf(bytes: Uint8Array): Float64Array {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  return new Float64Array(aligned.buffer as ArrayBuffer, aligned.byteOffset, bytes.byteLength / 8);
}

function byteOf4(bytes: Uint8Array): { buffer: ArrayBuffer; byteOffset: number } {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return { buffer: aligned.buffer as ArrayBuffer, byteOffset: aligned.byteOffset };
}

function at(values: readonly number[], index: number): number {
  return values[index] as number;
}
