// Adds up calls by some of their words and by time: what most questions are answered from.
import { type CallFilter } from '../call-filter.ts';
import { Distribution } from '../distribution.ts';
import { ExactSum } from '../sum.ts';
import { type Chunk, QUARTER_MILLIS } from './chunk.ts';
import { absentOf, type DimensionName, type NumberName, SUMMED_NAMES } from './columns.ts';
import { scan } from './scan.ts';

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
  /** In the order of `sums`: looked up by name, they would take most of the time. */
  const sumsOfCell = new Map<Cell<D, S, V>, readonly ExactSum[]>();
  const periods = new Map<number, string>();
  const byPeriod = new Map<string, Map<string, Cell<D, S, V>>>();
  let chunkBefore: Chunk | undefined;
  let keys: (string | undefined)[] = [];
  let periodBefore: string | undefined;
  let cells = new Map<string, Cell<D, S, V>>();
  const cellsBefore = new Map<number, Cell<D, S, V>>();
  const summed = sums.map((name) => ({ name, place: SUMMED_NAMES.indexOf(name) }));
  scan(chunks, filter, ({ chunk, series, quarter, cell: place, from, to }) => {
    if (chunk !== chunkBefore) keys = [];
    const periodName = periodOf(quarter);
    if (chunk !== chunkBefore || periodName !== periodBefore) {
      cells = byPeriod.get(periodName) ?? new Map();
      byPeriod.set(periodName, cells);
      cellsBefore.clear();
    }
    chunkBefore = chunk;
    periodBefore = periodName;
    let cell = cellsBefore.get(series);
    if (cell === undefined) {
      const key = (keys[series] ??= JSON.stringify(dimensions.map((dimension) => chunk.word(series, dimension))));
      cell = cells.get(key);
      if (cell === undefined) {
        cells.set(key, (cell = emptyCell(chunk, series, periodName)));
        all.push(cell);
        sumsOfCell.set(cell, Object.values(cell.sums));
      }
      cellsBefore.set(series, cell);
    }
    cell.calls += to - from;
    const millis = quarter * QUARTER_MILLIS;
    if (millis < cell.firstMillis) cell.firstMillis = millis;
    if (millis > cell.lastMillis) cell.lastMillis = millis;
    const known = place === -1 || summed.length === 0 ? undefined : chunk.sums(place);
    const list = sumsOfCell.get(cell) as readonly ExactSum[];
    for (let index = 0; index < summed.length; index++) {
      const { name, place: column } = summed[index] as (typeof summed)[number];
      if (known) list[index]?.add(known[column] as number);
      else list[index]?.addFrom(chunk.column(name) ?? [], from, chunk.column(name) ? to : from);
    }
    for (const name of values) {
      const column = chunk.column(name);
      if (column) cell.values[name].add(column, from, to);
      else if (!Number.isNaN(absentOf(name))) cell.values[name].add(new Uint8Array(to), from, to);
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
