// The answer of `stats` as people read it.
import { type Dimension, type Group, type Statistics, type Totals } from '../query/statistics.ts';
import {
  formatCost,
  formatCount,
  formatCountOf,
  formatCounts,
  formatMillis,
  formatPercent,
  formatUsd,
} from './format.ts';
import { paint } from './output.ts';
import { type Column, type Fact, numbers, renderFacts, renderTable, unpricedColumn } from './table.ts';

/** Rows of a breakdown that nobody asked for by name. */
const MAX_ROWS = 10;

/** @param asked whether the breakdowns were asked for by name: then they are shown in full, even when they say nothing. */
export function renderStatistics({ totals, by }: Statistics, asked: boolean, width?: number): string {
  const parts = [renderFacts(totalFacts(totals), width)];
  for (const [dimension, groups] of Object.entries(by) as [Dimension, readonly Group[]][]) {
    if (!asked && groups.every((group) => group.key === null)) continue;
    // Of days the last, of all others those with most calls.
    const rows =
      asked || groups.length <= MAX_ROWS
        ? groups
        : dimension === 'day'
          ? groups.slice(-MAX_ROWS)
          : groups.slice(0, MAX_ROWS);
    const hidden = groups.length - rows.length;
    const more = hidden === 0 ? '' : `\n${paint('dim', `and ${formatCount(hidden)} more: --by ${dimension}`)}`;
    parts.push(
      `${paint('bold', `By ${dimension}`)}\n${renderTable(rows, groupColumns(dimension, groups), width)}${more}`,
    );
  }
  return parts.join('\n\n');
}

function totalFacts(totals: Totals): Fact[] {
  const { tokens, costUsd, latencyMillis, timeToFirstChunkMillis, outcomes } = totals;
  const facts: (Fact | false)[] = [
    { name: 'Calls', value: formatCount(totals.calls), details: formatCounts(outcomes) },
    {
      name: 'Errors',
      value: formatCount(totals.errors),
      details: totals.errors === 0 ? [] : [formatPercent(totals.errorRate), ...formatCounts(totals.errorsByType)],
      style: totals.errors === 0 ? undefined : 'red',
    },
    {
      name: 'Cost',
      value: formatCost(costUsd && costUsd.total),
      details: costUsd === null ? [] : costParts(costUsd, totals.undividedCalls),
      style: costUsd === null ? 'yellow' : 'bold',
    },
    totals.unpricedCalls > 0 && {
      name: 'Unpriced',
      value: formatCount(totals.unpricedCalls),
      details: unpricedDetails(totals),
      style: 'yellow',
    },
    {
      name: 'Tokens',
      value: formatCount(tokens.total),
      details: [
        `input ${formatCount(tokens.input)}`,
        `output ${formatCount(tokens.output)}`,
        `cache read ${formatCount(tokens.cacheRead)}`,
        `cache creation ${formatCount(tokens.cacheCreation)}`,
        `reasoning ${formatCount(tokens.reasoning)}`,
      ],
    },
    {
      name: 'Prompt cache',
      value: formatPercent(totals.cacheHitRate),
      details: ["of the input tokens came from the provider's"],
    },
    totals.ownCacheHits > 0 && {
      name: 'Own cache',
      value: formatCount(totals.ownCacheHits),
      details: [`${formatPercent(totals.ownCacheHitRate)} of the calls were answered by the app's`],
    },
    {
      name: 'Latency',
      value: formatMillis(latencyMillis.avg),
      details: [
        'average',
        ...(['p50', 'p95', 'p99'] as const).map((rank) => `${rank} ${formatMillis(latencyMillis[rank])}`),
      ],
    },
    timeToFirstChunkMillis.p50 !== null && {
      name: 'First chunk',
      value: formatMillis(timeToFirstChunkMillis.p50),
      details: ['p50', `p95 ${formatMillis(timeToFirstChunkMillis.p95)}`],
    },
  ];
  return facts.filter((fact) => fact !== false);
}

function unpricedDetails({ unpricedModels, unpricedReasons }: Totals): string[] {
  const withoutUsage = unpricedReasons.unknown_usage;
  return [
    ...formatCounts(unpricedModels),
    ...(withoutUsage > 0 ? [`usage not told ${formatCount(withoutUsage)}`] : []),
  ];
}

function costParts(cost: NonNullable<Totals['costUsd']>, undividedCalls: number): string[] {
  const parts = [
    ['input', cost.input],
    ['cache read', cost.cacheRead],
    ['cache write', cost.cacheWrite],
    ['output', cost.output],
  ] as const;
  const told = parts.flatMap(([name, usd]) => (usd ? [`${name} ${formatUsd(usd)}`] : []));
  // Parts that lack calls say so: they do not add up to the whole.
  return undividedCalls > 0 ? [...told, `parts of ${formatCountOf(undividedCalls, 'call')} not told`] : told;
}

function groupColumns(dimension: Dimension, groups: readonly Group[]): Column<Group>[] {
  const number = (header: string, cell: (totals: Totals) => string, dropOrder?: number): Column<Group> =>
    numbers(header, ({ totals }) => cell(totals), dropOrder);
  return [
    { header: dimension.toUpperCase(), cell: ({ key }) => key ?? '(none)', flexible: true },
    number('CALLS', ({ calls }) => formatCount(calls)),
    {
      ...number('ERR', ({ errors }) => formatCount(errors)),
      style: ({ totals }) => (totals.errors > 0 ? 'red' : undefined),
    },
    number('INPUT', ({ tokens }) => formatCount(tokens.input)),
    number('OUTPUT', ({ tokens }) => formatCount(tokens.output)),
    number('CACHED', ({ cacheHitRate }) => formatPercent(cacheHitRate), 4),
    number('COST', ({ costUsd }) => formatCost(costUsd && costUsd.total)),
    ...unpricedColumn(groups, ({ totals }) => totals.unpricedCalls),
    number('AVG', ({ latencyMillis }) => formatMillis(latencyMillis.avg), 5),
    number('P50', ({ latencyMillis }) => formatMillis(latencyMillis.p50), 2),
    number('P95', ({ latencyMillis }) => formatMillis(latencyMillis.p95), 1),
    number('P99', ({ latencyMillis }) => formatMillis(latencyMillis.p99), 3),
  ];
}
