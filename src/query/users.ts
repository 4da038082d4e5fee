// Who used how much, by the hash of the user: the id itself is not in the journal.
import { type CallFilter } from './call-filter.ts';
import { compareNames } from './counts.ts';
import { callRows } from './index/call-rows.ts';
import { type CallTable } from './index/table.ts';
import { ExactSum, sumOrNull } from './sum.ts';

interface UserGroup {
  /** `agent_vitals.user.hash`; null for calls of no user. */
  readonly userHash: string | null;
  readonly calls: number;
  readonly errors: number;
  readonly tokens: { readonly input: number; readonly output: number };
  /** US dollars of the priced calls; null when there are calls to pay for and none is priced. */
  readonly costUsd: number | null;
  readonly unpricedCalls: number;
  /** Milliseconds since the epoch. */
  readonly firstMillis: number;
  readonly lastMillis: number;
}

export interface UserStatistics {
  /** Users there are, without the calls of none. */
  readonly count: number;
  /** Dearest first. */
  readonly users: readonly UserGroup[];
}

interface UserSums {
  readonly userHash: string | null;
  calls: number;
  errors: number;
  input: number;
  output: number;
  priced: number;
  unpriced: number;
  first: number;
  last: number;
  readonly cost: ExactSum;
}

export function userStatistics(calls: CallTable, filter: CallFilter): UserStatistics {
  const { series } = calls;
  const users = new Map<string | null, UserSums>();
  const sumsOf = (userHash: string | null): UserSums => {
    let sums = users.get(userHash);
    if (sums === undefined) users.set(userHash, (sums = emptySums(userHash)));
    return sums;
  };
  for (const rows of callRows(calls, filter, ['outcome', 'price'])) {
    const [user, input, output, cost, time] = (['user', 'input', 'output', 'cost', 'time'] as const).map((name) =>
      rows.column(name),
    );
    const hashes = rows.chunk.users();
    /** By number of user in this chunk: those that are met. */
    const known: UserSums[] = [];
    for (const { group, from, to } of rows.stretches) {
      const errors = Number(series.word(group, 'outcome') === 'error');
      const price = series.word(group, 'price');
      const priced = Number(price === 'known');
      const unpriced = Number(price !== null && price !== 'known');
      for (let row = from; row < to; row++) {
        const place = user?.[row] ?? 0;
        const sums = (known[place] ??= sumsOf(hashes[place] as string | null));
        const at = time?.[row] ?? 0;
        sums.calls += 1;
        sums.errors += errors;
        sums.input += input?.[row] ?? 0;
        sums.output += output?.[row] ?? 0;
        sums.priced += priced;
        sums.unpriced += unpriced;
        sums.cost.add(cost?.[row] ?? 0);
        if (at < sums.first) sums.first = at;
        if (at > sums.last) sums.last = at;
      }
    }
  }
  const groups = [...users.values()].map(
    ({ userHash, calls: count, errors, input, output, priced, unpriced, first, last, cost }): UserGroup => ({
      userHash,
      calls: count,
      errors,
      tokens: { input, output },
      costUsd: sumOrNull(cost.value(), priced, unpriced),
      unpricedCalls: unpriced,
      firstMillis: first,
      lastMillis: last,
    }),
  );
  return {
    count: users.size - Number(users.has(null)),
    users: groups.sort(
      (a, b) => (b.costUsd ?? 0) - (a.costUsd ?? 0) || b.calls - a.calls || compareNames(a.userHash, b.userHash),
    ),
  };
}

function emptySums(userHash: string | null): UserSums {
  return {
    userHash,
    calls: 0,
    errors: 0,
    input: 0,
    output: 0,
    priced: 0,
    unpriced: 0,
    first: Infinity,
    last: -Infinity,
    cost: new ExactSum(),
  };
}
