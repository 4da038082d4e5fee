// Random steps of the store, each with what the contract says of it in the plainest way: on a state of lists, without clock or engine.
import { isDeepStrictEqual } from 'node:util';
import type {
  Claim,
  CoordinationStore,
  EventStream,
  RecordList,
  SignalQuery,
  StoredEvent,
  StoredRecord,
  StoredSignal,
  TakenSignal,
} from '../../../src/coordination/store/store.ts';
import type { Random } from '../../support/random.ts';

export interface State {
  records: Record<string, number>;
  events: { id: string; type: string; value: number }[];
  signals: {
    id: string;
    type: string;
    to: string | undefined;
    from: string;
    /** By agent, or '' for one that a single agent takes: its lease, or `done`. */
    held: Record<string, string>;
    taken: Record<string, number>;
  }[];
  lastId: number;
}

export interface Step {
  readonly text: string;
  run(store: CoordinationStore): Promise<unknown>;
  /** Whether `answer` is right in `state`, which is changed to what it is after the step. */
  explains(state: State, answer: unknown): boolean;
}

export const emptyState = (): State => ({ records: {}, events: [], signals: [], lastId: 0 });

const HOUR = 3_600_000;
const MAX_LENGTH = 4;
const KEYS = ['a', 'b', 'b/1', 'b/2', 'c'];
const TYPES = ['x', 'y', 'z'];
const AGENTS = ['ann', 'bob', 'cid'];
const GROUP = 'crew';

function step<T>(
  text: string,
  run: (store: CoordinationStore) => Promise<T>,
  explains: (state: State, answer: T) => boolean,
): Step {
  return { text, run, explains: (state, answer) => explains(state, answer as T) };
}

/** @param leases that have been given so far, to be finished or released. */
export function randomStep(random: Random, known: { ids: string[]; leases: { id: string; lease: string }[] }): Step {
  const record = (value: number) => ({ collection: 'notes', key: random.pick(KEYS), value, ttlMillis: HOUR });
  const types = random.maybe() ? undefined : random.several(2, () => random.pick(TYPES));
  const value = random.below(1_000_000);
  const agent = random.pick(AGENTS);
  const query: SignalQuery = {
    agent,
    addresses: [agent, GROUP],
    types,
    from: random.maybe(0.2) ? random.pick(AGENTS) : undefined,
    limit: 1 + random.below(3),
  };
  const filter = { to: random.maybe(0.3) ? random.pick([...AGENTS, GROUP]) : undefined, types };
  const steps: (() => Step)[] = [
    () => putStep(record(value)),
    () => claimStep(record(value)),
    () => getStep(random.pick(KEYS)),
    () => listStep(random.pick(['', 'b', 'b/']), random.pick([undefined, 'a', 'b/1'])),
    () => removeStep([random.pick(KEYS), random.pick(KEYS)]),
    () => appendStep(random.pick(TYPES), value),
    () => readStep(types, random.maybe() ? undefined : random.pick(['0', ...known.ids]), 1 + random.below(6)),
    () => step('streams', (store) => store.streams(), explainStreams),
    () => trimStep(random.pick(TYPES), random.below(4)),
    () =>
      deleteStep(
        random.pick(TYPES),
        random.maybe(0.3) ? undefined : random.several(2, () => random.pick(['7', ...known.ids])),
      ),
    () => sendStep(random.pick(TYPES), random.pick([undefined, GROUP, ...AGENTS]), random.pick(AGENTS), value),
    () => takeStep(query, random.maybe()),
    () => peekStep(query),
    () =>
      settleStep(random.maybe(0.7) ? 'finish' : 'release', random.pick([{ id: '7', lease: 'none' }, ...known.leases])),
    () => pendingStep(filter),
    () => clearStep(filter),
  ];
  // What adds comes oftener than what removes.
  const weights = [2, 3, 1, 1, 1, 4, 3, 1, 0.5, 0.5, 5, 4, 2, 4, 1, 0.3];
  let at = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => (at -= weight) < 0);
  return steps[Math.max(index, 0)]!();
}

type Note = { collection: string; key: string; value: number; ttlMillis: number };

