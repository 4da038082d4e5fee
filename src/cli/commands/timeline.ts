// `agent-vitals timeline`: calls, cost and latency by day or hour, with a line of bars to see them at a glance.
import { type Command, Option } from 'commander';
import { TIMELINE_PERIODS, type Timeline, type TimelinePeriod, type TimelinePoint } from '../../query/timeline.ts';
import { formatCost, formatCount, formatMillis, formatUsd } from '../format.ts';
import { type FilterOptions } from '../journal-options.ts';
import { addQuestion } from '../question.ts';
import { sparkLine } from '../spark-line.ts';
import { type Column, type Fact, numbers, renderFacts, renderTable, unpricedColumn, wrap } from '../table.ts';

interface TimelineOptions extends FilterOptions {
  readonly by: TimelinePeriod;
}

/** A line of more bars is none that says anything: the last of them are shown. */
const MOST_BARS = 60;

export function addTimeline(program: Command): void {
  addQuestion<Timeline, TimelineOptions>(program, {
    name: 'timeline',
    description: 'calls, cost and latency by day or hour',
    about: 'calls',
    addOptions: (command) =>
      command.addOption(new Option('--by <period>', 'what a row stands for').choices(TIMELINE_PERIODS).default('day')),
    ask: (journal, question, { by }) => journal.timeline({ ...question, by }),
    isEmpty: ({ points }) => points.length === 0,
    record: (timeline) => ({ by: timeline.by, points: timeline.points }),
    render: renderTimeline,
  });
}

function renderTimeline({ by, points }: Timeline, width?: number): string {
  const shown = points.slice(-Math.min(MOST_BARS, (width ?? Infinity) - 24));
  const [first, last] = [shown[0]?.period, shown.at(-1)?.period];
  const line = (
    name: string,
    valueOf: (point: TimelinePoint) => number | null,
    format: (value: number) => string,
  ): Fact => {
    const values = shown.map(valueOf);
    const most = values.reduce<number>((largest, value) => Math.max(largest, value ?? 0), 0);
    const isUnknown = values.every((value) => value === null);
    return { name, value: sparkLine(values), details: [isUnknown ? 'unpriced' : `up to ${format(most)}`] };
  };
  const lines = renderFacts([
    line('Calls', ({ calls }) => calls, formatCount),
    line('Errors', ({ errors }) => errors, formatCount),
    line('Cost', ({ costUsd }) => costUsd, formatUsd),
  ]);
  const columns: Column<TimelinePoint>[] = [
    { header: by.toUpperCase(), cell: ({ period }) => period.replace('T', ' ') },
    numbers('CALLS', ({ calls }) => formatCount(calls)),
    { ...numbers('ERR', ({ errors }) => formatCount(errors)), style: ({ errors }) => (errors > 0 ? 'red' : undefined) },
    numbers('INPUT', ({ tokens }) => formatCount(tokens.input)),
    numbers('OUTPUT', ({ tokens }) => formatCount(tokens.output)),
    numbers('COST', ({ costUsd }) => formatCost(costUsd)),
    ...unpricedColumn(points, ({ unpricedCalls }) => unpricedCalls),
    numbers('P50', ({ latencyMillis }) => formatMillis(latencyMillis.p50), 2),
    numbers('P95', ({ latencyMillis }) => formatMillis(latencyMillis.p95), 1),
  ];
  return `${lines}\n${wrap(`${first} to ${last}`, width)}\n\n${renderTable(points, columns, width)}`;
}
