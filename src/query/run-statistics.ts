// What runs of prompts, workflows and agents add up to, and which of several ways to ask is better. An unknown figure is null, never 0.

import { type Interval, meanInterval, rateInterval } from '../internal/significance.ts';
import { type CallFilter } from './call-filter.ts';
import { Counts, compareNames } from './counts.ts';
import { type RunTable } from './index/table.ts';
import { percentilesByGroup } from './percentiles.ts';
import { type DetailWords, type RunFigure, Runs } from './runs.ts';
import { type RunGroup, type Verdict, verdictOf } from './verdict.ts';

/** A figure of each run: its mean, and where that lies with a confidence of 95 in 100. */
interface Average {
  /** Runs that tell it. */
  readonly runs: number;
  readonly mean: number | null;
  readonly interval: Interval | null;
}

export interface RunTotals {
  readonly runs: number;
  /** Runs that did what they should: of prompts `success`, of others `completed`. */
  readonly successes: number;
  /** 0 to 1, and where it lies with a confidence of 95 in 100; null without runs. */
  readonly successRate: number | null;
  readonly successInterval: Interval | null;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly errorsByType: Readonly<Record<string, number>>;
  readonly calls: number;
  readonly toolCalls: number;
  readonly cacheHits: number;
  readonly failedCalls: number;
  readonly tokens: { readonly input: number; readonly output: number };
  /** US dollars of the runs whose cost is known in part or in whole; null when there are runs and none tells. */
  readonly costUsd: number | null;
  /** Calls that are missing in the cost, of the runs that tell. */
  readonly unpricedCalls: number;
  /** Runs that are missing in the cost, in part or in whole: with unpriced calls, or without a word of what they cost. */
  readonly unpricedRuns: number;
  readonly retries: number;
  readonly durationMillis: { readonly avg: number | null; readonly p50: number | null; readonly p95: number | null };
  /** By run. The cost is that of the runs all calls of which are priced. */
  readonly perRun: Readonly<Record<'calls' | 'tokens' | 'costUsd' | 'retries' | 'durationMillis', Average>>;
}