function putStep(record: Note): Step {
  return step(
    `put ${record.key}`,
    (store) => store.put([record]),
    (state, [stored]: readonly StoredRecord[]) => {
      state.records[record.key] = record.value;
      return stored?.value === record.value;
    },
  );
}

function claimStep(record: Note): Step {
  return step(
    `claim ${record.key}`,
    (store) => store.claim(record),
    (state, claim: Claim) => {
      const held = state.records[record.key];
      state.records[record.key] ??= record.value;
      return claim.won === (held === undefined) && claim.record?.value === (held ?? record.value);
    },
  );
}

function getStep(key: string): Step {
  return step(
    `get ${key}`,
    (store) => store.get('notes', key),
    (state, stored: StoredRecord | undefined) => stored?.value === state.records[key],
  );
}

function listStep(prefix: string, after: string | undefined): Step {
  return step(
    `list ${prefix} after ${after}`,
    (store) => store.list('notes', { prefix, after }),
    ({ records }, list: RecordList) => {
      const keys = Object.keys(records).filter((key) => key.startsWith(prefix) && key > (after ?? ''));
      const expected = keys.sort().map((key) => [key, records[key]]);
      return isDeepStrictEqual(
        list.records.map((one) => [one.key, one.value]),
        expected,
      );
    },
  );
}

function removeStep(keys: string[]): Step {
  return step(
    `remove ${keys.join(' ')}`,
    (store) => store.remove('notes', keys),
    ({ records }, count: number) => {
      const there = new Set(keys.filter((key) => records[key] !== undefined));
      for (const key of there) delete records[key];
      return count === there.size;
    },
  );
}

function isNextId(state: State, id: string): boolean {
  const isNext = Number(id) > state.lastId;
  state.lastId = Number(id);
  return isNext;
}

function removeEvents(state: State, isGone: (event: State['events'][number]) => boolean): number {
  const before = state.events.length;
  state.events = state.events.filter((event) => !isGone(event));
  return before - state.events.length;
}

function keepNewest(state: State, type: string, count: number): number {
  const ids = state.events.filter((event) => event.type === type).map(({ id }) => id);
  const kept = new Set(count === 0 ? [] : ids.slice(-count));
  return removeEvents(state, (event) => event.type === type && !kept.has(event.id));
}

function appendStep(type: string, value: number): Step {
  return step(
    `append ${type}`,
    (store) => store.append({ type, value, maxLength: MAX_LENGTH, ttlMillis: HOUR }),
    (state, { id }: StoredEvent) => {
      const isNext = isNextId(state, id);
      state.events.push({ id, type, value });
      keepNewest(state, type, MAX_LENGTH);
      return isNext;
    },
  );
}

function readStep(types: readonly string[] | undefined, after: string | undefined, limit: number): Step {
  return step(
    `read ${types?.join(' ')} after ${after} limit ${limit}`,
    (store) => store.read({ types, after, limit }),
    ({ events }, found: readonly StoredEvent[]) => {
      const wanted = events.filter(
        ({ id, type }) => (types?.includes(type) ?? true) && Number(id) > Number(after ?? 0),
      );
      const expected = after === undefined ? wanted.slice(-limit) : wanted.slice(0, limit);
      return isDeepStrictEqual(
        found.map(({ id, type, value }) => ({ id, type, value })),
        expected,
      );
    },
  );
}

function explainStreams({ events }: State, streams: readonly EventStream[]): boolean {
  const expected = TYPES.flatMap((type) => {
    const ids = events.filter((event) => event.type === type).map(({ id }) => id);
    return ids.length === 0 ? [] : [[type, ids.length, ids[0], ids.at(-1)]];
  });
  return isDeepStrictEqual(
    streams.map(({ type, length, firstId, lastId }) => [type, length, firstId, lastId]),
    expected,
  );
}

function trimStep(type: string, count: number): Step {
  return step(
    `trim ${type} to ${count}`,
    (store) => store.trim(type, count),
    (state, removed: number) => removed === keepNewest(state, type, count),
  );
}

