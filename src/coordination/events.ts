// Events: what happened, in bounded streams that every process can read from where it stopped, and follow.
import { guard } from '../internal/guard.ts';
import { warnOnce } from '../internal/log.ts';
import { requireAuthorized } from './authorize.ts';
import { type AgentIdentity } from './current-agent.ts';
import { StoreUnavailableError } from './errors.ts';
import { type AgentReference, readAgent, readId, readName, readNames, readWhole } from './input.ts';
import { toJsonValue } from './json-value.ts';
import { bodyOf, newEvent } from './own-event.ts';
import { coordinationSettings } from './settings.ts';
import { coordinationStore } from './store/process-store.ts';
import { ALL_EVENTS, type EventStream, eventTopic, type JsonValue, type StoredEvent } from './store/store.ts';
import { carriedSpan } from './trace-context.ts';
import { waitFor } from './wait-for.ts';

export interface VitalsEvent {
  /** Digits. It grows over all types: what comes after an event has a greater one, and as many digits or more. */
  readonly id: string;
  readonly type: string;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly time: number;
  readonly payload: JsonValue;
  /** Whose event it is. */
  readonly agent: AgentIdentity | undefined;
  /** Where it happened. */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

export interface PublishOptions {
  /** One of few: each type is a stream of its own. */
  readonly type: string;
  /** JSON; null when left out. */
  readonly payload?: unknown;
  /** Whose event it is; the running agent's when left out. */
  readonly agent?: AgentReference | undefined;
}

export interface ReadOptions {
  /** One type or several; all when left out. */
  readonly type?: string | readonly string[] | undefined;
  /** Id of the last event that is known; from the first that is kept when left out. */
  readonly after?: string | undefined;
  /** 100 when left out, 10,000 at most. */
  readonly limit?: number | undefined;
  /** The newest of them instead of the oldest; not with `after`. They come oldest first all the same. */
  readonly newest?: boolean | undefined;
}

export interface FollowOptions {
  readonly types?: string | readonly string[] | undefined;
  /** Id of the last event that is known; from now on when left out, from the first that is kept with `0`. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told when it has fallen so far behind that events were dropped before they were read; without it, this is said once on stderr. */
  readonly onGap?: ((gap: EventGap) => void) | undefined;
}

/** Events that a follower has missed, for its stream is full and keeps the newest alone. */
export interface EventGap {
  readonly type: string;
  /** Id of the last event of any type that was read. */
  readonly after: string;
  /** Id of the first of the type that is still there: what was between is gone. */
  readonly firstId: string;
}

const PAGE = 500;

/**
 * Adds an event to the stream of its type. The oldest of more than `coordination.maxEvents` go, and those older than `coordination.retentionDays`.
 * @returns the event; `undefined` when the store is not available: it is not stored then, which is counted and said once.
 * @throws {InvalidInputError} when the type or the payload cannot be used.
 */
async function publish({ type, payload = null, agent }: PublishOptions): Promise<VitalsEvent | undefined> {
  const { maxPayloadBytes } = coordinationSettings().coordination;
  const event = newEvent(readName('type', type), toJsonValue('payload', payload, maxPayloadBytes), {
    agent: readAgent(agent),
  });
  try {
    return fromStore(await coordinationStore().append(event));
  } catch (error) {
    if (error instanceof StoreUnavailableError) return undefined;
    throw error;
  }
}

/**
 * Events, oldest first. To read on, give the id of the last one as `after`.
 * @throws {InvalidInputError}, {StoreUnavailableError}
 */
async function read({ type, after, limit = 100, newest = false }: ReadOptions = {}): Promise<VitalsEvent[]> {
  const types = readNames('type', type);
  const from = after === undefined ? '0' : readId('after', after);
  const query = { types, after: newest ? undefined : from, limit: readWhole('limit', limit, { max: 10_000 }) };
  return (await coordinationStore().read(query)).map(fromStore);
}

/**
 * Events as they happen, in any process; none is missed of what is kept, also while the store is away; what was dropped before
 * it was read is told to `onGap`. To go on after a restart, give the id of the
 * last event as `after`. Ends without an error when `signal` aborts. The process stays alive while one is awaited.
 * @throws {InvalidInputError}
 */
function follow({ types, after, signal, onGap = warnOfGap }: FollowOptions = {}): AsyncIterableIterator<VitalsEvent> {
  const wanted = readNames('types', types);
  // Asked for at once: what happens before the first is awaited counts.
  const start = after === undefined ? latest(signal) : Promise.resolve(readId('after', after));
  start.catch(() => undefined);
  return iterate(wanted, start, signal, gapFinder(wanted, after, onGap));
}

/** How many events of each type are kept, from which to which. @throws {InvalidInputError}, {StoreUnavailableError} */
async function info({ type }: { readonly type?: string | readonly string[] | undefined } = {}): Promise<EventStream[]> {
  const types = readNames('type', type);
  const streams = await coordinationStore().streams();
  return streams.filter((stream) => types?.includes(stream.type) ?? true);
}

/**
 * Keeps only the newest `maxLength` of a type. @returns how many went.
 * @throws {InvalidInputError}, {NotAuthorizedError}, {StoreUnavailableError}
 */
async function trim({ type, maxLength, agent }: TrimOptions): Promise<number> {
  const stream = readName('type', type);
  const length = readWhole('maxLength', maxLength, { min: 0, max: Number.MAX_SAFE_INTEGER });
  await requireAuthorized('clear', readAgent(agent), { type: stream });
  return await coordinationStore().trim(stream, length);
}

/**
 * Removes single events of a type, or all of it. @returns how many went.
 * @throws {InvalidInputError}, {NotAuthorizedError}, {StoreUnavailableError}
 */
async function remove({ type, ids, agent }: DeleteOptions): Promise<number> {
  const stream = readName('type', type);
  const given = ids?.map((id, index) => readId(`ids[${index}]`, id));
  await requireAuthorized('clear', readAgent(agent), { type: stream });
  return await coordinationStore().deleteEvents(stream, given);
}

export interface TrimOptions {
  readonly type: string;
  /** 0 removes all. */
  readonly maxLength: number;
  readonly agent?: AgentReference | undefined;
}

export interface DeleteOptions {
  readonly type: string;
  /** All of the type when left out. */
  readonly ids?: readonly string[] | undefined;
  readonly agent?: AgentReference | undefined;
}

export const events = { publish, read, follow, info, trim, delete: remove } as const;

async function* iterate(
  types: readonly string[] | undefined,
  start: Promise<string | undefined>,
  signal: AbortSignal | undefined,
  findGaps: GapFinder,
): AsyncGenerator<VitalsEvent, undefined> {
  const topics = types?.map(eventTopic) ?? [ALL_EVENTS];
  let after = await start;
  while (after !== undefined) {
    const last: string = after;
    const page = await untilAborted(signal, () =>
      waitFor({
        topics,
        signal,
        look: async () => {
          const found = await coordinationStore().read({ types, after: last, limit: PAGE });
          return found.length > 0 ? found : undefined;
        },
      }),
    );
    if (page === undefined) return undefined;
    await findGaps(last, page.length);
    for (const event of page) {
      if (signal?.aborted) return undefined;
      yield fromStore(event);
      after = event.id;
    }
  }
}

/** @param count how many came after `last`. */
type GapFinder = (last: string, count: number) => Promise<void>;

/** @param from where the follower began: nothing is missed by who asks for what there is. */
function gapFinder(
  types: readonly string[] | undefined,
  from: string | undefined,
  onGap: (gap: EventGap) => void,
): GapFinder {
  /** Up to where each type is told. */
  const told = new Map<string, number>();
  let isFromFirst = Number(from) === 0;
  return async (last, count) => {
    const isFirst = isFromFirst;
    isFromFirst = false;
    const { maxEvents } = coordinationSettings().coordination;
    // Only what is so far behind can have missed something.
    if (isFirst || count < Math.min(PAGE, maxEvents)) return;
    for (const { type, length, firstId } of await coordinationStore()
      .streams()
      .catch(() => [])) {
      const isMissing = length >= maxEvents && Number(firstId) > Number(last) && (types?.includes(type) ?? true);
      if (!isMissing || Number(last) < (told.get(type) ?? 0)) continue;
      told.set(type, Number(firstId));
      guard('telling of a gap', () => onGap({ type, after: last, firstId }));
    }
  };
}

function warnOfGap({ type, after, firstId }: EventGap): void {
  warnOnce(
    'events:gap',
    `who follows events fell behind: those of the type ${JSON.stringify(type)} between ${after} and ${firstId} were dropped, for more than coordination.maxEvents have come since.`,
  );
}

/** Asks at once, in the order of what else is asked of the store; and again when it is back, where it is away. */
async function latest(signal: AbortSignal | undefined): Promise<string | undefined> {
  const look = () => coordinationStore().latestId();
  return await look().catch(() => untilAborted(signal, () => waitFor({ topics: [], signal, look })));
}

async function untilAborted<T>(signal: AbortSignal | undefined, fn: () => Promise<T>): Promise<T | undefined> {
  try {
    return await fn();
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

function fromStore(stored: StoredEvent): VitalsEvent {
  const { payload, agent, ...trace } = bodyOf(stored);
  const span = carriedSpan(trace);
  const { id, type, time } = stored;
  return { id, type, time, payload, agent, traceId: span?.traceId, spanId: span?.spanId };
}
