// What calls add up to: overall and by model, provider, workflow, tier and day. An unknown cost or rate is null, never 0.
import { ERROR_TYPE_OTHER, type Outcome, type UnpricedReason } from '../semconv.ts';
import { type CostPart, hasPromptCache, modelOf } from './call.ts';
import { type CallFilter } from './call-filter.ts';
import { Counts, compareNames } from './counts.ts';
import { type Cell, callsOf, cubeOf, sumOf } from './index/cube.ts';
import { type CallTable } from './index/table.ts';
import { percentilesByGroup } from './percentiles.ts';
import { sumOrNull } from './sum.ts';
import { dayNamer, type Zone } from './time-zone.ts';

export const DIMENSIONS = ['model', 'provider', 'workflow', 'tier', 'day'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** The answer for one set of calls. */
export interface Totals {
  readonly calls: number;
  readonly errors: number;
  /** 0 to 1; null without calls. */
  readonly errorRate: number | null;
  /** `error.type` to number of calls. */
  readonly errorsByType: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Sums of what is known. `cacheRead` and `cacheCreation` are part of `input`, `reasoning` of `output`; `total` is `input` and `output`. */
  readonly tokens: Readonly<Record<'input' | 'output' | 'cacheRead' | 'cacheCreation' | 'reasoning' | 'total', number>>;
  /**
   * US dollars of the priced calls. Null when there are calls to be paid for and not one of them has a known cost; a part is when there are priced
   * calls and not one of them tells it.
   */
  readonly costUsd: ({ readonly total: number } & Readonly<Record<CostPart, number | null>>) | null;
  readonly pricedCalls: number;
  /** Priced calls that do not tell all parts of their cost: they are missing in those of `costUsd`, not in its total. */
  readonly undividedCalls: number;
  /** Calls of unknown cost: they are missing in `costUsd`. */
  readonly unpricedCalls: number;
  readonly unpricedReasons: Readonly<Record<UnpricedReason, number>>;
  /** Model without a known price to its number of calls. */
  readonly unpricedModels: Readonly<Record<string, number>>;
  /** Share of the input tokens read from the provider's cache, 0 to 1, but of embeddings, which have none; null without such tokens. */
  readonly cacheHitRate: number | null;
  /** Calls that a cache of the app answered, and no provider. Another thing than `cacheHitRate`. */
  readonly ownCacheHits: number;
  /** Their share of the calls, 0 to 1; null without calls. */
  readonly ownCacheHitRate: number | null;
  /** Of all calls, failed ones too, but hits of the app's own caches, from request to end. Percentiles by nearest rank. */
  readonly latencyMillis: Readonly<Record<'avg' | 'p50' | 'p95' | 'p99', number | null>>;
  /** Of the streams. */
  readonly timeToFirstChunkMillis: Readonly<Record<'p50' | 'p95', number | null>>;
}

/** One row of a breakdown. */
export interface Group {
  /** The value of the dimension, null where calls have none. */
  readonly key: string | null;
  readonly totals: Totals;
}

export interface Statistics {
  readonly totals: Totals;
  readonly by: Readonly<Partial<Record<Dimension, readonly Group[]>>>;
}

export interface StatisticsOptions {
  readonly by?: readonly Dimension[];
  /** Days are those of this time zone. */
  readonly zone?: Zone;
}

const WORDS = [
  'requestModel',
  'responseModel',
  'provider',
  'workflow',
  'tier',
  'outcome',
  'errorType',
  'price',
  'untoldCost',
  'cacheType',
  'operation',
] as const;
const TOKENS = ['input', 'output', 'cacheRead', 'cacheCreation', 'reasoning'] as const;
const SUMS = [...TOKENS, 'duration', 'cost', 'costInput', 'costCacheRead', 'costCacheWrite', 'costOutput'] as const;
const VALUES = ['duration', 'firstChunk'] as const;
const PERCENTS = [50, 95, 99];
/** What totals are made of. */
export const OF_TOTALS = { dimensions: WORDS, sums: SUMS, values: VALUES } as const;
type StatisticsCell = Cell<(typeof WORDS)[number], (typeof SUMS)[number], (typeof VALUES)[number]>;

/** Groups with the most calls first; days in their order. */
export function statisticsOf(
  calls: CallTable,
  filter: CallFilter,
  { by = DIMENSIONS, zone = 'local' }: StatisticsOptions = {},
): Statistics {
  const period = by.includes('day') ? dayNamer(zone) : undefined;
  const cells = cubeOf(calls, filter, { ...OF_TOTALS, period });
  const breakdowns = by.map((dimension) => [...Map.groupBy(cells, (cell) => keyOf(cell, dimension))]);
  const [[totals] = [], ...rows] = totalsOfGroups([
    [cells],
    ...breakdowns.map((groups) => groups.map(([, group]) => group)),
  ]);
  const groups = by.map((dimension, index) => [
    dimension,
    breakdowns[index]
      ?.map(([key], number): Group => ({ key, totals: rows[index]?.[number] as Totals }))
      .sort(dimension === 'day' ? byKey : (a, b) => b.totals.calls - a.totals.calls || byKey(a, b)),
  ]);
  return { totals: totals as Totals, by: Object.fromEntries(groups) as Statistics['by'] };
}

/** Those of each of several sets of calls. */
export function totalsOfEach(sets: readonly (readonly StatisticsCell[])[]): Totals[] {
  return totalsOfGroups([sets])[0] as Totals[];
}

type Percentiles = Readonly<Record<(typeof VALUES)[number], readonly (number | null)[]>>;

/** Those of all groups of all breakdowns at once. */
function totalsOfGroups(breakdowns: readonly (readonly (readonly StatisticsCell[])[])[]): Totals[][] {
  const [durations, firstChunks] = VALUES.map((name) =>
    percentilesByGroup(
      breakdowns.map((groups) => groups.map((cells) => cells.map(({ values }) => values[name]))),
      PERCENTS,
    ),
  );
  return breakdowns.map((groups, index) =>
    groups.map((cells, group) =>
      totalsOf(cells, { duration: durations?.[index]?.[group] ?? [], firstChunk: firstChunks?.[index]?.[group] ?? [] }),
    ),
  );
}

function keyOf({ words, period }: StatisticsCell, dimension: Dimension): string | null {
  if (dimension === 'day') return period;
  return dimension === 'model' ? modelOf(words) : words[dimension];
}

function totalsOf(cells: readonly StatisticsCell[], { duration, firstChunk }: Percentiles): Totals {
  const total = (name: (typeof SUMS)[number]): number => sumOf(cells, name);
  const count = (matches: (cell: StatisticsCell) => boolean): number => callsOf(cells, matches);
  const calls = count(() => true);
  const outcome = (name: Outcome): number => count(({ words }) => words.outcome === name);
  const errors = outcome('error');
  const unpricedReasons = {
    unknown_price: count(({ words }) => words.price === 'unknown_price'),
    unknown_usage: count(({ words }) => words.price === 'unknown_usage'),
  };
  const [input, output, cacheRead] = [total('input'), total('output'), total('cacheRead')];
  const cacheable = cells.filter(({ words }) => hasPromptCache(words.operation));
  const [costUsd, pricedCalls] = [costOf(cells), pricedCallsOf(cells)];
  const part = (name: CostPart, column: (typeof SUMS)[number]): number | null => {
    const untold = count(({ words }) => words.untoldCost?.includes(name) ?? false);
    return sumOrNull(total(column), pricedCalls - untold, untold);
  };
  const ownCacheHits = count(({ words }) => words.cacheType !== null);
  const timed = cells.reduce((sum, { values }) => sum + values.duration.size, 0);
  const [p50 = null, p95 = null, p99 = null] = duration;
  const [firstP50 = null, firstP95 = null] = firstChunk;
  return {
    calls,
    errors,
    errorRate: ratio(errors, calls),
    errorsByType: countBy(
      cells.filter(({ words }) => words.outcome === 'error'),
      ({ words }) => words.errorType,
    ),
    outcomes: {
      completed: outcome('completed'),
      cancelled: outcome('cancelled'),
      abandoned: outcome('abandoned'),
      error: errors,
    },
    tokens: {
      input,
      output,
      cacheRead,
      cacheCreation: total('cacheCreation'),
      reasoning: total('reasoning'),
      total: input + output,
    },
    costUsd:
      costUsd === null
        ? null
        : {
            total: costUsd,
            input: part('input', 'costInput'),
            cacheRead: part('cacheRead', 'costCacheRead'),
            cacheWrite: part('cacheWrite', 'costCacheWrite'),
            output: part('output', 'costOutput'),
          },
    pricedCalls,
    undividedCalls: count(({ words }) => words.untoldCost !== null),
    unpricedCalls: unpricedCallsOf(cells),
    unpricedReasons,
    unpricedModels: countBy(
      cells.filter(({ words }) => words.price === 'unknown_price'),
      ({ words }) => modelOf(words),
    ),
    cacheHitRate: ratio(sumOf(cacheable, 'cacheRead'), sumOf(cacheable, 'input')),
    ownCacheHits,
    ownCacheHitRate: ratio(ownCacheHits, calls),
    latencyMillis: { avg: ratio(total('duration'), timed), p50, p95, p99 },
    timeToFirstChunkMillis: { p50: firstP50, p95: firstP95 },
  };
}

type Priced = Pick<Cell<'price', 'cost', never>, 'words' | 'calls' | 'sums'>;

/** Sum of the costs, in US dollars; null when there are calls to pay for and not one has a known cost. */
export function costOf(cells: readonly Priced[]): number | null {
  return sumOrNull(sumOf(cells, 'cost'), pricedCallsOf(cells), unpricedCallsOf(cells));
}

function pricedCallsOf(cells: readonly Pick<Priced, 'words' | 'calls'>[]): number {
  return callsOf(cells, ({ words }) => words.price === 'known');
}

/** Calls that are missing in {@link costOf} them. */
export function unpricedCallsOf(cells: readonly Pick<Priced, 'words' | 'calls'>[]): number {
  return callsOf(cells, ({ words }) => words.price !== null && words.price !== 'known');
}

/** Number of calls by `nameOf`, most frequent first. */
function countBy(
  cells: readonly StatisticsCell[],
  nameOf: (cell: StatisticsCell) => string | null,
): Record<string, number> {
  const counts = new Counts();
  for (const cell of cells) counts.add(nameOf(cell) ?? ERROR_TYPE_OTHER, cell.calls);
  return counts.record();
}

function byKey(a: Group, b: Group): number {
  return compareNames(a.key, b.key);
}

export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