function deleteStep(type: string, ids: string[] | undefined): Step {
  return step(
    `delete ${type} ${ids?.join(' ')}`,
    (store) => store.deleteEvents(type, ids),
    (state, removed: number) =>
      removed === removeEvents(state, (event) => event.type === type && (ids?.includes(event.id) ?? true)),
  );
}

function sendStep(type: string, to: string | undefined, from: string, value: number): Step {
  return step(
    `send ${type} to ${to}`,
    (store) => store.send({ type, to, from, value, ttlMillis: HOUR }),
    (state, { id }: StoredSignal) => {
      state.signals.push({ id, type, to, from, held: {}, taken: {} });
      return isNextId(state, id);
    },
  );
}

const slotOf = (signal: State['signals'][number], agent: string): string => (signal.to === undefined ? agent : '');

function available({ signals }: State, { agent, addresses, types, from, limit }: SignalQuery): State['signals'] {
  return signals
    .filter(({ to }) => to === undefined || addresses.includes(to))
    .filter((signal) => (types?.includes(signal.type) ?? true) && (from === undefined || signal.from === from))
    .filter((signal) => signal.held[slotOf(signal, agent)] === undefined)
    .slice(0, limit);
}

function areThese(found: readonly StoredSignal[], expected: State['signals'], agent: string): boolean {
  return isDeepStrictEqual(
    found.map(({ id, deliveries }) => [id, deliveries]),
    expected.map((signal) => [signal.id, signal.taken[slotOf(signal, agent)] ?? 0]),
  );
}

function settle(state: State, signal: State['signals'][number], slot: string): void {
  if (signal.to === undefined) signal.held[slot] = 'done';
  else state.signals = state.signals.filter((other) => other !== signal);
}

function takeStep(query: SignalQuery, withLease: boolean): Step {
  return step(
    `take${withLease ? ' with a lease' : ''} ${JSON.stringify(query)}`,
    (store) => store.take(query, withLease ? HOUR : undefined),
    (state, taken: readonly TakenSignal[]) => {
      const expected = available(state, query);
      const isRight = areThese(taken, expected, query.agent);
      for (const [index, signal] of expected.entries()) {
        const slot = slotOf(signal, query.agent);
        signal.taken[slot] = (signal.taken[slot] ?? 0) + 1;
        if (withLease) signal.held[slot] = taken[index]?.lease ?? '';
        else settle(state, signal, slot);
      }
      return isRight;
    },
  );
}

function peekStep(query: SignalQuery): Step {
  return step(
    `peek ${JSON.stringify(query)}`,
    (store) => store.peek(query),
    (state, found: readonly StoredSignal[]) => areThese(found, available(state, query), query.agent),
  );
}

function settleStep(how: 'finish' | 'release', { id, lease }: { id: string; lease: string }): Step {
  return step(
    `${how} ${id} ${lease}`,
    (store) => store[how](id, lease),
    (state, done: boolean) => {
      const signal = state.signals.find((one) => one.id === id);
      const [slot] = Object.entries(signal?.held ?? {}).find(([, held]) => held === lease) ?? [];
      if (!signal || slot === undefined) return !done;
      if (how === 'finish') settle(state, signal, slot);
      else delete signal.held[slot];
      return done;
    },
  );
}

type Filter = { to: string | undefined; types: readonly string[] | undefined };

const matches =
  ({ to, types }: Filter) =>
  (signal: State['signals'][number]): boolean =>
    (to === undefined || signal.to === to) && (types?.includes(signal.type) ?? true);

function pendingStep(filter: Filter): Step {
  return step(
    `pending ${JSON.stringify(filter)}`,
    (store) => store.pending(filter, 1000),
    ({ signals }, found: readonly StoredSignal[]) =>
      isDeepStrictEqual(
        found.map(({ id }) => id),
        signals.filter(matches(filter)).map(({ id }) => id),
      ),
  );
}

function clearStep(filter: Filter): Step {
  return step(
    `clear ${JSON.stringify(filter)}`,
    (store) => store.clear(filter),
    (state, count: number) => {
      const before = state.signals.length;
      state.signals = state.signals.filter((signal) => !matches(filter)(signal));
      return count === before - state.signals.length;
    },
  );
}
