// What to watch, and at which threshold: from what the calls of the last days came to. A suggestion lies well above (or below) all of it.
import { PRESET_NAMES, type PresetName, presetOf } from '../../alerting/presets.ts';
import type { Statistics } from '../../query/statistics.ts';
import { openJournal } from '../../runtime/open-journal.ts';

export interface Suggestion {
  readonly preset: PresetName;
  readonly threshold: number;
  /** What was seen, in the unit of the preset; null: nothing to go by, the threshold is the preset's own. */
  readonly seen: number | null;
}

const LAST_DAYS = '7d';
/** Days of a month, for a budget of what a day has cost. */
const MONTH = 30;
/** What is worth watching in every app. */
export const RECOMMENDED: readonly PresetName[] = ['daily_cost', 'error_rate', 'p95_latency', 'unpriced_calls'];

/** Of all presets, in their order. @param dir whose journal is looked at. */
export async function suggestThresholds(dir: string): Promise<Suggestion[]> {
  const journal = openJournal({ dir });
  const seen = seenIn(await journal.stats({ since: LAST_DAYS, by: ['day'] }));
  await journal.close();
  return PRESET_NAMES.map((preset) => {
    const { threshold, op, unit } = presetOf(preset);
    const value = seen[preset];
    if (value === undefined || value === null || value === 0) return { preset, threshold, seen: value ?? null };
    const suggested = op.startsWith('<') ? round(value / 2) : round(value * 1.5);
    // A rate is never more than all.
    return { preset, seen: value, threshold: unit === '1' ? Math.min(suggested, 0.9) : suggested };
  });
}

/** The highest day, or all days together; for what has no calls `null`. */
function seenIn({ totals, by }: Statistics): Partial<Record<PresetName, number | null>> {
  if (totals.calls === 0) return {};
  const days = by.day ?? [];
  const costs = days.flatMap(({ totals: { costUsd } }) => (costUsd === null ? [] : costUsd.total));
  const seconds = (millis: number | null): number | null => (millis === null ? null : millis / 1000);
  const average = costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  return {
    daily_cost: costs.length === 0 ? null : Math.max(...costs),
    monthly_budget: average === null ? null : average * MONTH,
    token_usage: Math.max(0, ...days.map((day) => day.totals.tokens.total)),
    error_rate: totals.errorRate,
    avg_latency: seconds(totals.latencyMillis.avg),
    p95_latency: seconds(totals.latencyMillis.p95),
    time_to_first_chunk_p95: seconds(totals.timeToFirstChunkMillis.p95),
    cache_hit_rate: totals.cacheHitRate,
  };
}

/** Two digits that say something. */
function round(value: number): number {
  return Number(value.toPrecision(2));
}
