// Who used how much, by the hash of the user: the id itself is not in the journal.
import { type CallFilter } from './call-filter.ts';
import { type Chunk } from './index/chunk.ts';
import { scan } from './index/scan.ts';
import { ExactSum } from './sum.ts';

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

export function userStatistics(chunks: readonly Chunk[], filter: CallFilter): UserStatistics {
  const users = new Map<string | null, UserSums>();
  scan(chunks, filter, ({ chunk, series, from, to }) => {
    const numbers = (name: Parameters<Chunk['column']>[0]) => chunk.column(name);
    const [user, input, output, cost, time] = (['user', 'input', 'output', 'cost', 'time'] as const).map(numbers);
    const isError = chunk.word(series, 'outcome') === 'error';
    const price = chunk.word(series, 'price');
    for (let row = from; row < to; row++) {
      const hash = chunk.words[user?.[row] ?? 0] ?? null;
      let sums = users.get(hash);
      if (sums === undefined) users.set(hash, (sums = emptySums()));
      const at = time?.[row] ?? 0;
      sums.calls += 1;
      sums.errors += Number(isError);
      sums.input += input?.[row] ?? 0;
      sums.output += output?.[row] ?? 0;
      sums.priced += Number(price === 'known');
      sums.unpriced += Number(price !== null && price !== 'known');
      sums.cost.add(cost?.[row] ?? 0);
      sums.first = Math.min(sums.first, at);
      sums.last = Math.max(sums.last, at);
    }
  });
  const groups = [...users].map(
    ([userHash, { calls, errors, input, output, priced, unpriced, first, last, cost }]): UserGroup => ({
      userHash,
      calls,
      errors,
      tokens: { input, output },
      costUsd: priced === 0 && unpriced > 0 ? null : cost.value(),
      unpricedCalls: unpriced,
      firstMillis: first,
      lastMillis: last,
    }),
  );
  return {
    count: users.size - Number(users.has(null)),
    users: groups.sort((a, b) => (b.costUsd ?? 0) - (a.costUsd ?? 0) || b.calls - a.calls),
  };
}

function emptySums(): UserSums {
  return {
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
