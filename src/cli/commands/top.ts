// `agent-vitals top`: the calls that cost most or took longest, and what fails most often.
import { type Command, Option } from 'commander';
import { type Top, type TopBy, type TopCall } from '../../query/top.ts';
import { formatCount, formatCounts, formatMillis, formatPercent, formatTime, formatUsd, UNKNOWN } from '../format.ts';
import { type FilterOptions, parseCount } from '../journal-options.ts';
import { addQuestion } from '../question.ts';
import { type Column, numbers, renderTable } from '../table.ts';

interface TopOptions extends FilterOptions {
  readonly by: TopBy;
  readonly limit: number;
}

type Failing = Top['failing'][number];

const LACKING: Readonly<Record<TopBy, string>> = {
  cost: 'calls with a known cost',
  duration: 'calls',
  errors: 'failed calls',
};

export function addTop(program: Command): void {
  addQuestion<Top, TopOptions>(program, {
    name: 'top',
    description: 'the calls that cost most or took longest, or what fails most',
    about: 'calls',
    addOptions: (command) =>
      command
        .addOption(new Option('--by <what>', 'most of what').choices(Object.keys(LACKING)).default('cost'))
        .option('-n, --limit <count>', 'how many', parseCount, 10),
    ask: (journal, question, { by, limit }) => journal.top({ ...question, by, limit }),
    lacking: ({ by }) => LACKING[by],
    isEmpty: ({ calls, failing }) => calls.length + failing.length === 0,
    record: ({ by, calls, failing }) => ({
      by,
      calls: calls.map(({ timeMillis, ...call }) => Object.assign({ time: new Date(timeMillis).toISOString() }, call)),
      failing,
    }),
    render: ({ calls, failing, by }, width, { utc = false }) =>
      by === 'errors' ? renderTable(failing, failingColumns(), width) : renderTable(calls, callColumns(utc), width),
  });
}

function callColumns(utc: boolean): Column<TopCall>[] {
  return [
    { header: 'TIME', cell: ({ timeMillis }) => formatTime(timeMillis, utc).slice(5), dropOrder: 1 },
    { header: 'MODEL', cell: ({ model }) => model ?? UNKNOWN, flexible: true },
    numbers('COST', ({ costUsd }) => (costUsd === null ? UNKNOWN : formatUsd(costUsd))),
    numbers('TOOK', ({ durationMillis }) => formatMillis(durationMillis)),
    numbers('INPUT', ({ tokens }) => formatCount(tokens.input)),
    numbers('OUTPUT', ({ tokens }) => formatCount(tokens.output)),
    {
      header: 'OUTCOME',
      cell: ({ outcome, errorType }) => (outcome === 'error' ? (errorType ?? outcome) : outcome),
      style: ({ outcome }) => (outcome === 'error' ? 'red' : undefined),
      dropOrder: 3,
      flexible: true,
    },
    { header: 'WORKFLOW', cell: ({ workflow }) => workflow ?? '', dropOrder: 2, flexible: true },
    { header: 'AGENT', cell: ({ agent }) => agent ?? '', dropOrder: 5, flexible: true },
    { header: 'PROMPT', cell: ({ prompt }) => prompt ?? '', dropOrder: 4, flexible: true },
    { header: 'TRACE', cell: ({ traceId }) => traceId, dropOrder: 6 },
  ];
}

function failingColumns(): Column<Failing>[] {
  return [
    { header: 'MODEL', cell: ({ model }) => model ?? UNKNOWN, flexible: true },
    { header: 'WORKFLOW', cell: ({ workflow }) => workflow ?? '', flexible: true },
    { header: 'ERR', cell: ({ errors }) => formatCount(errors), align: 'right', style: () => 'red' },
    numbers('CALLS', ({ calls }) => formatCount(calls)),
    numbers('RATE', ({ errorRate }) => formatPercent(errorRate)),
    {
      header: 'ERRORS',
      cell: ({ errorsByType }) => formatCounts(errorsByType).join(', '),
      flexible: true,
    },
  ];
}
