// The calls, or the runs of a kind, of a piece of a journal file, column by column, a series side by side and in the order of time:
// docs/decisions/0013-the-index.md has a picture.
import { ExactSum } from '../sum.ts';
import { decodeColumn, encodeColumn } from './columns.ts';
import { type Kind, type Layout, layoutOf, type RecordOf } from './layout.ts';

/** Every time zone's hours and days begin with one of these, and so does every change of its clocks. */
export const QUARTER_MILLIS = 900_000;

/**
 * Beside the numbers: the sums of series; where the quarters of an hour of series end, and which they are, from the chunk's first on; by number what
 * else is told, and whose it is; where its line stands, and which span it is.
 */
const OTHER_COLUMNS = ['sums', 'quarterEnds', 'quarters', 'detail', 'user', 'users', 'offset', 'ids'];
/** With fewer, adding up rows takes no longer than adding up sums. */
const ROWS_PER_SUM = 3;
/** 16 of the trace and 8 of the span. */
const ID_BYTES = 24;

export interface EncodedChunk {
  readonly kind: Kind;
  readonly rows: number;
  /** Milliseconds since the epoch of the first and the last. */
  readonly firstMillis: number;
  readonly lastMillis: number;
  /** What the rows of each series have in common, in JSON, in the order in which they lie. */
  readonly series: readonly string[];
  /** The row behind the last of each series. */
  readonly ends: Uint8Array;
  /** What else is told of rows, in JSON; by the numbers in the column. */
  readonly details: readonly string[];
  /** Those that hold anything, by {@link columnNames}. */
  readonly columns: ReadonlyMap<string, Uint8Array>;
}

/** All columns there may be. */
export function columnNames(kind: Kind): readonly string[] {
  return Object.keys(layoutOf(kind).numbers).concat(OTHER_COLUMNS);
}

/** Takes in calls, or runs of a kind, in whatever order. */
export class ChunkBuilder<K extends Kind> {
  readonly #kind: K;
  readonly #layout: Layout<RecordOf[K]>;
  readonly #numbersOf: readonly ((record: RecordOf[K]) => number)[];
  readonly #series: WordLists<RecordOf[K]>;
  readonly #details: WordLists<RecordOf[K]>;
  readonly #rowSeries: number[] = [];
  readonly #rowDetails: number[] = [];
  readonly #numbers: readonly number[][];
  readonly #users = new Words();
  readonly #rowUsers: number[] = [];
  readonly #offsets: number[] = [];
  readonly #ids: string[] = [];

  constructor(kind: K) {
    const layout = layoutOf(kind);
    this.#kind = kind;
    this.#layout = layout;
    this.#series = new WordLists(Object.values(layout.series));
    this.#details = new WordLists(Object.values(layout.details));
    this.#numbersOf = Object.values(layout.numbers);
    this.#numbers = this.#numbersOf.map(() => []);
  }

  get rows(): number {
    return this.#rowSeries.length;
  }

