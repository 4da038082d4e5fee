// `agent-vitals models`: models beside each other, their errors, and how often work fell back from one to another.
import { type Command } from 'commander';
import { type ModelStatistics } from '../../query/models.ts';
import { formatCount, formatMillis, formatPercent, formatUsd } from '../format.ts';
import { paint } from '../output.ts';
import { addQuestion } from '../question.ts';
import { type Column, renderTable } from '../table.ts';

type Model = ModelStatistics['models'][number];
type Fallback = ModelStatistics['fallbacks'][number];

export function addModels(program: Command): void {
  addQuestion<ModelStatistics, object>(program, {
    name: 'models',
    description: 'models beside each other: errors, cost, latency, and fallbacks between them',
    about: 'calls',
    ask: (journal, question) => journal.models(question),
    isEmpty: ({ models }) => models.length === 0,
    record: ({ models, fallbacks }) => ({
      models: models.map(({ totals, ...model }) => Object.assign(model, totals)),
      fallbacks,
    }),
    render: renderModels,
  });
}

function renderModels({ models, fallbacks }: ModelStatistics, width?: number): string {
  const number = (header: string, cell: (model: Model) => string, dropOrder?: number): Column<Model> => ({
    header,
    cell,
    align: 'right',
    ...(dropOrder !== undefined && { dropOrder }),
  });
  const columns: Column<Model>[] = [
    { header: 'MODEL', cell: ({ model }) => model ?? '(none)', flexible: true },
    number('CALLS', ({ totals }) => formatCount(totals.calls)),
    {
      ...number('ERR', ({ totals }) => formatCount(totals.errors)),
      style: ({ totals }) => (totals.errors > 0 ? 'red' : undefined),
    },
    number('ERR RATE', ({ totals }) => formatPercent(totals.errorRate)),
    { header: 'ERRORS', cell: ({ totals }) => errorsOf(totals.errorsByType), flexible: true, dropOrder: 4 },
    number('FROM', ({ fallbacksFrom }) => formatCount(fallbacksFrom), 2),
    number('TO', ({ fallbacksTo }) => formatCount(fallbacksTo), 3),
    number('COST', ({ totals }) => (totals.costUsd === null ? 'unpriced' : formatUsd(totals.costUsd.total))),
    number('P50', ({ totals }) => formatMillis(totals.latencyMillis.p50), 5),
    number('P95', ({ totals }) => formatMillis(totals.latencyMillis.p95), 1),
  ];
  const table = renderTable(models, columns, width);
  if (fallbacks.length === 0) return table;
  const fallbackColumns: Column<Fallback>[] = [
    { header: 'FROM', cell: ({ from }) => from, flexible: true },
    { header: 'TO', cell: ({ to }) => to, flexible: true },
    { header: 'TIMES', cell: ({ count }) => formatCount(count), align: 'right' },
  ];
  return `${table}\n\n${paint('bold', 'Fallbacks')}\n${renderTable(fallbacks, fallbackColumns, width)}`;
}

function errorsOf(errorsByType: Readonly<Record<string, number>>): string {
  return Object.entries(errorsByType)
    .sort(([, a], [, b]) => b - a)
    .map(([type, count]) => `${type} ${formatCount(count)}`)
    .join(', ');
}
