// The rows of a table that a question is about: chunk by chunk, in stretches that lie side by side and have what was asked for in common.
import { type Period } from '../call-filter.ts';
import { type Chunk, QUARTER_MILLIS } from './chunk.ts';
import { type Table } from './table.ts';

export interface Selection {
  /** For each series the group it is in, a number of its own; {@link UNWANTED} for none. Neighbours of the same group are one stretch. */
  readonly groupOf: readonly number[];
  /** For each list of details whether it is wanted; all are without it. */
  readonly details?: readonly boolean[] | undefined;
  readonly period: Period;
  /** Names the stretch of time (a day, an hour) of a moment, to tell rows apart by. */
  readonly periodOf?: ((millis: number) => string) | undefined;
}

export const UNWANTED = -1;

export interface Stretch {
  readonly group: number;
  /** Empty where rows are not told apart by it. */
  readonly period: string;
  /** A moment of the period, in milliseconds since the epoch. */
  readonly millis: number;
  /** The first row, and the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** When it is whole series: the places of the first in the chunk, and of the one behind the last. */
  readonly series?: readonly [first: number, behind: number] | undefined;
}

/** The selected rows of a chunk. */
export class Rows<N extends string> {
  readonly chunk: Chunk<N>;
  readonly stretches: readonly Stretch[];
  /** The rows of the chunk, where they do not lie as they do there. */
  readonly #order: Uint32Array | undefined;
  readonly #columns = new Map<string, Float64Array | undefined>();

  constructor(chunk: Chunk<N>, stretches: readonly Stretch[], order?: Uint32Array) {
    this.chunk = chunk;
    this.stretches = stretches;
    this.#order = order;
  }

  /** `undefined` when none of its numbers is known. */
  column(name: N | 'detail' | 'user'): Float64Array | undefined {
    const order = this.#order;
    if (order === undefined) return this.chunk.column(name);
    if (!this.#columns.has(name)) {
      const column = this.chunk.column(name);
      this.#columns.set(name, column && gathered(column, order));
    }
    return this.#columns.get(name);
  }

  /** The row of the chunk that is this one. */
  rowOf(row: number): number {
    return this.#order === undefined ? row : (this.#order[row] as number);
  }
}

export function* rowsOf<S extends string, D extends string, N extends string>(
  { chunks }: Pick<Table<S, D, N>, 'chunks'>,
  { groupOf, details, period: { sinceMillis = -Infinity, untilMillis = Infinity }, periodOf = () => '' }: Selection,
): Generator<Rows<N>, void, void> {
  const nameOf = oncePerQuarter(periodOf);
  for (const chunk of chunks) {
    const { firstMillis, lastMillis } = chunk;
    if (lastMillis < sinceMillis || firstMillis >= untilMillis) continue;
    const isWhole = firstMillis >= sinceMillis && lastMillis < untilMillis;
    let stretches = isWhole ? wholeStretches(chunk, groupOf) : cutStretches(chunk, groupOf, sinceMillis, untilMillis);
    const period = nameOf(firstMillis);
    // No day or hour has another within: all rows of the chunk are of the same.
    if (period === nameOf(lastMillis)) stretches = stretches.map((stretch) => ({ ...stretch, period }));
    else stretches = byPeriod(chunk, stretches, nameOf);
    const rows = details === undefined ? new Rows(chunk, stretches) : withDetails(chunk, stretches, details);
    if (rows.stretches.length > 0) yield rows;
  }
}

function wholeStretches({ series, ends, firstMillis }: Chunk, groupOf: readonly number[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (let first = 0, behind = 1, from = 0; first < series.length; first = behind++) {
    const group = groupOf[series[first] as number] as number;
    while (behind < series.length && groupOf[series[behind] as number] === group) behind++;
    const to = ends[behind - 1] as number;
    if (group !== UNWANTED)
      stretches.push({ group, period: '', millis: firstMillis, from, to, series: [first, behind] });
    from = to;
  }
  return stretches;
}

function cutStretches(chunk: Chunk, groupOf: readonly number[], sinceMillis: number, untilMillis: number): Stretch[] {
  const { series, ends } = chunk;
  // Every table has it.
  const times = chunk.column('time') as Float64Array;
  const stretches: Stretch[] = [];
  for (let place = 0, start = 0; place < series.length; place++) {
    const end = ends[place] as number;
    const group = groupOf[series[place] as number] as number;
    if (group !== UNWANTED) {
      const from = firstNotBefore(times, start, end, sinceMillis);
      const to = firstNotBefore(times, from, end, untilMillis);
      if (from < to) stretches.push({ group, period: '', millis: times[from] as number, from, to });
    }
    start = end;
  }
  return stretches;
}

/** Each cut where a period ends. */
function byPeriod(chunk: Chunk, stretches: readonly Stretch[], nameOf: (millis: number) => string): Stretch[] {
  const [ends, quarters] = [chunk.column('quarterEnds'), chunk.column('quarters')] as [Float64Array, Float64Array];
  const firstQuarter = Math.floor(chunk.firstMillis / QUARTER_MILLIS);
  const cut: Stretch[] = [];
  let place = 0;
  for (const { group, from, to } of stretches) {
    while ((ends[place] as number) <= from) place++;
    for (let start = from; start < to; ) {
      const millis = (firstQuarter + (quarters[place] as number)) * QUARTER_MILLIS;
      const period = nameOf(millis);
      let end = ends[place] as number;
      while (end < to && nameOf((firstQuarter + (quarters[place + 1] as number)) * QUARTER_MILLIS) === period)
        end = ends[++place] as number;
      cut.push({ group, period, millis, from: start, to: Math.min(end, to) });
      start = end;
      place++;
    }
  }
  return cut;
}

/** The rows of stretches that are wanted, put together. */
function withDetails<N extends string>(
  chunk: Chunk<N>,
  stretches: readonly Stretch[],
  details: readonly boolean[],
): Rows<N> {
  const isWanted = Uint8Array.from(chunk.details, (number) => Number(details[number]));
  if (!isWanted.includes(0)) return new Rows(chunk, stretches);
  if (!isWanted.includes(1)) return new Rows(chunk, []);
  // There are several: some are wanted and some are not.
  const column = chunk.column('detail') as Float64Array;
  const order = new Uint32Array(chunk.rows);
  let next = 0;
  const left: Stretch[] = [];
  for (const { from, to, series: _, ...stretch } of stretches) {
    const start = next;
    for (let row = from; row < to; row++) if (isWanted[column[row] as number] === 1) order[next++] = row;
    if (next > start) left.push({ ...stretch, from: start, to: next });
  }
  return new Rows(chunk, left, order.subarray(0, next));
}

function gathered(column: Float64Array, order: Uint32Array): Float64Array {
  const values = new Float64Array(order.length);
  for (let row = 0; row < order.length; row++) values[row] = column[order[row] as number] as number;
  return values;
}

/** The first of the rows of a series, which are in the order of time, that is not before `millis`; `to` when there is none. */
function firstNotBefore(times: Float64Array, from: number, to: number, millis: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < millis) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A name is made once for each quarter of an hour: it takes its time. */
function oncePerQuarter(nameOf: (millis: number) => string): (millis: number) => string {
  const names = new Map<number, string>();
  return (millis) => {
    const quarter = Math.floor(millis / QUARTER_MILLIS);
    let name = names.get(quarter);
    if (name === undefined) names.set(quarter, (name = nameOf(quarter * QUARTER_MILLIS)));
    return name;
  };
}
