// What the questions are judged by: the same asked in the plainest way there is, of calls and runs as objects, one by one. Must use no code of theirs.
import { expect } from 'chai';
import { type Sample } from '../../src/internal/significance.ts';
import { type Call } from '../../src/query/call.ts';
import { type Question } from '../../src/query/question.ts';
import { type Run } from '../../src/query/run.ts';
import { type RunTotals } from '../../src/query/run-statistics.ts';
import { type Totals } from '../../src/query/statistics.ts';

/** Whether a question is about a call or a run, but for `where`. Moments are numbers. */
export function isAbout(question: Question, record: Call | Run): boolean {
  const { since = -Infinity, until = Infinity, onlyErrors = false } = question;
  const isRun = 'kind' in record;
  const named: readonly (readonly [wanted: Question['model'], has: readonly (string | null)[]])[] = [
    [question.workflow, [record.workflow]],
    [question.agent, [record.agent]],
    [question.prompt, [record.prompt]],
    // A run is of all models and providers that were asked in it.
    [question.model, isRun ? record.models : [record.requestModel, record.responseModel]],
    [question.provider, isRun ? record.providers : [record.provider]],
    [question.promptVersion, [isRun ? record.version : record.promptVersion]],
    [question.promptVariant, [isRun ? record.variant : record.promptVariant]],
  ];
  return (
    record.timeMillis >= Number(since) &&
    record.timeMillis < Number(until) &&
    (!onlyErrors || record.outcome === 'error') &&
    named.every(([wanted, has]) => wanted === undefined || [wanted].flat().some((name) => has.includes(name)))
  );
}

export function sumOf<T>(items: readonly T[], valueOf: (item: T) => number | null): number {
  return items.reduce((all, item) => all + (valueOf(item) ?? 0), 0);
}

export function sampleOf(values: readonly number[]): Sample {
  const count = values.length;
  const mean = count === 0 ? 0 : sumOf(values, (value) => value) / count;
  return { count, mean, variance: count < 2 ? 0 : sumOf(values, (value) => (value - mean) ** 2) / (count - 1) };
}

function countBy(words: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, some]) => [word, some.length]));
}

/** By nearest rank. */
export function rankOf(values: readonly number[], percent: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? null;
}

export function expectNear(actual: number | null | undefined, expected: number | null, what: string): void {
  if (expected === null) expect(actual, what).to.equal(null);
  else expect(actual, what).to.be.closeTo(expected, 1e-9 * Math.max(1, Math.abs(expected)));
}

export function isUnpriced(call: Call): boolean {
  const { costUsd, tokens, errorType } = call;
  // A call that failed before it used anything was not to be paid for.
  return costUsd === null && (tokens.input !== null || tokens.output !== null || errorType === null);
}

export function costOf(calls: readonly Call[]): number | null {
  const priced = calls.filter(({ costUsd }) => costUsd !== null);
  return priced.length === 0 && calls.some(isUnpriced) ? null : sumOf(priced, ({ costUsd }) => costUsd?.total ?? 0);
}

