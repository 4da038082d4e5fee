// `agent-vitals users`: who used how much, by the hash of the user.
import { type Command } from 'commander';
import { type UserStatistics } from '../../query/users.ts';
import { formatCost, formatCount, formatCountOf, formatTime } from '../format.ts';
import { type FilterOptions, parseCount } from '../journal-options.ts';
import { addQuestion } from '../question.ts';
import { type Column, numbers, renderTable, unpricedColumn } from '../table.ts';

interface UsersOptions extends FilterOptions {
  readonly limit: number;
}

type User = UserStatistics['users'][number];

export function addUsers(program: Command): void {
  addQuestion<UserStatistics, UsersOptions>(program, {
    name: 'users',
    description: 'users by hash, dearest first',
    about: 'calls',
    addOptions: (command) => command.option('-n, --limit <count>', 'how many to show; JSON has all', parseCount, 20),
    ask: (journal, question) => journal.users(question),
    isEmpty: ({ users }) => users.length === 0,
    record: ({ count, users }) => ({
      count,
      users: users.map(({ firstMillis, lastMillis, ...user }) =>
        Object.assign(user, { firstTime: isoTime(firstMillis), lastTime: isoTime(lastMillis) }),
      ),
    }),
    render: renderUsers,
  });
}

function renderUsers(
  { count, users }: UserStatistics,
  width: number | undefined,
  { limit, utc = false }: UsersOptions,
): string {
  const columns: Column<User>[] = [
    { header: 'USER', cell: ({ userHash }) => userHash ?? '(none)' },
    numbers('CALLS', ({ calls }) => formatCount(calls)),
    { ...numbers('ERR', ({ errors }) => formatCount(errors)), style: ({ errors }) => (errors > 0 ? 'red' : undefined) },
    numbers('INPUT', ({ tokens }) => formatCount(tokens.input)),
    numbers('OUTPUT', ({ tokens }) => formatCount(tokens.output)),
    numbers('COST', ({ costUsd }) => formatCost(costUsd)),
    ...unpricedColumn(users, ({ unpricedCalls }) => unpricedCalls),
    { header: 'FIRST', cell: ({ firstMillis }) => formatTime(firstMillis, utc), dropOrder: 2 },
    { header: 'LAST', cell: ({ lastMillis }) => formatTime(lastMillis, utc), dropOrder: 1 },
  ];
  const hidden = users.length - limit;
  const more = hidden > 0 ? `\nand ${formatCount(hidden)} more: --limit ${users.length}` : '';
  return `${formatCountOf(count, 'user')}\n\n${renderTable(users.slice(0, limit), columns, width)}${more}`;
}

function isoTime(millis: number): string {
  return new Date(millis).toISOString();
}
