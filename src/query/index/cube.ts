// Adds up calls by some of their words and by time: what most questions are answered from.
import { type CallFilter } from '../call-filter.ts';
import { Distribution } from '../distribution.ts';
import { ExactSum } from '../sum.ts';
import { type CallRows, callRows } from './call-rows.ts';
import { CALL_LAYOUT, type CallNumber, type CallWord } from './layout.ts';
import { type Selection, type Stretch } from './rows.ts';
import { type CallTable } from './table.ts';

/** How long a call took says something of who answered it: of hits of the app's own caches it is left out. */
const TIMES: ReadonlySet<CallNumber> = new Set(['duration', 'firstChunk'] as const);

interface CubeOptions<D extends CallWord, S extends CallNumber, V extends CallNumber> {
  readonly dimensions: readonly D[];
  /** Numbers to be added up. */
  readonly sums: readonly S[];
  /** Numbers of which every one is kept. */
  readonly values?: readonly V[];
  /** Names the stretch of time (a day, an hour) in which a quarter of an hour lies. @param millis its beginning, since the epoch. */
  readonly period?: Selection['periodOf'];
}

/** Calls that have all these words in common, in one stretch of time. */
export interface Cell<D extends CallWord, S extends CallNumber, V extends CallNumber> {
  readonly words: Readonly<Record<D, string | null>>;
  readonly period: string;
  calls: number;
  /** A moment of the period, in milliseconds since the epoch. */
  readonly millis: number;
  readonly sums: Readonly<Record<S, ExactSum>>;
  readonly values: Readonly<Record<V, Distribution>>;
}

export function cubeOf<D extends CallWord, S extends CallNumber, V extends CallNumber = never>(
  table: CallTable,
  filter: CallFilter,
  { dimensions, sums, values = [], period }: CubeOptions<D, S, V>,
): Cell<D, S, V>[] {
  const { series } = table;
  const places = sums.map((name) => CALL_LAYOUT.summed.indexOf(name));
  /** By period, and then by group. */
  const cells = new Map<string, Map<number, Adding<D, S, V>>>();

  function addingTo({ period: name, group, millis }: Stretch): Adding<D, S, V> {
    let ofPeriod = cells.get(name);
    if (ofPeriod === undefined) cells.set(name, (ofPeriod = new Map()));
    let adding = ofPeriod.get(group);
    if (adding === undefined) ofPeriod.set(group, (adding = emptyCell(name, group, millis)));
    return adding;
  }

  function emptyCell(name: string, group: number, millis: number): Adding<D, S, V> {
    const words = fromNames(dimensions, (dimension) => series.word(group, dimension));
    const ofSums = fromNames(sums, () => new ExactSum());
    const ofValues = fromNames(values, () => new Distribution());
    // In the order of the options: looked up by name, they would take most of the time.
    return {
      cell: { words, period: name, millis, calls: 0, sums: ofSums, values: ofValues },
      sums: Object.values(ofSums),
      distributions: Object.values(ofValues),
      isOwnHit: series.word(group, 'cacheType') !== null,
    };
  }

  for (const rows of callRows(table, filter, [...dimensions, 'cacheType'], period)) {
    const { chunk } = rows;
    const valueColumns = values.map((name) => valuesIn(rows, name));
    for (const stretch of rows.stretches) {
      const { from, to } = stretch;
      const { cell, sums: cellSums, distributions, isOwnHit } = addingTo(stretch);
      cell.calls += to - from;
      const ofSeries = stretch.series && chunk.column('sums');
      for (let index = 0; index < sums.length; index++) {
        const name = sums[index] as S;
        if (isOwnHit && TIMES.has(name)) continue;
        if (ofSeries && stretch.series) {
          const start = (places[index] as number) * chunk.series.length;
          cellSums[index]?.addFrom(ofSeries, start + stretch.series[0], start + stretch.series[1]);
        } else {
          const column = rows.column(name);
          if (column !== undefined) cellSums[index]?.addFrom(column, from, to);
        }
      }
      for (let index = 0; index < values.length; index++) {
        const column = isOwnHit && TIMES.has(values[index] as V) ? undefined : valueColumns[index];
        if (column !== undefined) distributions[index]?.add(column, from, to);
      }
    }
  }
  return [...cells.values()].flatMap((ofPeriod) => [...ofPeriod.values()].map(({ cell }) => cell));
}

/** A cell with what is added to. */
interface Adding<D extends CallWord, S extends CallNumber, V extends CallNumber> {
  readonly cell: Cell<D, S, V>;
  readonly sums: readonly ExactSum[];
  readonly distributions: readonly Distribution[];
  /** Whether a cache of the app has answered them. */
  readonly isOwnHit: boolean;
}

/** `undefined` where none is known. */
function valuesIn(rows: CallRows, name: CallNumber): Float64Array | undefined {
  const column = rows.column(name);
  return column ?? (Number.isNaN(CALL_LAYOUT.unknown(name)) ? undefined : new Float64Array(rows.chunk.rows));
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

function fromNames<N extends string, T>(names: readonly N[], make: (name: N) => T): Record<N, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<N, T>;
}