  /** @param offset bytes before its line in the file. */
  add(record: RecordOf[K], offset: number): void {
    this.#rowSeries.push(this.#series.numberOf(record));
    this.#rowDetails.push(this.#details.numberOf(record));
    for (let index = 0; index < this.#numbersOf.length; index++)
      this.#numbers[index]?.push((this.#numbersOf[index] as (record: RecordOf[K]) => number)(record));
    if (this.#layout.user) this.#rowUsers.push(this.#users.numberOf(this.#layout.user(record)));
    this.#offsets.push(offset);
    this.#ids.push(record.traceId + record.spanId);
  }

  encode(): EncodedChunk {
    const times = this.#numbers[0] as number[];
    const firstMillis = times.reduce((least, time) => Math.min(least, time), Infinity);
    const series = this.#series.texts();
    /** The series in the order of their words: those that have most in common lie side by side. */
    const sorted = [...series.keys()].sort((a, b) => ((series[a] as string) < (series[b] as string) ? -1 : 1));
    const places: number[] = [];
    for (const [place, number] of sorted.entries()) places[number] = place;
    const rowPlaces = this.#rowSeries.map((number) => at(places, number));
    const order = new Uint32Array(times.length).map((_, row) => row);
    order.sort((a, b) => at(rowPlaces, a) - at(rowPlaces, b) || at(times, a) - at(times, b));
    const ends: number[] = [];
    for (const [index, row] of order.entries()) ends[at(rowPlaces, row)] = index + 1;

    const columns = new Map<string, Uint8Array>();
    const ordered = new Float64Array(order.length);
    const add = (name: string, values: readonly number[], unknown: number, less = 0): void => {
      for (let index = 0; index < order.length; index++) ordered[index] = at(values, order[index] as number) - less;
      const encoded = encodeColumn(ordered, unknown);
      if (encoded !== undefined) columns.set(name, encoded);
    };
    // From the first on they are small, and to the last digit what they were when it is added again.
    add('time', times, Number.NaN, firstMillis);
    for (const [index, name] of Object.keys(this.#layout.numbers).entries())
      if (index > 0) add(name, this.#numbers[index] as number[], this.#layout.unknown(name));
    const { summed } = this.#layout;
    if (summed.length > 0 && order.length >= ROWS_PER_SUM * ends.length) {
      const encoded = summed.map((name) => columns.get(name));
      columns.set('sums', encodeColumn(sumsOf(encoded, ends), Number.NaN) as Uint8Array);
    }
    const quarters = quartersOf(order, times, rowPlaces, firstMillis);
    for (const [name, numbers] of Object.entries(quarters))
      columns.set(name, encodeColumn(numbers, Number.NaN) as Uint8Array);
    add('detail', this.#rowDetails, 0);
    if (this.#layout.user) add('user', this.#rowUsers, 0);
    if (this.#users.size > 1) columns.set('users', new TextEncoder().encode(JSON.stringify(this.#users.all())));
    add('offset', this.#offsets, 0);
    const ids = Buffer.alloc(order.length * ID_BYTES);
    for (const [index, row] of order.entries()) ids.write(this.#ids[row] as string, index * ID_BYTES, 'hex');
    columns.set('ids', ids);
    return {
      kind: this.#kind,
      rows: order.length,
      firstMillis,
      lastMillis: times.reduce((most, time) => Math.max(most, time), -Infinity),
      series: sorted.map((number) => series[number] as string),
      ends: encodeColumn(ends, Number.NaN) as Uint8Array,
      details: this.#details.texts(),
      columns,
    };
  }
}

/** Lists of words by number, in the order in which they are met. */
class WordLists<T> {
  readonly #wordsOf: readonly ((record: T) => string | null)[];
  readonly #words: readonly Words[];
  /** By a hash of the numbers of their words. */
  readonly #numbers = new Map<number, number>();
  /** The numbers of the words, list after list. */
  readonly #lists: number[] = [];
  readonly #list: number[];

  constructor(wordsOf: readonly ((record: T) => string | null)[]) {
    this.#wordsOf = wordsOf;
    this.#words = wordsOf.map(() => new Words());
    this.#list = wordsOf.map(() => 0);
  }

  numberOf(record: T): number {
    const list = this.#list;
    let hash = 0;
    for (let index = 0; index < list.length; index++) {
      const word = (this.#wordsOf[index] as (record: T) => string | null)(record);
      const number = (this.#words[index] as Words).numberOf(word);
      list[index] = number;
      // Mixed, for the numbers are small: lists that differ in two words would all have neighbouring hashes.
      hash = Math.imul(hash ^ number, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (; ; hash = (hash + 1) | 0) {
      const number = this.#numbers.get(hash);
      if (number === undefined) {
        this.#numbers.set(hash, this.#numbers.size);
        this.#lists.push(...list);
        return this.#numbers.size - 1;
      }
      if (this.#is(number)) return number;
    }
  }

  /** In JSON. */
  texts(): string[] {
    const words = this.#words.map((each) => each.all());
    return Array.from({ length: this.#numbers.size }, (_, number) =>
      JSON.stringify(words.map((each, index) => each[at(this.#lists, number * words.length + index)])),
    );
  }

  #is(number: number): boolean {
    const first = number * this.#list.length;
    return this.#list.every((word, index) => this.#lists[first + index] === word);
  }
}

/** Words by number. Number 0 is none at all. */
class Words {
  readonly #numbers = new Map<string | null, number>([[null, 0]]);
  /** Of neighbours most have the same. */
  #last: string | null = null;
  #lastNumber = 0;

  get size(): number {
    return this.#numbers.size;
  }

  all(): (string | null)[] {
    return [...this.#numbers.keys()];
  }

  numberOf(word: string | null): number {
    if (word === this.#last) return this.#lastNumber;
    let number = this.#numbers.get(word);
    if (number === undefined) this.#numbers.set(word, (number = this.#numbers.size));
    this.#last = word;
    this.#lastNumber = number;
    return number;
  }
}

interface ChunkParts {
  readonly rows: number;
  readonly firstMillis: number;
  readonly lastMillis: number;
  readonly series: Uint32Array;
  readonly ends: Uint32Array;
  readonly details: Uint32Array;
}

/** A chunk to be read. Its columns are fetched when they are first asked for. */
export class Chunk<N extends string = string> {
  readonly rows: number;
  readonly firstMillis: number;
  readonly lastMillis: number;
  /** The series that lie in it, by their numbers in the table. */
  readonly series: Uint32Array;
  /** The row behind the last of each. */
  readonly ends: Uint32Array;
  /** What else is told of rows, by their numbers in the table; in the column `detail` are the places in this list. */
  readonly details: Uint32Array;
  readonly #fetch: (name: string) => Uint8Array | undefined;
  readonly #columns = new Map<string, Float64Array | undefined>();
  #ids: Uint8Array | undefined;

  constructor(parts: ChunkParts, fetch: (name: string) => Uint8Array | undefined) {
    this.rows = parts.rows;
    this.firstMillis = parts.firstMillis;
    this.lastMillis = parts.lastMillis;
    this.series = parts.series;
    this.ends = parts.ends;
    this.details = parts.details;
    this.#fetch = fetch;
  }

  /**
   * `undefined` when none of its numbers is known. In `sums` is what the numbers of each series add up to: of {@link Layout.summed}, one after the other,
   * for all series; it is not kept of few rows.
   */
  column(name: N | 'detail' | 'user' | 'offset' | 'quarterEnds' | 'quarters' | 'sums'): Float64Array | undefined {
    let column = this.#columns.get(name);
    if (column === undefined && !this.#columns.has(name)) {
      const encoded = this.#fetch(name);
      column = encoded && decodeColumn(encoded);
      if (name === 'time') raise(column as Float64Array, this.firstMillis);
      this.#columns.set(name, column);
    }
    return column;
  }

  /** Those that the column `user` has the numbers of. */
  users(): readonly (string | null)[] {
    const users = this.#fetch('users');
    return users === undefined ? [null] : (JSON.parse(Buffer.from(users).toString()) as (string | null)[]);
  }

  /** 32 hex digits of the trace and 16 of the span. */
  id(row: number): string {
    const ids = (this.#ids ??= this.#fetch('ids') ?? new Uint8Array());
    return Buffer.from(ids.buffer, ids.byteOffset + row * ID_BYTES, ID_BYTES).toString('hex');
  }
}

function raise(column: Float64Array, by: number): void {
  for (let row = 0; row < column.length; row++) column[row] = (column[row] as number) + by;
}

/** @param columns encoded. */
function sumsOf(columns: readonly (Uint8Array | undefined)[], ends: readonly number[]): Float64Array {
  const sums = new Float64Array(columns.length * ends.length);
  for (const [place, encoded] of columns.entries()) {
    if (encoded === undefined) continue;
    const column = decodeColumn(encoded);
    for (const [series, to] of ends.entries()) {
      const sum = new ExactSum();
      sum.addFrom(column, ends[series - 1] ?? 0, to);
      sums[place * ends.length + series] = sum.exact();
    }
  }
  return sums;
}

/** For each quarter of an hour of each series the row behind its last, and its number from the first of the chunk on. */
function quartersOf(
  order: Uint32Array,
  times: readonly number[],
  rowPlaces: readonly number[],
  firstMillis: number,
): { readonly quarterEnds: number[]; readonly quarters: number[] } {
  const first = Math.floor(firstMillis / QUARTER_MILLIS);
  const [quarterEnds, quarters]: [number[], number[]] = [[], []];
  let [placeBefore, quarterBefore] = [-1, -1];
  for (const [index, row] of order.entries()) {
    const quarter = Math.floor(at(times, row) / QUARTER_MILLIS) - first;
    if (quarter !== quarterBefore || rowPlaces[row] !== placeBefore) {
      quarters.push(quarter);
      quarterEnds.push(index);
      [placeBefore, quarterBefore] = [at(rowPlaces, row), quarter];
    }
    quarterEnds[quarterEnds.length - 1] = index + 1;
  }
  return { quarterEnds, quarters };
}

function at(values: readonly number[], index: number): number {
  return values[index] as number;
}
