// Models beside each other: calls, errors and cost as in the statistics, and how often work fell back from one to another.
import { type CallFilter } from './call-filter.ts';
import { type Chunk } from './index/chunk.ts';
import { type Run } from './run.ts';
import { type FallbackCount, fallbacksOf } from './run-statistics.ts';
import { statisticsOf, type Totals } from './statistics.ts';

interface ModelGroup {
  /** As asked for; null where a call does not say. */
  readonly model: string | null;
  readonly totals: Totals;
  /** Times that a run left this model for another, and came to it from another. */
  readonly fallbacksFrom: number;
  readonly fallbacksTo: number;
}

export interface ModelStatistics {
  readonly models: readonly ModelGroup[];
  /** Most frequent first. */
  readonly fallbacks: readonly FallbackCount[];
}

/** @param runs all that note fallbacks. */
export function modelStatistics(chunks: readonly Chunk[], filter: CallFilter, runs: readonly Run[]): ModelStatistics {
  const pairs = runs.flatMap(({ fallbacks }) => fallbacks);
  const groups = statisticsOf(chunks, filter, { by: ['model'] }).by.model ?? [];
  const models = new Set([...groups.map(({ key }) => key), ...pairs.flatMap(({ from, to }) => [from, to])]);
  const byKey = new Map(groups.map(({ key, totals }) => [key, totals]));
  return {
    models: [...models].map((model) => ({
      model,
      totals: byKey.get(model) ?? statisticsOf([], filter, { by: [] }).totals,
      fallbacksFrom: pairs.filter(({ from }) => from === model).length,
      fallbacksTo: pairs.filter(({ to }) => to === model).length,
    })),
    fallbacks: fallbacksOf(runs),
  };
}
