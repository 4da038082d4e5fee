// Adds up calls by some of their words and by time: what most questions are answered from.
import { type CallFilter } from '../call-filter.ts';
import { Distribution } from '../distribution.ts';
import { ExactSum } from '../sum.ts';
import { type Chunk, QUARTER_MILLIS } from './chunk.ts';
import { absentOf, type Column, type DimensionName, type NumberName, SUMMED_NAMES } from './columns.ts';
import { scan } from './scan.ts';

/** How long a call took says something of who answered it: of hits of the app's own caches it is left out. */
const TIMES: ReadonlySet<NumberName> = new Set(['duration', 'firstChunk'] as const);

export interface CubeOptions<D extends DimensionName, S extends NumberName, V extends NumberName> {
  readonly dimensions: readonly D[];
  /** Numbers to be added up. */
  readonly sums: readonly S[];
  /** Numbers of which every one is kept. */
  readonly values?: readonly V[];
  /** Names the stretch of time (a day, an hour) in which a quarter of an hour lies. @param millis its beginning, since the epoch. */
  readonly period?: ((millis: number) => string) | undefined;
}

/** Calls that have all these words in common, in one stretch of time. */
export interface Cell<D extends DimensionName, S extends NumberName, V extends NumberName> {
  readonly words: Readonly<Record<D, string | null>>;
  readonly period: string;
  calls: number;
  /** Milliseconds since the epoch at which the first and the last quarter of an hour with such calls begin. */
  firstMillis: number;
  lastMillis: number;
  readonly sums: Readonly<Record<S, ExactSum>>;
  readonly values: Readonly<Record<V, Distribution>>;
}

export function cubeOf<D extends DimensionName, S extends NumberName, V extends NumberName = never>(
  chunks: readonly Chunk[],
  filter: CallFilter,
  { dimensions, sums, values = [], period }: CubeOptions<D, S, V>,
): Cell<D, S, V>[] {
  const all: Cell<D, S, V>[] = [];
  const periods = new Map<number, string>();
  const byPeriod = new Map<string, Map<string, Adding<D, S, V>>>();
  const places = sums.map((name) => SUMMED_NAMES.indexOf(name));
  const hasSums = sums.length > 0;
  const [isTimeSum, isTimeValue] = [sums, values].map((names) => names.map((name) => TIMES.has(name)));
  let chunkBefore: Chunk | undefined;
  let keys: (string | undefined)[] = [];
  let periodBefore: string | undefined;
  let cells = new Map<string, Adding<D, S, V>>();
  /** By series. */
  let cellsBefore: (Adding<D, S, V> | undefined)[] = [];
  let isHit: readonly boolean[] = [];
  let cellSums: Float64Array | undefined;
  let valueColumns: readonly (Column | undefined)[] = [];
  scan(chunks, filter, ({ chunk, series, quarter, cell: place, from, to }) => {
    const periodName = periodOf(quarter);
    if (chunk !== chunkBefore || periodName !== periodBefore) {
      if (chunk !== chunkBefore) {
        keys = [];
        isHit = Array.from({ length: chunk.seriesCount }, (_, each) => chunk.word(each, 'cacheType') !== null);
        cellSums = hasSums ? chunk.sums() : undefined;
        valueColumns = values.map((name) => columnOf(chunk, name));
      }
      cells = byPeriod.get(periodName) ?? new Map();
      byPeriod.set(periodName, cells);
      cellsBefore = [];
    }
    chunkBefore = chunk;
    periodBefore = periodName;
    let adding = cellsBefore[series];
    if (adding === undefined) {
      const key = (keys[series] ??= JSON.stringify(dimensions.map((dimension) => chunk.word(series, dimension))));
      adding = cells.get(key);
      if (adding === undefined) {
        cells.set(key, (adding = addingTo(emptyCell(chunk, series, periodName))));
        all.push(adding.cell);
      }
      cellsBefore[series] = adding;
    }
    const { cell, cellSum, distributions } = adding;
    cell.calls += to - from;
    const millis = quarter * QUARTER_MILLIS;
    if (millis < cell.firstMillis) cell.firstMillis = millis;
    if (millis > cell.lastMillis) cell.lastMillis = millis;
    const withoutTimes = isHit[series] === true;
    if (cellSums !== undefined && place !== -1) {
      const first = place * SUMMED_NAMES.length;
      for (let index = 0; index < places.length; index++)
        if (!(withoutTimes && isTimeSum?.[index]))
          (cellSum[index] as ExactSum).add(cellSums[first + (places[index] as number)] as number);
    } else {
      for (let index = 0; index < sums.length; index++) {
        const column = withoutTimes && isTimeSum?.[index] ? undefined : chunk.column(sums[index] as S);
        if (column !== undefined) cellSum[index]?.addFrom(column, from, to);
      }
    }
    for (let index = 0; index < distributions.length; index++) {
      const column = withoutTimes && isTimeValue?.[index] ? undefined : valueColumns[index];
      if (column !== undefined) distributions[index]?.add(column, from, to);
    }
  });
  return all;

  function periodOf(quarter: number): string {
    let name = periods.get(quarter);
    if (name === undefined) periods.set(quarter, (name = period?.(quarter * QUARTER_MILLIS) ?? ''));
    return name;
  }

  function emptyCell(chunk: Chunk, series: number, name: string): Cell<D, S, V> {
    return {
      words: fromNames(dimensions, (dimension) => chunk.word(series, dimension)),
      period: name,
      calls: 0,
      firstMillis: Infinity,
      lastMillis: -Infinity,
      sums: fromNames(sums, () => new ExactSum()),
      values: fromNames(values, () => new Distribution()),
    };
  }
}

