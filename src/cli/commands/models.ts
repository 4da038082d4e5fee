// `agent-vitals models`: models beside each other, their errors, and how often work fell back from one to another.
import { type Command } from 'commander';
import { type ModelStatistics } from '../../query/models.ts';
import { formatCost, formatCount, formatCounts, formatMillis, formatPercent } from '../format.ts';
import { paint } from '../output.ts';
import { addQuestion } from '../question.ts';
import { type Column, numbers, renderTable, unpricedColumn } from '../table.ts';

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
  const columns: Column<Model>[] = [
    { header: 'MODEL', cell: ({ model }) => model ?? '(none)', flexible: true },
    numbers('CALLS', ({ totals }) => formatCount(totals.calls)),
    {
      ...numbers('ERR', ({ totals }) => formatCount(totals.errors)),
      style: ({ totals }) => (totals.errors > 0 ? 'red' : undefined),
    },
    numbers('ERR RATE', ({ totals }) => formatPercent(totals.errorRate)),
    {
      header: 'ERRORS',
      cell: ({ totals }) => formatCounts(totals.errorsByType).join(', '),
      flexible: true,
      dropOrder: 4,
    },
    numbers('FROM', ({ fallbacksFrom }) => formatCount(fallbacksFrom), 2),
    numbers('TO', ({ fallbacksTo }) => formatCount(fallbacksTo), 3),
    numbers('COST', ({ totals }) => formatCost(totals.costUsd && totals.costUsd.total)),
    ...unpricedColumn(models, ({ totals }) => totals.unpricedCalls),
    numbers('P50', ({ totals }) => formatMillis(totals.latencyMillis.p50), 5),
    numbers('P95', ({ totals }) => formatMillis(totals.latencyMillis.p95), 1),
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
