// The answers of `prompts`, `workflows` and `agents stats` as people read them.

import type { Interval } from '../internal/significance.ts';
import type { AgentStatistics, PromptStatistics, RunTotals, WorkflowStatistics } from '../query/run-statistics.ts';
import { runsInWords } from '../query/verdict.ts';
import {
  formatCost,
  formatCount,
  formatCountOf,
  formatDecimal,
  formatMillis,
  formatPercent,
  formatUsd,
  UNKNOWN,
} from './format.ts';
import { paint } from './output.ts';
import { type Column, numbers, renderTable, unpricedColumn, wrap } from './table.ts';

interface Row {
  readonly totals: RunTotals;
}

export function renderPrompts({ prompts, comparisons }: PromptStatistics, width?: number): string {
  const columns: Column<PromptStatistics['prompts'][number]>[] = [
    { header: 'PROMPT', cell: ({ prompt }) => prompt ?? '(none)', flexible: true },
    { header: 'VERSION', cell: ({ version }) => version ?? UNKNOWN, dropOrder: 1 },
    { header: 'VARIANT', cell: ({ variant }) => variant ?? UNKNOWN, flexible: true },
    ...successColumns(),
    perRun('RETRIES', ({ retries }) => formatMean(retries.mean, formatDecimal), 5),
    perRun('TOKENS', ({ tokens }) => formatMean(tokens.mean, formatCount), 4),
    perRun('COST/RUN', ({ costUsd }) => formatMean(costUsd.mean, formatUsd)),
    ...unpricedColumn(prompts, unpricedRuns),
    ...durationColumns(),
  ];
  return [renderTable(prompts, columns, width), ...renderVerdicts(comparisons, width)].join('\n\n');
}

type Comparison = PromptStatistics['comparisons'][number];

/** Among how many others of which nothing stands out that is said of each: of more it is said once. */
const FEW = 2;
/** Names that are told before others are counted. */
const NAMED = 3;

/** A sentence or two for each, and one for many of which nothing stands out. */
export function renderVerdicts(comparisons: PromptStatistics['comparisons'], width?: number): string[] {
  const ofEach = Map.groupBy(comparisons, ({ prompt, by, version }) => JSON.stringify([prompt, by, version]));
  return [...ofEach.values()].flatMap((ofOne) => {
    const { prompt, by, version } = ofOne[0] as Comparison;
    const of = by === 'version' || version === null ? '' : `, version ${version}`;
    const { alike = [], apart = [] } = Object.groupBy(ofOne, (one) => (isAlike(one) ? 'alike' : 'apart'));
    const sentences =
      alike.length > FEW
        ? [...apart.map(({ verdict }) => verdict.sentence), sentenceOnMany(alike)]
        : ofOne.map(({ verdict }) => verdict.sentence);
    return sentences.map((sentence) => wrap(`${prompt ?? '(none)'}${of}: ${sentence}`, width));
  });
}

function isAlike({ verdict }: Comparison): boolean {
  return Object.values(verdict.figures).every(({ better }) => better === null);
}

/** @param comparisons of one with others, those that succeed more often first. */
function sentenceOnMany(comparisons: readonly Comparison[]): string {
  const { first, verdict } = comparisons[0] as Comparison;
  const others = comparisons.slice(0, NAMED).map(({ second }) => second);
  const more = comparisons.length - others.length;
  const last = more === 0 ? others.pop() : formatCountOf(more, 'other');
  const names = `${others.join(', ')} and ${last}`;
  const rates = comparisons.flatMap(({ verdict: { figures } }) => figures.success.second ?? []);
  const [low, high] = [Math.min(...rates), Math.max(...rates)].map(formatPercent);
  const beside = `${first} succeeds in ${formatPercent(verdict.figures.success.first)}, ${names} in ${low === high ? low : `${low} to ${high}`}`;
  const found = comparisons.every((one) => one.verdict.hasTooFewRuns)
    ? `So few runs cannot tell which succeeds more often: ${beside}.`
    : `Nothing stands out yet: ${beside}.`;
  const soonest = comparisons
    .flatMap(({ second, verdict: { moreRuns } }) => (moreRuns === null ? [] : [{ second, moreRuns }]))
    .toSorted((a, b) => a.moreRuns.first + a.moreRuns.second - b.moreRuns.first - b.moreRuns.second)[0];
  if (soonest === undefined) return found;
  const runs = runsInWords(soonest.moreRuns, first, soonest.second);
  return `${found} If it stays as it is, ${runs} would tell ${first} from ${soonest.second}, and others later.`;
}