/** A cell with what is added to in the order of the options: looked up by name, it would take most of the time. */
interface Adding<D extends DimensionName, S extends NumberName, V extends NumberName> {
  readonly cell: Cell<D, S, V>;
  readonly cellSum: readonly ExactSum[];
  readonly distributions: readonly Distribution[];
}

function addingTo<D extends DimensionName, S extends NumberName, V extends NumberName>(
  cell: Cell<D, S, V>,
): Adding<D, S, V> {
  return { cell, cellSum: Object.values(cell.sums), distributions: Object.values(cell.values) };
}

/** `undefined` for one without any value. */
function columnOf(chunk: Chunk, name: NumberName): Column | undefined {
  return chunk.column(name) ?? (Number.isNaN(absentOf(name)) ? undefined : new Uint8Array(chunk.rows));
}

/** Calls of the cells that `matches`. */
export function callsOf<C extends { readonly calls: number }>(
  cells: readonly C[],
  matches: (cell: C) => boolean = () => true,
): number {
  return cells.reduce((calls, cell) => calls + (matches(cell) ? cell.calls : 0), 0);
}

export function sumOf<S extends string>(
  cells: readonly { readonly sums: Readonly<Record<S, ExactSum>> }[],
  name: S,
): number {
  const total = new ExactSum();
  for (const { sums } of cells) total.addSum(sums[name]);
  return total.value();
}

type Priced = Pick<Cell<'price', 'cost', never>, 'words' | 'calls' | 'sums'>;

/** Sum of the costs, in US dollars; null when there are calls to pay for and not one has a known cost. */
export function costOf(cells: readonly Priced[]): number | null {
  const isKnown = unpricedCallsOf(cells) === 0 || cells.some(({ words }) => words.price === 'known');
  return isKnown ? sumOf(cells, 'cost') : null;
}

/** Calls that are missing in {@link costOf} them. */
export function unpricedCallsOf(cells: readonly Pick<Priced, 'words' | 'calls'>[]): number {
  return callsOf(cells, ({ words }) => words.price !== null && words.price !== 'known');
}

/** In the order in which they are met. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function fromNames<N extends string, T>(names: readonly N[], make: (name: N) => T): Record<N, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<N, T>;
}
