// Two sets of calls beside each other: two periods, models, versions or variants. Each figure, what changed, and whether it is more than chance.
import { compareMeans, compareRates, type Difference, type Rate, type Sample } from '../internal/significance.ts';
import { type CallFilter } from './call-filter.ts';
import { type Distribution } from './distribution.ts';
import { cubeOf } from './index/cube.ts';
import { type CallTable } from './index/table.ts';
import { Moments } from './moments.ts';
import { type PromptComparison } from './run-statistics.ts';
import { OF_TOTALS, type Totals, totalsOfEach } from './statistics.ts';

interface ComparedFigure {
  /** Null when unknown. */
  readonly first: number | null;
  readonly second: number | null;
  /** Second less first; null when one of them is. */
  readonly change: number | null;
  /** Of the first, 0.1 for a tenth more; null when there is no first or it is 0. */
  readonly relativeChange: number | null;
  /** Whether it is more than chance: null where no test applies (sums) or there is too little to test. */
  readonly isSignificant: boolean | null;
  /** The interval that the change lies in with a confidence of 95 in 100. */
  readonly difference: Difference | null;
}

export interface Comparison {
  readonly first: Totals;
  readonly second: Totals;
  readonly figures: {
    readonly calls: ComparedFigure;
    readonly costUsd: ComparedFigure;
    /** Missing in the costs. */
    readonly unpricedCalls: ComparedFigure;
    readonly errorRate: ComparedFigure;
    /** Of the input tokens. */
    readonly cacheHitRate: ComparedFigure;
    /** A call, of the priced ones. */
    readonly costUsdPerCall: ComparedFigure;
    readonly inputTokensPerCall: ComparedFigure;
    readonly outputTokensPerCall: ComparedFigure;
    readonly latencyMillis: ComparedFigure;
  };
  /** Of two versions or variants of prompts: which of their runs are better, as in `prompts()`. Else none. */
  readonly runs: readonly PromptComparison[];
  /** Of two versions or variants: what the figures take together, and why nothing is said of the runs. */
  readonly notes: readonly string[];
}

interface Side {
  readonly totals: Totals;
  readonly errors: Rate;
  readonly cost: Sample;
  readonly input: Sample;
  readonly output: Sample;
  readonly duration: Sample;
}

type SideCell = ReturnType<
  typeof cubeOf<(typeof OF_SIDES)['dimensions'][number], never, (typeof OF_SIDES)['values'][number]>
>[number];

const OF_SIDES = {
  dimensions: [...OF_TOTALS.dimensions, 'hasUsage'],
  sums: OF_TOTALS.sums,
  values: [...OF_TOTALS.values, 'cost', 'input', 'output'],
} as const;

export function comparisonOf(
  calls: CallTable,
  first: CallFilter,
  second: CallFilter,
): Omit<Comparison, 'runs' | 'notes'> {
  const cells = [first, second].map((filter) => cubeOf(calls, filter, OF_SIDES));
  const [a, b] = totalsOfEach(cells).map((totals, side) => sideOf(totals, cells[side] ?? [])) as [Side, Side];
  const means = (name: 'cost' | 'input' | 'output' | 'duration'): ComparedFigure =>
    figureOf(meanOf(a[name]), meanOf(b[name]), compareMeans(a[name], b[name]));
  return {
    first: a.totals,
    second: b.totals,
    figures: {
      calls: figureOf(a.totals.calls, b.totals.calls),
      costUsd: figureOf(a.totals.costUsd?.total ?? null, b.totals.costUsd?.total ?? null),
      unpricedCalls: figureOf(a.totals.unpricedCalls, b.totals.unpricedCalls),
      errorRate: figureOf(a.totals.errorRate, b.totals.errorRate, compareRates(a.errors, b.errors)),
      cacheHitRate: figureOf(a.totals.cacheHitRate, b.totals.cacheHitRate),
      costUsdPerCall: means('cost'),
      inputTokensPerCall: means('input'),
      outputTokensPerCall: means('output'),
      latencyMillis: means('duration'),
    },
  };
}

function figureOf(first: number | null, second: number | null, difference: Difference | null = null): ComparedFigure {
  const change = first === null || second === null ? null : second - first;
  return {
    first,
    second,
    change,
    relativeChange: change === null || !first ? null : change / first,
    isSignificant: difference?.isSignificant ?? null,
    difference,
  };
}

function sideOf(totals: Totals, cells: readonly SideCell[]): Side {
  const withUsage = cells.filter(({ words }) => words.hasUsage !== null);
  return {
    totals,
    errors: { successes: totals.errors, count: totals.calls },
    cost: sampleOf(cells.filter(({ words }) => words.price === 'known').map(({ values }) => values.cost)),
    input: sampleOf(withUsage.map(({ values }) => values.input)),
    output: sampleOf(withUsage.map(({ values }) => values.output)),
    duration: sampleOf(cells.map(({ values }) => values.duration)),
  };
}

function sampleOf(parts: readonly Distribution[]): Sample {
  return Moments.together(parts.map((part) => Moments.of(part))).sample();
}

function meanOf({ count, mean }: Sample): number | null {
  return count === 0 ? null : mean;
}
