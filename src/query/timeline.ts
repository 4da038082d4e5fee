// Calls by day or hour, without gaps: a day of no calls is a point of nothing, not a missing one.
import { type CallFilter } from './call-filter.ts';
import { type Cell, callsOf, cubeOf, sumOf } from './index/cube.ts';
import { type CallTable } from './index/table.ts';
import { percentilesByGroup } from './percentiles.ts';
import { costOf, unpricedCallsOf } from './statistics.ts';
import { byTime, dayNamer, hourNamer, type Zone } from './time-zone.ts';

export const TIMELINE_PERIODS = ['day', 'hour'] as const;
export type TimelinePeriod = (typeof TIMELINE_PERIODS)[number];

export interface TimelinePoint {
  /** `2026-11-23`, or `2026-11-23T14:00`; `2026-10-25T02:00+02:00` where an hour comes twice because clocks are set back. */
  readonly period: string;
  readonly calls: number;
  readonly errors: number;
  readonly tokens: { readonly input: number; readonly output: number };
  /** US dollars of the priced calls; null when there are calls to pay for and none is priced. */
  readonly costUsd: number | null;
  readonly unpricedCalls: number;
  readonly latencyMillis: { readonly p50: number | null; readonly p95: number | null };
}

export interface Timeline {
  readonly by: TimelinePeriod;
  readonly points: readonly TimelinePoint[];
}

const HOUR_MILLIS = 3_600_000;
/** Steps: half hours of eleven years. */
const MAX_FILLED = 200_000;
const WORDS = ['outcome', 'price'] as const;
const SUMS = ['input', 'output', 'cost'] as const;
const VALUES = ['duration'] as const;
type TimelineCell = Cell<(typeof WORDS)[number], (typeof SUMS)[number], (typeof VALUES)[number]>;

export function timelineOf(calls: CallTable, filter: CallFilter, by: TimelinePeriod, zone: Zone): Timeline {
  const period = by === 'day' ? dayNamer(zone) : hourNamer(zone);
  const cells = cubeOf(calls, filter, { dimensions: WORDS, sums: SUMS, values: VALUES, period });
  const byPeriod = Map.groupBy(cells, (cell) => cell.period);
  const names = periodsOf(cells, by, period);
  const groups = names.map((name) => byPeriod.get(name) ?? []);
  const [percentiles = []] = percentilesByGroup(
    [groups.map((group) => group.map(({ values }) => values.duration))],
    [50, 95],
  );
  return {
    by,
    points: names.map((name, number) => pointOf(name, groups[number] ?? [], percentiles[number] ?? [])),
  };
}

/** The names of all periods from the first to the last, in their order. */
function periodsOf(cells: readonly TimelineCell[], by: TimelinePeriod, nameOf: (millis: number) => string): string[] {
  const names = new Set(cells.map(({ period }) => period));
  const first = cells.reduce((least, { millis }) => Math.min(least, millis), Infinity);
  const last = cells.reduce((most, { millis }) => Math.max(most, millis), -Infinity);
  // A day of the shortest has 23 hours, an hour where clocks go on by half of one has two quarters.
  const step = by === 'day' ? 12 * HOUR_MILLIS : HOUR_MILLIS / 2;
  // Nobody reads so many: they come of a clock that was wrong, and its calls stand alone.
  if ((last - first) / step <= MAX_FILLED) for (let at = first; at < last; at += step) names.add(nameOf(at));
  return [...names].sort(byTime);
}

function pointOf(
  period: string,
  cells: readonly TimelineCell[],
  [p50 = null, p95 = null]: readonly (number | null)[],
): TimelinePoint {
  return {
    period,
    calls: callsOf(cells),
    errors: callsOf(cells, ({ words }) => words.outcome === 'error'),
    tokens: { input: sumOf(cells, 'input'), output: sumOf(cells, 'output') },
    costUsd: costOf(cells),
    unpricedCalls: unpricedCallsOf(cells),
    latencyMillis: { p50, p95 },
  };
}