export function expectTotals(totals: Totals, calls: readonly Call[], what: string): void {
  const timed = calls.filter(({ cacheHit }) => !cacheHit);
  const durations = timed.map(({ durationMillis }) => durationMillis);
  const priced = calls.flatMap(({ costUsd }) => costUsd ?? []);
  expect(
    [totals.calls, totals.errors, totals.pricedCalls, totals.unpricedCalls, totals.undividedCalls],
    `${what}: calls`,
  ).to.deep.equal([
    calls.length,
    calls.filter(({ outcome }) => outcome === 'error').length,
    priced.length,
    calls.filter(isUnpriced).length,
    priced.filter((cost) => Object.values(cost).includes(null)).length,
  ]);
  const failed = calls.filter(({ outcome }) => outcome === 'error');
  expect(totals.errorsByType, `${what}: types of errors`).to.deep.equal(
    countBy(failed.map(({ errorType }) => errorType ?? '_OTHER')),
  );
  const { completed = 0, cancelled = 0, abandoned = 0, error = 0 } = countBy(calls.map(({ outcome }) => outcome));
  expect(totals.outcomes, `${what}: outcomes`).to.deep.equal({ completed, cancelled, abandoned, error });
  expect(totals.unpricedModels, `${what}: unpriced models`).to.deep.equal(
    countBy(
      calls
        .filter((call) => isUnpriced(call) && (call.tokens.input !== null || call.tokens.output !== null))
        .map(({ requestModel, responseModel }) => requestModel ?? responseModel ?? '_OTHER'),
    ),
  );
  const cacheable = calls.filter(({ operation }) => operation !== 'embeddings');
  const input = sumOf(cacheable, ({ tokens }) => tokens.input);
  expectNear(
    totals.cacheHitRate,
    input === 0 ? null : sumOf(cacheable, ({ tokens }) => tokens.cacheRead) / input,
    `${what}: prompt cache`,
  );
  const hits = calls.filter(({ cacheHit }) => cacheHit).length;
  expect([totals.ownCacheHits, totals.ownCacheHitRate], `${what}: own cache`).to.deep.equal([
    hits,
    calls.length === 0 ? null : hits / calls.length,
  ]);
  expect([totals.tokens.input, totals.tokens.output, totals.tokens.cacheRead], `${what}: tokens`).to.deep.equal([
    sumOf(calls, ({ tokens }) => tokens.input),
    sumOf(calls, ({ tokens }) => tokens.output),
    sumOf(calls, ({ tokens }) => tokens.cacheRead),
  ]);
  expectNear(totals.costUsd?.total ?? null, costOf(calls), `${what}: cost`);
  for (const part of ['input', 'cacheRead'] as const) {
    const told = priced.flatMap((cost) => cost[part] ?? []);
    if (totals.costUsd !== null)
      expectNear(totals.costUsd[part], told.length === 0 && priced.length > 0 ? null : sumOf(told, (usd) => usd), part);
  }
  expectNear(totals.latencyMillis.avg, durations.length === 0 ? null : sampleOf(durations).mean, `${what}: avg`);
  for (const percent of [50, 95, 99] as const)
    expect(totals.latencyMillis[`p${percent}`], `${what}: p${percent}`).to.equal(rankOf(durations, percent));
  const chunks = timed.flatMap(({ timeToFirstChunkMillis }) => timeToFirstChunkMillis ?? []);
  for (const percent of [50, 95] as const)
    expect(totals.timeToFirstChunkMillis[`p${percent}`], `${what}: chunk`).to.equal(rankOf(chunks, percent));
}

export function expectRunTotals(totals: RunTotals, runs: readonly Run[], what: string): void {
  const outcomeOf = ({ promptOutcome, outcome }: Run): string => promptOutcome ?? outcome;
  const whole = runs.filter(({ costUsd, unpricedCalls }) => costUsd !== null && unpricedCalls === 0);
  const durations = runs.map(({ durationMillis }) => durationMillis);
  expect(totals, what).to.deep.include({
    runs: runs.length,
    successes: runs.filter((run) => ['success', 'completed'].includes(outcomeOf(run))).length,
    calls: sumOf(runs, ({ calls }) => calls),
    retries: sumOf(runs, ({ retries }) => retries),
    unpricedRuns: runs.length - whole.length,
    outcomes: Object.fromEntries([...Map.groupBy(runs, outcomeOf)].map(([outcome, some]) => [outcome, some.length])),
  });
  expect(totals.tokens.input, what).to.equal(sumOf(runs, ({ inputTokens }) => inputTokens));
  const told = runs.flatMap(({ costUsd }) => costUsd ?? []);
  expectNear(totals.costUsd, runs.length > 0 && told.length === 0 ? null : sumOf(told, (usd) => usd), `${what}: cost`);
  expectNear(totals.durationMillis.avg, runs.length === 0 ? null : sampleOf(durations).mean, `${what}: duration`);
  expect([totals.durationMillis.p50, totals.durationMillis.p95], what).to.deep.equal([
    rankOf(durations, 50),
    rankOf(durations, 95),
  ]);
  expect(totals.perRun.costUsd.runs, what).to.equal(whole.length);
  expectNear(
    totals.perRun.costUsd.mean,
    whole.length === 0 ? null : sampleOf(whole.map((run) => run.costUsd ?? 0)).mean,
    what,
  );
  const tokens = runs.flatMap(({ inputTokens, outputTokens }) =>
    inputTokens === null || outputTokens === null ? [] : inputTokens + outputTokens,
  );
  expect(totals.perRun.tokens.runs, what).to.equal(tokens.length);
  expectNear(totals.perRun.tokens.mean, tokens.length === 0 ? null : sampleOf(tokens).mean, what);
}
