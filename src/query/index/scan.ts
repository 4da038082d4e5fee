// Goes over the calls of chunks that a filter lets through, in stretches of rows that lie side by side and have all words in common.
import { type CallFilter, type Filtered, matchesApartFromTime } from '../call-filter.ts';
import { type Chunk, QUARTER_MILLIS } from './chunk.ts';

/** Calls of one series and one quarter of an hour. */
export interface Stretch {
  readonly chunk: Chunk;
  readonly series: number;
  /** Quarters of an hour since the epoch. */
  readonly quarter: number;
  /** Its place among the cells when it is a whole one, else -1. */
  readonly cell: number;
  /** The first row, and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

/** @param visit the stretch it is given is changed afterwards. */
export function scan(chunks: readonly Chunk[], filter: CallFilter, visit: (stretch: Stretch) => void): void {
  const { sinceMillis = -Infinity, untilMillis = Infinity } = filter;
  for (const chunk of chunks) {
    if (chunk.lastMillis < sinceMillis || chunk.firstMillis >= untilMillis) continue;
    const matching = matchingSeries(chunk, filter);
    const { cells } = chunk;
    const stretch = { chunk, series: 0, quarter: 0, cell: -1, from: 0, to: 0 };
    let end = 0;
    for (let cell = 0; cell < cells.length; cell += 3) {
      stretch.quarter = cells[cell] as number;
      stretch.series = cells[cell + 1] as number;
      const start = end;
      stretch.from = start;
      end = cells[cell + 2] as number;
      stretch.to = end;
      if (!matching[stretch.series]) continue;
      const millis = stretch.quarter * QUARTER_MILLIS;
      if (millis < sinceMillis) stretch.from = firstRowFrom(chunk, stretch.from, end, sinceMillis);
      if (millis + QUARTER_MILLIS > untilMillis) stretch.to = firstRowFrom(chunk, stretch.from, end, untilMillis);
      stretch.cell = stretch.to - stretch.from === end - start ? cell / 3 : -1;
      if (stretch.to > stretch.from) visit(stretch);
    }
  }
}

function matchingSeries(chunk: Chunk, filter: CallFilter): readonly boolean[] {
  const words = new SeriesWords(chunk);
  return Array.from({ length: chunk.seriesCount }, (_, series) => {
    words.series = series;
    return matchesApartFromTime(words, filter);
  });
}

/** Looks up what a filter asks for, which is mostly nothing. */
class SeriesWords implements Filtered {
  readonly #chunk: Chunk;
  series = 0;

  constructor(chunk: Chunk) {
    this.#chunk = chunk;
  }

  get outcome(): Filtered['outcome'] {
    return this.#chunk.word(this.series, 'outcome') as Filtered['outcome'];
  }
  get workflow(): string | null {
    return this.#chunk.word(this.series, 'workflow');
  }
  get provider(): string | null {
    return this.#chunk.word(this.series, 'provider');
  }
  get agent(): string | null {
    return this.#chunk.word(this.series, 'agent');
  }
  get prompt(): string | null {
    return this.#chunk.word(this.series, 'prompt');
  }
  get promptVersion(): string | null {
    return this.#chunk.word(this.series, 'promptVersion');
  }
  get promptVariant(): string | null {
    return this.#chunk.word(this.series, 'promptVariant');
  }
  get requestModel(): string | null {
    return this.#chunk.word(this.series, 'requestModel');
  }
  get responseModel(): string | null {
    return this.#chunk.word(this.series, 'responseModel');
  }
}

/** The first of the rows of a cell, which are in the order of time, that is not before `millis`; `to` when there is none. */
function firstRowFrom(chunk: Chunk, from: number, to: number, millis: number): number {
  const times = chunk.column('time');
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times?.[middle] ?? 0) < millis) low = middle + 1;
    else high = middle;
  }
  return low;
}
