// Runs that a question is about, and groups of them. Not one object a run: there may be hundreds of thousands, and most is said of many at once.
import { asksForRunDetails, type CallFilter, runDetailsMatch, runSeriesMatch } from './call-filter.ts';
import { compareNames } from './counts.ts';
import { Distribution } from './distribution.ts';
import { type RunDetail, type RunNumber, type RunWord } from './index/layout.ts';
import { type Rows, rowsOf, UNWANTED } from './index/rows.ts';
import { type RunTable } from './index/table.ts';
import { Moments } from './moments.ts';
import { type Run } from './run.ts';

/** A number of each run. `wholeCostUsd` is of those that have no unpriced calls: a cost that lacks calls would make its run look cheap. */
export type RunFigure = RunNumber | 'tokens' | 'wholeCostUsd';

/** What runs are told apart by. */
type SeriesWords = Pick<Run, RunWord>;
/** What else is told of them. */
export type DetailWords = Pick<Run, RunDetail>;

export class Runs {
  /** What those are in that were not told apart. */
  readonly parts: readonly RunPart[];
  readonly size: number;

  private constructor(parts: readonly RunPart[]) {
    this.parts = parts;
    this.size = parts.reduce((sum, { size }) => sum + size, 0);
  }

  /** Those of the table that match `filter`; those of a series are not told apart any further. */
  static matching(table: RunTable, filter: CallFilter): Runs {
    const { series, details } = table;
    const words = series.map((number) => series.record(number));
    const groupOf = words.map((of, number) => (runSeriesMatch(of, filter) ? number : UNWANTED));
    const told = new Told(details.map((number) => detailWords(details, number)));
    const isWanted = asksForRunDetails(filter) ? told.words.map((of) => runDetailsMatch(of, filter)) : undefined;
    const parts = new Map<number, RunPart>();
    for (const rows of rowsOf(table, { groupOf, details: isWanted, period: filter })) {
      const figures = new FigureColumns(rows);
      for (const { group, from, to } of rows.stretches) {
        let part = parts.get(group);
        if (part === undefined) parts.set(group, (part = new RunPart(words[group] as SeriesWords, told)));
        part.add(figures, from, to);
      }
    }
    return new Runs([...parts.values()]);
  }

  /** What is said of them as far as they have it in common. */
  get first(): SeriesWords {
    return (this.parts[0] as RunPart).words;
  }

  /** What is said of runs, and of how many. */
  get counts(): (readonly [DetailWords, number])[] {
    return this.parts.flatMap((part) => part.counts());
  }

  /** Of those that tell. */
  moments(figure: RunFigure): Moments {
    return Moments.together(this.parts.map((part) => part.moments(figure)));
  }

  /** Largest first, those alike by their keys. */
  groupBy(keyOf: (words: SeriesWords) => string | null): Runs[] {
    return [...Map.groupBy(this.parts, ({ words }) => keyOf(words))]
      .map(([key, parts]) => ({ key, runs: new Runs(parts) }))
      .sort((a, b) => b.runs.size - a.runs.size || compareNames(a.key, b.key))
      .map(({ runs }) => runs);
  }
}

/** What may be told of runs, by number of details. */
class Told {
  readonly words: readonly DetailWords[];
  /** All 0 but while it is counted. */
  readonly #counts: Uint32Array;

  constructor(words: readonly DetailWords[]) {
    this.words = words;
    this.#counts = new Uint32Array(words.length);
  }

  /** What is told of runs, and of how many. */
  count(stretches: readonly RunStretch[]): (readonly [DetailWords, number])[] {
    const met: number[] = [];
    for (const { columns, from, to } of stretches) columns.countDetails(from, to, this.#counts, met);
    return met.map((number) => {
      const count = this.#counts[number] as number;
      this.#counts[number] = 0;
      return [this.words[number] as DetailWords, count];
    });
  }
}

/** Where runs lie: from a row on, before another. */
interface RunStretch {
  readonly columns: FigureColumns;
  readonly from: number;
  readonly to: number;
}

/** Runs of a series. */
class RunPart {
  size = 0;
  readonly words: SeriesWords;
  readonly #told: Told;
  readonly #stretches: RunStretch[] = [];
  readonly #moments = new Map<RunFigure, Moments>();
  #counts: readonly (readonly [DetailWords, number])[] | undefined;

  constructor(words: SeriesWords, told: Told) {
    this.words = words;
    this.#told = told;
  }

  add(columns: FigureColumns, from: number, to: number): void {
    this.size += to - from;
    this.#stretches.push({ columns, from, to });
  }

  /** What is told of them, and of how many. */
  counts(): readonly (readonly [DetailWords, number])[] {
    return (this.#counts ??= this.#told.count(this.#stretches));
  }

  values(figure: RunFigure): Distribution {
    const values = new Distribution();
    for (const { columns, from, to } of this.#stretches) {
      const column = columns.of(figure);
      if (column !== undefined) values.add(column, from, to);
    }
    return values;
  }

  moments(figure: RunFigure): Moments {
    let moments = this.#moments.get(figure);
    if (moments === undefined) this.#moments.set(figure, (moments = Moments.of(this.values(figure))));
    return moments;
  }
}

/** The columns of rows, and those that are made of several. */
class FigureColumns {
  readonly #rows: Rows<RunNumber>;
  readonly #made = new Map<RunFigure, Float64Array | undefined>();

  constructor(rows: Rows<RunNumber>) {
    this.#rows = rows;
  }

  /** `undefined` when no run tells it. */
  of(figure: RunFigure): Float64Array | undefined {
    if (figure !== 'tokens' && figure !== 'wholeCostUsd') return this.#rows.column(figure);
    if (!this.#made.has(figure)) this.#made.set(figure, figure === 'tokens' ? this.#tokens() : this.#wholeCosts());
    return this.#made.get(figure);
  }

  /** @param counts by number of details. @param met gets the numbers of which there were none. */
  countDetails(from: number, to: number, counts: Uint32Array, met: number[]): void {
    const { details } = this.#rows.chunk;
    const column = this.#rows.column('detail');
    for (let row = from; row < to; row++) {
      const number = details[column?.[row] ?? 0] as number;
      const count = counts[number] as number;
      if (count === 0) met.push(number);
      counts[number] = count + 1;
    }
  }

  #tokens(): Float64Array | undefined {
    const [input, output] = [this.of('inputTokens'), this.of('outputTokens')];
    return input && output && input.map((tokens, run) => tokens + (output[run] as number));
  }

  #wholeCosts(): Float64Array | undefined {
    const [costs, unpriced] = [this.of('costUsd'), this.of('unpricedCalls')];
    return costs && unpriced && costs.map((cost, run) => (unpriced[run] === 0 ? cost : Number.NaN));
  }
}

function detailWords(book: RunTable['details'], number: number): DetailWords {
  const words = book.record(number);
  const list = <T>(name: RunDetail): T[] => {
    const text = words[name];
    return text === null ? [] : (JSON.parse(text) as T[]);
  };
  return {
    ...words,
    outcome: words.outcome as Run['outcome'],
    // Few questions look at them.
    get fallbacks() {
      return list<Run['fallbacks'][number]>('fallbacks');
    },
    get models() {
      return list<string>('models');
    },
    get providers() {
      return list<string>('providers');
    },
    get stages() {
      return list<string>('stages');
    },
    get skippedStages() {
      return list<string>('skippedStages');
    },
  };
}
