// Runs that a question is about, and groups of them. Not one object a run: there may be hundreds of thousands, and most is said of many at once.
import { type CallFilter, matchesRunApartFromTime } from './call-filter.ts';
import { type RunChunk, type RunNumber, type RunWords } from './index/run-chunk.ts';

export class Runs {
  readonly #table: RunTable;
  readonly #rows: readonly number[];
  #counts: ReadonlyMap<RunWords, number> | undefined;

  private constructor(table: RunTable, rows: readonly number[]) {
    this.#table = table;
    this.#rows = rows;
  }

  /** Those of the chunks that match `filter`. */
  static matching(chunks: readonly RunChunk[], filter: CallFilter): Runs {
    const table = new RunTable(chunks, filter);
    return new Runs(
      table,
      Array.from({ length: table.wordsOf.length }, (_, row) => row),
    );
  }

  get size(): number {
    return this.#rows.length;
  }

  /** What is said of the first of them. */
  get first(): RunWords {
    return this.#table.words[this.#table.wordsOf[this.#rows[0] as number] as number] as RunWords;
  }

  /** What is said of runs, and of how many; in the order in which it is met. */
  get counts(): ReadonlyMap<RunWords, number> {
    if (this.#counts === undefined) {
      const { words, wordsOf } = this.#table;
      const counts = new Map<number, number>();
      for (const row of this.#rows) {
        const number = wordsOf[row] as number;
        counts.set(number, (counts.get(number) ?? 0) + 1);
      }
      this.#counts = new Map([...counts].map(([number, count]) => [words[number] as RunWords, count]));
    }
    return this.#counts;
  }

  /** A number of each of them; `NaN` where it does not tell. */
  values(name: RunNumber): Float64Array {
    const column = this.#table.column(name);
    return Float64Array.from(this.#rows, (row) => column[row] as number);
  }

  /** Largest first; those alike in the order in which they were met. */
  groupBy(keyOf: (words: RunWords) => string | null): Runs[] {
    const { words, wordsOf } = this.#table;
    const groups = new Map<string | null, number[]>();
    const groupOf = new Map<number, number[]>();
    for (const row of this.#rows) {
      const number = wordsOf[row] as number;
      let group = groupOf.get(number);
      if (group === undefined) {
        const key = keyOf(words[number] as RunWords);
        group = groups.get(key) ?? [];
        groups.set(key, group);
        groupOf.set(number, group);
      }
      group.push(row);
    }
    return [...groups.values()].sort((a, b) => b.length - a.length).map((rows) => new Runs(this.#table, rows));
  }
}

/** The rows of several chunks that match, as if they were one. */
class RunTable {
  readonly words: RunWords[] = [];
  /** For each run the number of its words. */
  readonly wordsOf: Uint32Array;
  readonly #parts: { readonly chunk: RunChunk; readonly rows: readonly number[] }[] = [];
  readonly #columns = new Map<RunNumber, Float64Array>();

  constructor(chunks: readonly RunChunk[], filter: CallFilter) {
    const { sinceMillis = -Infinity, untilMillis = Infinity } = filter;
    const isMatching: boolean[] = [];
    const numbers = new Map<string, number>();
    const numberOf = (text: string): number => {
      let number = numbers.get(text);
      if (number === undefined) {
        numbers.set(text, (number = numbers.size));
        const words = JSON.parse(text) as RunWords;
        this.words.push(words);
        isMatching.push(matchesRunApartFromTime(words, filter));
      }
      return number;
    };
    const wordsOf: number[] = [];
    for (const chunk of chunks) {
      if (chunk.lastMillis < sinceMillis || chunk.firstMillis >= untilMillis) continue;
      const numbersOf = chunk.words.map(numberOf);
      const isWithin = chunk.firstMillis >= sinceMillis && chunk.lastMillis < untilMillis;
      const times = isWithin ? undefined : chunk.number('timeMillis');
      const rows: number[] = [];
      for (let row = 0; row < chunk.rows; row++) {
        const number = numbersOf[chunk.wordsOf[row] as number] as number;
        if (!isMatching[number]) continue;
        if (times && !((times[row] as number) >= sinceMillis && (times[row] as number) < untilMillis)) continue;
        rows.push(row);
        wordsOf.push(number);
      }
      this.#parts.push({ chunk, rows });
    }
    this.wordsOf = Uint32Array.from(wordsOf);
  }

  column(name: RunNumber): Float64Array {
    let column = this.#columns.get(name);
    if (column === undefined) {
      this.#columns.set(name, (column = new Float64Array(this.wordsOf.length)));
      let next = 0;
      for (const { chunk, rows } of this.#parts) {
        if (rows.length === 0) continue;
        const numbers = chunk.number(name);
        for (const row of rows) column[next++] = numbers[row] as number;
      }
    }
    return column;
  }
}
