// All the calls, or all the runs of a kind, that a journal holds at one moment: their chunks, and the words that rows have in common.
import { Chunk, type EncodedChunk } from './chunk.ts';
import { decodeColumn } from './columns.ts';
import {
  type CallDetail,
  type CallNumber,
  type CallWord,
  type Kind,
  layoutOf,
  type RunDetail,
  type RunNumber,
  type RunWord,
} from './layout.ts';

export type CallTable = Table<CallWord, CallDetail, CallNumber>;
export type RunTable = Table<RunWord, RunDetail, RunNumber>;

/** Lists of words, by number. */
class WordBook<W extends string = string> {
  readonly #places: ReadonlyMap<string, number>;
  readonly #lists: (readonly (string | null)[] | undefined)[] = [];

  /** @param names of the words in a list. */
  constructor(names: readonly string[]) {
    this.#places = new Map(names.map((name, place) => [name, place]));
  }

  /** One more than the largest number there is; some below it may be of no list. */
  get size(): number {
    return this.#lists.length;
  }

  /** @param texts lists in JSON. @param numbers theirs. */
  addAll(texts: readonly string[], numbers: readonly number[]): void {
    // All at once: there may be thousands.
    const lists = JSON.parse(`[${texts.join(',')}]`) as (string | null)[][];
    for (const [index, list] of lists.entries()) this.#lists[numbers[index] as number] = list;
  }

  /** @returns their numbers. */
  append(texts: readonly string[]): Uint32Array {
    const numbers = texts.map((_, index) => this.size + index);
    this.addAll(texts, numbers);
    return Uint32Array.from(numbers);
  }

  word(number: number, name: W): string | null {
    return this.#lists[number]?.[this.#places.get(name) as number] ?? null;
  }

  /** All words of a list, by their names. */
  record(number: number): Readonly<Record<W, string | null>> {
    const list = this.#lists[number];
    const words: Record<string, string | null> = {};
    for (const [name, place] of this.#places) words[name] = list?.[place] ?? null;
    return words as Record<W, string | null>;
  }

  /** Something of each list, by its number. */
  map<T>(of: (number: number) => T): T[] {
    // Not `map`: most numbers below the largest may be of no list here.
    const all: T[] = [];
    this.#lists.forEach((_, number) => (all[number] = of(number)));
    return all;
  }

  /** For each list the first that has the same words of these names. */
  alike(names: readonly W[]): number[] {
    const first = new Map<string, number>();
    return this.map((number) => {
      const key = JSON.stringify(names.map((name) => this.word(number, name)));
      const found = first.get(key) ?? number;
      first.set(key, found);
      return found;
    });
  }
}

export class Table<S extends string = string, D extends string = string, N extends string = string> {
  readonly series: WordBook<S>;
  readonly details: WordBook<D>;
  readonly chunks: Chunk<N>[] = [];

  readonly #kind: Kind;

  constructor(kind: Kind) {
    const { series, details } = layoutOf(kind);
    this.#kind = kind;
    this.series = new WordBook(Object.keys(series));
    this.details = new WordBook(Object.keys(details));
  }

  /** Chunks that are only in memory; those of another kind are left out. */
  add(chunks: readonly EncodedChunk[]): void {
    for (const { columns, ...encoded } of chunks) {
      if (encoded.kind !== this.#kind) continue;
      const parts = {
        ...encoded,
        series: this.series.append(encoded.series),
        ends: new Uint32Array(decodeColumn(encoded.ends)),
        details: this.details.append(encoded.details),
      };
      this.chunks.push(new Chunk(parts, (name) => columns.get(name)));
    }
  }
}
