// `agent-vitals cache`: what the providers' prompt caches had, and what that saved.
import { type Command } from 'commander';
import { type CacheStatistics } from '../../query/cache.ts';
import { formatCount, formatPercent, formatSignedUsd, UNKNOWN } from '../format.ts';
import { paint } from '../output.ts';
import { addQuestion } from '../question.ts';
import { type Column, numbers, renderFacts, renderTable, wrap } from '../table.ts';

type Group = CacheStatistics['workflows'][number];

export function addCache(program: Command): void {
  addQuestion<CacheStatistics, object>(program, {
    name: 'cache',
    description: "the providers' prompt caches: hit rate, tokens, what they saved, and advice",
    about: 'calls with a known usage',
    ask: (journal, question) => journal.cache(question),
    isEmpty: ({ totals }) => totals.calls === 0,
    record: ({ totals, workflows, models }) => ({
      ...totals,
      workflows: workflows.map(({ key, totals: of }) => ({ workflow: key, ...of })),
      models: models.map(({ key, totals: of }) => ({ model: key, ...of })),
    }),
    render: renderCache,
  });
}

function renderCache({ totals, workflows, models }: CacheStatistics, width?: number): string {
  const facts = renderFacts(
    [
      { name: 'Hit rate', value: formatPercent(totals.hitRate), details: ['of the input tokens'], style: 'bold' },
      { name: 'Read', value: formatCount(totals.cacheReadTokens), details: ['tokens from the caches'] },
      { name: 'Written', value: formatCount(totals.cacheWriteTokens), details: ['tokens to them'] },
      {
        name: 'Saved',
        value: savedOf(totals),
        details: totals.unpricedCalls > 0 ? [`${formatCount(totals.unpricedCalls)} calls not known`] : [],
      },
    ],
    width,
  );
  const parts = [facts, tableOf('workflow', workflows, width), tableOf('model', models, width)];
  const advice = [
    ...workflows.map(({ key, totals: of }) => [key ?? '(none)', of.advice] as const),
    ...models.map(({ key, totals: of }) => [key ?? '(none)', of.advice] as const),
  ].filter(([, text]) => text !== null);
  return [...parts, ...advice.map(([name, text]) => wrap(`${name}: ${text}`, width))].join('\n\n');
}

function tableOf(dimension: string, groups: readonly Group[], width?: number): string {
  const number = (header: string, cell: (totals: Group['totals']) => string, dropOrder?: number): Column<Group> =>
    numbers(header, ({ totals }) => cell(totals), dropOrder);
  const columns: Column<Group>[] = [
    { header: dimension.toUpperCase(), cell: ({ key }) => key ?? '(none)', flexible: true },
    number('CALLS', ({ calls }) => formatCount(calls)),
    number('INPUT', ({ inputTokens }) => formatCount(inputTokens)),
    number('READ', ({ cacheReadTokens }) => formatCount(cacheReadTokens)),
    number('WRITTEN', ({ cacheWriteTokens }) => formatCount(cacheWriteTokens), 1),
    number('HIT RATE', ({ hitRate }) => formatPercent(hitRate)),
    number('SAVED', savedOf),
  ];
  return `${paint('bold', `By ${dimension}`)}\n${renderTable(groups, columns, width)}`;
}

function savedOf({ savedUsd }: Group['totals']): string {
  return savedUsd === null ? UNKNOWN : formatSignedUsd(savedUsd);
}
