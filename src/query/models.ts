// Models beside each other: calls, errors and cost as in the statistics, and how often work fell back from one to another.
import { type CallFilter } from './call-filter.ts';
import { Counts } from './counts.ts';
import { type CallTable, type RunTable } from './index/table.ts';
import { type FallbackCount, fallbacksOf } from './run-statistics.ts';
import { Runs } from './runs.ts';
import { statisticsOf, type Totals, totalsOfEach } from './statistics.ts';

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

/** @param runs of all kinds that note fallbacks. */
export function modelStatistics(calls: CallTable, runs: readonly RunTable[], filter: CallFilter): ModelStatistics {
  const pairs = fallbacksOf(runs.map((table) => Runs.matching(table, filter)));
  const groups = statisticsOf(calls, filter, { by: ['model'] }).by.model ?? [];
  const [fallbacksFrom, fallbacksTo] = [new Counts(), new Counts()];
  for (const { from, to, count } of pairs) {
    fallbacksFrom.add(from, count);
    fallbacksTo.add(to, count);
  }
  const models = new Set([...groups.map(({ key }) => key), ...pairs.flatMap(({ from, to }) => [from, to])]);
  const [none] = totalsOfEach([[]]) as [Totals];
  const byKey = new Map(groups.map(({ key, totals }) => [key, totals]));
  return {
    models: [...models].map((model) => ({
      model,
      totals: byKey.get(model) ?? none,
      fallbacksFrom: fallbacksFrom.of(model),
      fallbacksTo: fallbacksTo.of(model),
    })),
    fallbacks: pairs,
  };
}