export interface FallbackCount {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

interface PromptGroup {
  readonly prompt: string | null;
  readonly version: string | null;
  readonly variant: string | null;
  readonly totals: RunTotals;
}

/** The better of the variants of a prompt, or of its last two versions, against another. */
export interface PromptComparison {
  readonly prompt: string | null;
  /** What they differ in. */
  readonly by: 'variant' | 'version';
  /** Of variants, the version that both are of. */
  readonly version: string | null;
  readonly first: string;
  readonly second: string;
  readonly verdict: Verdict;
}

export interface PromptStatistics {
  readonly totals: RunTotals;
  readonly prompts: readonly PromptGroup[];
  readonly comparisons: readonly PromptComparison[];
}

interface StageCount {
  readonly stage: string;
  /** Runs it was part of, and runs that left it out. */
  readonly runs: number;
  readonly skipped: number;
}

interface WorkflowGroup {
  readonly workflow: string | null;
  readonly totals: RunTotals;
  readonly stages: readonly StageCount[];
  readonly fallbacks: readonly FallbackCount[];
}

interface AgentGroup {
  readonly agent: string | null;
  readonly totals: RunTotals;
}

export interface WorkflowStatistics {
  readonly totals: RunTotals;
  readonly workflows: readonly WorkflowGroup[];
}

export interface AgentStatistics {
  readonly totals: RunTotals;
  readonly agents: readonly AgentGroup[];
}

/** @param table runs of prompts. */
export function promptStatistics(table: RunTable, filter: CallFilter): PromptStatistics {
  const runs = Runs.matching(table, filter);
  const groups = runs.groupBy(({ name, version, variant }) => JSON.stringify([name, version, variant]));
  const { totals, ofGroups } = totalsWithGroups(runs, groups);
  return {
    totals,
    prompts: ofGroups.map((ofGroup, index): PromptGroup => {
      const { name, version, variant } = (groups[index] as Runs).first;
      return { prompt: name, version, variant, totals: ofGroup };
    }),
    comparisons: comparisonsOf(runs),
  };
}

/** As in {@link promptStatistics}, and nothing else. @param table runs of prompts. */
export function promptComparisons(table: RunTable, filter: CallFilter): PromptComparison[] {
  return comparisonsOf(Runs.matching(table, filter));
}

function comparisonsOf(runs: Runs): PromptComparison[] {
  return runs.groupBy(({ name }) => name).flatMap(comparePrompt);
}

/** @param table runs of workflows. */
export function workflowStatistics(table: RunTable, filter: CallFilter): WorkflowStatistics {
  const runs = Runs.matching(table, filter);
  const groups = runs.groupBy(({ name }) => name);
  const { totals, ofGroups } = totalsWithGroups(runs, groups);
  return {
    totals,
    workflows: ofGroups.map((ofGroup, index) => {
      const group = groups[index] as Runs;
      return { workflow: group.first.name, totals: ofGroup, stages: stagesOf(group), fallbacks: fallbacksOf([group]) };
    }),
  };
}

/** @param table runs of agents. */
export function agentStatistics(table: RunTable, filter: CallFilter): AgentStatistics {
  const runs = Runs.matching(table, filter);
  const groups = runs.groupBy(({ name }) => name);
  const { totals, ofGroups } = totalsWithGroups(runs, groups);
  return {
    totals,
    agents: ofGroups.map((ofGroup, index) => ({ agent: (groups[index] as Runs).first.name, totals: ofGroup })),
  };
}

/** Most frequent first. */
export function fallbacksOf(runs: readonly Runs[]): FallbackCount[] {
  const pairs = new Counts();
  for (const { counts } of runs) {
    for (const [{ fallbacks }, count] of counts) {
      for (const { from, to } of fallbacks) pairs.add(JSON.stringify([from, to]), count);
    }
  }
  return pairs.entries().map(([pair, count]) => {
    const [from, to] = JSON.parse(pair) as [string, string];
    return { from, to, count };
  });
}

/** @param groups of which each run is in one. */
export function totalsWithGroups(
  runs: Runs,
  groups: readonly Runs[],
): { readonly totals: RunTotals; readonly ofGroups: readonly RunTotals[] } {
  const durations = new Map(runs.parts.map((part) => [part, part.values('duration')]));
  const [[ofAll = []] = [], percentiles = []] = percentilesByGroup(
    [[runs], groups].map((sets) => sets.map(({ parts }) => parts.flatMap((part) => durations.get(part) ?? []))),
    [50, 95],
  );
  return {
    totals: totalsOf(runs, ofAll),
    ofGroups: groups.map((group, index) => totalsOf(group, percentiles[index] ?? [])),
  };
}

function totalsOf(runs: Runs, [p50 = null, p95 = null]: readonly (number | null)[]): RunTotals {
  const sum = (figure: RunFigure): number => runs.moments(figure).sum.value();
  const successes = successesOf(runs);
  const duration = averageOf(runs, 'duration');
  const costUsd = averageOf(runs, 'wholeCostUsd');
  return {
    runs: runs.size,
    successes,
    successRate: runs.size === 0 ? null : successes / runs.size,
    successInterval: rateInterval({ successes, count: runs.size }),
    outcomes: countBy(runs, outcomeOf),
    errorsByType: countBy(runs, ({ errorType }) => errorType),
    calls: sum('calls'),
    toolCalls: sum('toolCalls'),
    cacheHits: sum('cacheHits'),
    failedCalls: sum('errors'),
    tokens: { input: sum('inputTokens'), output: sum('outputTokens') },
    costUsd: runs.size > 0 && runs.moments('costUsd').count === 0 ? null : sum('costUsd'),
    unpricedCalls: sum('unpricedCalls'),
    unpricedRuns: runs.size - costUsd.runs,
    retries: sum('retries'),
    durationMillis: { avg: duration.mean, p50, p95 },
    perRun: {
      calls: averageOf(runs, 'calls'),
      tokens: averageOf(runs, 'tokens'),
      costUsd,
      retries: averageOf(runs, 'retries'),
      durationMillis: duration,
    },
  };
}

/** Runs as one side of a comparison. */
function runGroup(name: string, runs: Runs): RunGroup {
  return {
    name,
    success: { successes: successesOf(runs), count: runs.size },
    retries: runs.moments('retries').sample(),
    tokens: runs.moments('tokens').sample(),
    costUsd: runs.moments('wholeCostUsd').sample(),
    durationMillis: runs.moments('duration').sample(),
  };
}

/** Variants are compared within a version, for a new version may change all of them, and the last two versions with each other. */
function comparePrompt(runs: Runs): PromptComparison[] {
  const versions = runs.groupBy(({ version }) => version);
  const { name: prompt } = runs.first;
  const byVariant = versions.flatMap((ofVersion) => {
    const { version } = ofVersion.first;
    const variants = ofVersion.groupBy(({ variant }) => variant);
    const sides = variants.map((group) => runGroup(group.first.variant ?? '(none)', group));
    return compareAll(sides, { prompt, by: 'variant', version });
  });
  const lastTwo = versions.toSorted((a, b) => lastOf(a) - lastOf(b)).slice(-2);
  const sides = lastTwo.map((group) => runGroup(`version ${group.first.version ?? '(none)'}`, group));
  return [...byVariant, ...compareAll(sides, { prompt, by: 'version', version: null })];
}

/** The one that succeeds most often against each of the others. Which one is best is found in the same runs, so all pairs count. */
function compareAll(
  groups: readonly RunGroup[],
  { prompt, by, version }: Pick<PromptComparison, 'prompt' | 'by' | 'version'>,
): PromptComparison[] {
  const rate = ({ success }: RunGroup): number => success.successes / success.count;
  const [best, ...others] = groups.toSorted((a, b) => rate(b) - rate(a) || b.success.count - a.success.count);
  if (best === undefined) return [];
  const pairs = (groups.length * (groups.length - 1)) / 2;
  return others.map((other) => {
    const verdict = verdictOf(best, other, pairs);
    return { prompt, by, version, first: best.name, second: other.name, verdict };
  });
}

/** In the order in which they mostly come; those that were only left out come last. */
function stagesOf(runs: Runs): StageCount[] {
  const counts = new Map<string, { runs: number; skipped: number; places: number }>();
  const countOf = (stage: string): { runs: number; skipped: number; places: number } => {
    let count = counts.get(stage);
    if (count === undefined) counts.set(stage, (count = { runs: 0, skipped: 0, places: 0 }));
    return count;
  };
  for (const [{ stages, skippedStages }, count] of runs.counts) {
    for (const [place, stage] of stages.entries()) {
      const ofStage = countOf(stage);
      ofStage.runs += count;
      ofStage.places += count * place;
    }
    for (const stage of skippedStages) countOf(stage).skipped += count;
  }
  return [...counts]
    .map(([stage, { runs: some, skipped, places }]) => ({
      count: { stage, runs: some, skipped },
      place: some === 0 ? Number.MAX_VALUE : places / some,
    }))
    .sort((a, b) => a.place - b.place || compareNames(a.count.stage, b.count.stage))
    .map(({ count }) => count);
}

function successesOf(runs: Runs): number {
  return runs.counts.reduce((sum, [words, count]) => sum + (isSuccess(words) ? count : 0), 0);
}

function isSuccess({ outcome, promptOutcome }: DetailWords): boolean {
  return promptOutcome === null ? outcome === 'completed' : promptOutcome === 'success';
}

function outcomeOf({ outcome, promptOutcome }: DetailWords): string {
  return promptOutcome ?? outcome;
}

function averageOf(runs: Runs, figure: RunFigure): Average {
  const sample = runs.moments(figure).sample();
  return { runs: sample.count, mean: sample.count === 0 ? null : sample.mean, interval: meanInterval(sample) };
}

function lastOf(runs: Runs): number {
  return runs.moments('time').most;
}

/** Most frequent first. */
function countBy(runs: Runs, nameOf: (words: DetailWords) => string | null): Record<string, number> {
  const counts = new Counts();
  for (const [words, count] of runs.counts) {
    const name = nameOf(words);
    if (name !== null) counts.add(name, count);
  }
  return counts.record();
}
