// What runs of prompts, workflows and agents add up to, and which of several ways to ask is better. An unknown figure is null, never 0.

import { CONFIDENCE, type Interval, meanInterval, rateInterval, type Sample } from '../internal/significance.ts';
import type { Run } from './run.ts';
import { ExactSum } from './sum.ts';
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
  /** Calls that are missing in the cost. */
  readonly unpricedCalls: number;
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
interface PromptComparison {
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

/** @param runs of prompts. */
export function promptStatistics(runs: readonly Run[]): PromptStatistics {
  const groups = groupBy(runs, ({ name, version, variant }) => JSON.stringify([name, version, variant]));
  const prompts = groups.map((group): PromptGroup => {
    const { name, version, variant } = group[0] as Run;
    return { prompt: name, version, variant, totals: totalsOf(group) };
  });
  return {
    totals: totalsOf(runs),
    prompts,
    comparisons: groupBy(runs, ({ name }) => name).flatMap(comparePrompt),
  };
}

/** @param runs of workflows. */
export function workflowStatistics(runs: readonly Run[]): WorkflowStatistics {
  const workflows = groupBy(runs, ({ name }) => name).map((group) => ({
    workflow: (group[0] as Run).name,
    totals: totalsOf(group),
    stages: stagesOf(group),
    fallbacks: fallbacksOf(group),
  }));
  return { totals: totalsOf(runs), workflows };
}

/** @param runs of agents. */
export function agentStatistics(runs: readonly Run[]): AgentStatistics {
  const agents = groupBy(runs, ({ name }) => name).map((group) => ({
    agent: (group[0] as Run).name,
    totals: totalsOf(group),
  }));
  return { totals: totalsOf(runs), agents };
}

/** Most frequent first. */
export function fallbacksOf(runs: readonly Run[]): FallbackCount[] {
  const pairs = runs.flatMap(({ fallbacks }) => fallbacks);
  return groupBy(pairs, ({ from, to }) => JSON.stringify([from, to])).map((group) => {
    const { from, to } = group[0] as Run['fallbacks'][number];
    return { from, to, count: group.length };
  });
}

export function totalsOf(runs: readonly Run[]): RunTotals {
  const sum = (valueOf: (run: Run) => number | null): number => {
    const total = new ExactSum();
    for (const run of runs) total.add(valueOf(run) ?? 0);
    return total.value();
  };
  const successes = runs.filter(isSuccess).length;
  const rate = { successes, count: runs.length };
  const durations = Float64Array.from(runs, ({ durationMillis }) => durationMillis).sort();
  const duration = averageOf(runs, durationOf);
  return {
    runs: runs.length,
    successes,
    successRate: runs.length === 0 ? null : successes / runs.length,
    successInterval: rateInterval(rate),
    outcomes: countBy(runs, outcomeOf),
    errorsByType: countBy(runs, ({ errorType }) => errorType),
    calls: sum(({ calls }) => calls),
    toolCalls: sum(({ toolCalls }) => toolCalls),
    cacheHits: sum(({ cacheHits }) => cacheHits),
    failedCalls: sum(({ errors }) => errors),
    tokens: { input: sum(({ inputTokens }) => inputTokens), output: sum(({ outputTokens }) => outputTokens) },
    costUsd: runs.length > 0 && runs.every(({ costUsd }) => costUsd === null) ? null : sum(({ costUsd }) => costUsd),
    unpricedCalls: sum(({ unpricedCalls }) => unpricedCalls),
    retries: sum(({ retries }) => retries),
    durationMillis: { avg: duration.mean, p50: nearestRank(durations, 50), p95: nearestRank(durations, 95) },
    perRun: {
      calls: averageOf(runs, ({ calls }) => calls),
      tokens: averageOf(runs, tokensOf),
      costUsd: averageOf(runs, costOf),
      retries: averageOf(runs, ({ retries }) => retries),
      durationMillis: duration,
    },
  };
}

/** Runs as one side of a comparison. */
function runGroup(name: string, runs: readonly Run[]): RunGroup {
  return {
    name,
    success: { successes: runs.filter(isSuccess).length, count: runs.length },
    retries: sampleOf(runs, ({ retries }) => retries),
    tokens: sampleOf(runs, tokensOf),
    costUsd: sampleOf(runs, costOf),
    durationMillis: sampleOf(runs, durationOf),
  };
}

/** Variants are compared within a version, for a new version may change all of them. Without variants the last two versions are. */
function comparePrompt(runs: readonly Run[]): PromptComparison[] {
  const versions = groupBy(runs, ({ version }) => version);
  const { name: prompt } = runs[0] as Run;
  const byVariant = versions.flatMap((ofVersion) => {
    const { version } = ofVersion[0] as Run;
    const variants = groupBy(ofVersion, ({ variant }) => variant);
    const sides = variants.map((group) => runGroup((group[0] as Run).variant ?? '(none)', group));
    return compareAll(sides, { prompt, by: 'variant', version });
  });
  if (byVariant.length > 0 || versions.length < 2) return byVariant;
  const lastTwo = versions.toSorted((a, b) => lastOf(a) - lastOf(b)).slice(-2);
  const sides = lastTwo.map((group) => runGroup(`version ${(group[0] as Run).version ?? '(none)'}`, group));
  return compareAll(sides, { prompt, by: 'version', version: null });
}

/** The one that succeeds most often against each of the others, with the more confidence the more of them there are (Bonferroni). */
function compareAll(
  groups: readonly RunGroup[],
  { prompt, by, version }: Pick<PromptComparison, 'prompt' | 'by' | 'version'>,
): PromptComparison[] {
  const rate = ({ success }: RunGroup): number => success.successes / success.count;
  const [best, ...others] = groups.toSorted((a, b) => rate(b) - rate(a) || b.success.count - a.success.count);
  if (best === undefined) return [];
  const confidence = 1 - (1 - CONFIDENCE) / Math.max(1, others.length);
  return others.map((other) => {
    const verdict = verdictOf(best, other, confidence);
    return { prompt, by, version, first: best.name, second: other.name, verdict };
  });
}

function stagesOf(runs: readonly Run[]): StageCount[] {
  const counts = new Map<string, { runs: number; skipped: number }>();
  const countOf = (stage: string): { runs: number; skipped: number } => {
    let count = counts.get(stage);
    if (count === undefined) counts.set(stage, (count = { runs: 0, skipped: 0 }));
    return count;
  };
  for (const { stages, skippedStages } of runs) {
    for (const stage of stages) countOf(stage).runs += 1;
    for (const stage of skippedStages) countOf(stage).skipped += 1;
  }
  return [...counts].map(([stage, { runs: count, skipped }]) => ({ stage, runs: count, skipped }));
}

function isSuccess({ outcome, promptOutcome }: Run): boolean {
  return promptOutcome === null ? outcome === 'completed' : promptOutcome === 'success';
}

function outcomeOf({ outcome, promptOutcome }: Run): string {
  return promptOutcome ?? outcome;
}

function durationOf({ durationMillis }: Run): number {
  return durationMillis;
}

function tokensOf({ inputTokens, outputTokens }: Run): number | null {
  return inputTokens === null || outputTokens === null ? null : inputTokens + outputTokens;
}

/** A cost that lacks calls would make its run look cheap. */
function costOf({ costUsd, unpricedCalls }: Run): number | null {
  return unpricedCalls === 0 ? costUsd : null;
}

function averageOf(runs: readonly Run[], valueOf: (run: Run) => number | null): Average {
  const sample = sampleOf(runs, valueOf);
  return { runs: sample.count, mean: sample.count === 0 ? null : sample.mean, interval: meanInterval(sample) };
}

function sampleOf(runs: readonly Run[], valueOf: (run: Run) => number | null): Sample {
  const values = runs.map(valueOf).filter((value) => value !== null);
  const count = values.length;
  if (count === 0) return { count, mean: 0, variance: 0 };
  const total = new ExactSum();
  for (const value of values) total.add(value);
  const mean = total.value() / count;
  // From the mean, in a second pass: the difference of two large sums would be noise.
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, variance: count < 2 ? 0 : squares / (count - 1) };
}

function nearestRank(sorted: Float64Array, percent: number): number | null {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? null;
}

function lastOf(runs: readonly Run[]): number {
  return runs.reduce((last, { timeMillis }) => Math.max(last, timeMillis), -Infinity);
}

function countBy(runs: readonly Run[], nameOf: (run: Run) => string | null): Record<string, number> {
  const groups = groupBy(
    runs.filter((run) => nameOf(run) !== null),
    nameOf,
  );
  return Object.fromEntries(groups.map((group) => [nameOf(group[0] as Run), group.length]));
}

/** Largest first; those alike in the order in which they were met. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | null): T[][] {
  const groups = new Map<string | null, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}