export function renderWorkflows({ workflows }: WorkflowStatistics, width?: number): string {
  const columns = [
    {
      header: 'WORKFLOW',
      cell: ({ workflow }: WorkflowStatistics['workflows'][number]) => workflow ?? '(none)',
      flexible: true,
    },
    ...workColumns(workflows),
  ];
  const details = workflows.flatMap(({ workflow, stages, fallbacks }) => {
    const facts = [
      ...stages.map(
        ({ stage, runs, skipped }) =>
          `${stage} ${formatCount(runs)}${skipped > 0 ? `, skipped ${formatCount(skipped)}` : ''}`,
      ),
      ...fallbacks.map(({ from, to, count }) => `${from} → ${to} ${formatCount(count)}`),
    ];
    return facts.length === 0 ? [] : [`${paint('bold', workflow ?? '(none)')}\n${wrap(facts.join(' · '), width)}`];
  });
  return [renderTable(workflows, columns, width), ...details].join('\n\n');
}

export function renderAgents({ agents }: AgentStatistics, width?: number): string {
  const columns = [
    { header: 'AGENT', cell: ({ agent }: AgentStatistics['agents'][number]) => agent ?? '(none)', flexible: true },
    ...workColumns(agents),
  ];
  return renderTable(agents, columns, width);
}

function workColumns(rows: readonly Row[]): Column<Row>[] {
  return [
    ...successColumns(),
    total('CALLS', ({ calls }) => formatCount(calls)),
    {
      ...total('FAILED', ({ failedCalls }) => formatCount(failedCalls), 5),
      style: ({ totals }) => (totals.failedCalls > 0 ? 'red' : undefined),
    },
    total('RETRIES', ({ retries }) => formatCount(retries), 4),
    total('COST', ({ costUsd }) => formatCost(costUsd)),
    ...unpricedColumn(rows, unpricedRuns),
    perRun('COST/RUN', ({ costUsd }) => formatMean(costUsd.mean, formatUsd)),
    ...durationColumns(),
  ];
}

function unpricedRuns({ totals }: Row): number {
  return totals.unpricedRuns;
}

function successColumns(): Column<Row>[] {
  return [
    total('RUNS', ({ runs }) => formatCount(runs)),
    {
      ...total('SUCCESS', ({ successRate }) => formatPercent(successRate)),
      style: ({ totals }) => (totals.successes === totals.runs ? 'green' : undefined),
    },
    total('95% CI', ({ successInterval }) => formatInterval(successInterval), 2),
  ];
}

function durationColumns(): Column<Row>[] {
  return [
    total('AVG', ({ durationMillis }) => formatMillis(durationMillis.avg)),
    total('P50', ({ durationMillis }) => formatMillis(durationMillis.p50), 7),
    total('P95', ({ durationMillis }) => formatMillis(durationMillis.p95), 3),
  ];
}

function total(header: string, cell: (totals: RunTotals) => string, dropOrder?: number): Column<Row> {
  return numbers(header, ({ totals }) => cell(totals), dropOrder);
}

function perRun(header: string, cell: (perRun: RunTotals['perRun']) => string, dropOrder?: number): Column<Row> {
  return total(header, (totals) => cell(totals.perRun), dropOrder);
}

function formatMean(mean: number | null, format: (value: number) => string): string {
  return mean === null ? UNKNOWN : format(mean);
}

function formatInterval(interval: Interval | null): string {
  return interval === null ? UNKNOWN : `${formatPercent(interval.low)} to ${formatPercent(interval.high)}`;
}
