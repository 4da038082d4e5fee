// The store of many machines: a Redis server that agents share. Each step is one call of a script; who listens has a second connection. Neither holds
// the process open, but for a step that is under way. The address holds a password: nothing here may print it.
import { createHash, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type {
  Claim,
  CoordinationStore,
  EventQuery,
  EventStream,
  JsonValue,
  NewEvent,
  NewRecord,
  NewSignal,
  PendingQuery,
  RecordList,
  RecordQuery,
  SignalQuery,
  StoredEvent,
  StoredRecord,
  StoredSignal,
  TakenSignal,
} from '../store.ts';
import { SCRIPT } from './script.ts';

/** What of the package `redis` is used; the same in versions 5 and 6. */
export interface RedisClient {
  on(event: 'error' | 'end', listener: (error?: unknown) => void): unknown;
  connect(): Promise<unknown>;
  duplicate(): RedisClient;
  unref(): void;
  destroy(): void;
  sendCommand(command: readonly string[]): Promise<unknown>;
  subscribe(channel: string, listener: () => void): Promise<unknown>;
  unsubscribe(channel: string, listener: () => void): Promise<unknown>;
}

/** All keys begin with it. The braces keep them on one server of a cluster. */
const KEY = '{agent-vitals}';
const CONNECT_TIMEOUT_MILLIS = 3000;
/** A server that takes longer hangs. Whether it has done the step is not known then. */
const STEP_TIMEOUT_MILLIS = 5000;
const SHA = createHash('sha1').update(SCRIPT).digest('hex');

/** What was wrong, fit to be shown. */
export class RedisProblem extends Error {
  override readonly name = 'RedisProblem';
  readonly explanation: string;
  constructor(explanation: string, cause?: unknown) {
    super(explanation, { cause });
    this.explanation = explanation;
  }
}

/**
 * @param onLost is called once when the connection is lost: the store is of no use any more.
 * @throws {RedisProblem}
 */
export async function openRedisStore(url: string, onLost: () => void): Promise<CoordinationStore> {
  const { createClient } = loadRedis();
  let client: RedisClient;
  try {
    client = createClient({
      url,
      // What cannot be sent now is told at once; the connection is made anew with the next step.
      disableOfflineQueue: true,
      socket: { connectTimeout: CONNECT_TIMEOUT_MILLIS, reconnectStrategy: false },
    });
  } catch (error) {
    throw new RedisProblem('redisUrl must be as redis://user:password@host:6379/0, or rediss:// for TLS', error);
  }
  const store = new RedisStore(client, onLost);
  try {
    await store.connect();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

class RedisStore implements CoordinationStore {
  readonly engine = 'redis';
  readonly #client: RedisClient;
  readonly #onLost: () => void;
  #subscriber: Promise<RedisClient> | undefined;
  #isClosed = false;

  constructor(client: RedisClient, onLost: () => void) {
    this.#client = client;
    this.#onLost = onLost;
  }

  connect(): Promise<void> {
    return this.#connect(this.#client);
  }

  now(): Promise<number> {
    return this.#step('now', {});
  }

  async put(records: readonly NewRecord[]): Promise<readonly StoredRecord[]> {
    return list<StoredRecord>(await this.#step('put', { records: records.map(encoded) })).map(decoded);
  }

  async claim(record: NewRecord, before?: number): Promise<Claim> {
    const claim = await this.#step<Claim>('claim', { record: encoded(record), before });
    return { ...claim, record: claim.record && decoded(claim.record) };
  }

  async get(collection: string, key: string): Promise<StoredRecord | undefined> {
    const record = await this.#step<StoredRecord | null>('get', { collection, key });
    return record === null ? undefined : decoded(record);
  }

  async list(collection: string, { prefix = '', after, limit = 1000 }: RecordQuery = {}): Promise<RecordList> {
    const { now, records } = await this.#step<RecordList>('list', { collection, prefix, after, limit });
    return { now, records: list<StoredRecord>(records).map(decoded) };
  }

  remove(collection: string, keys: readonly string[]): Promise<number> {
    return this.#step('remove', { collection, keys });
  }

  async append(event: NewEvent): Promise<StoredEvent> {
    return decoded(await this.#step('append', encoded(event)));
  }

  async read(query: EventQuery): Promise<readonly StoredEvent[]> {
    return list<StoredEvent>(await this.#step('read', query)).map(decoded);
  }

  latestId(): Promise<string> {
    return this.#step('latestId', {});
  }

  async streams(): Promise<readonly EventStream[]> {
    const streams = list<EventStream>(await this.#step('streams', {}));
    return [...streams].sort((left, right) => Buffer.compare(Buffer.from(left.type), Buffer.from(right.type)));
  }

  trim(type: string, maxLength: number): Promise<number> {
    return this.#step('trim', { type, maxLength });
  }

  deleteEvents(type: string, ids?: readonly string[]): Promise<number> {
    return this.#step('deleteEvents', { type, ids });
  }

  async send(signal: NewSignal): Promise<StoredSignal> {
    return fromQueue(await this.#step('send', { ...encoded(signal), to: signal.to ?? '' }));
  }

  async take(query: SignalQuery, leaseMillis?: number): Promise<readonly TakenSignal[]> {
    const leases = leaseMillis === undefined ? undefined : Array.from({ length: query.limit }, () => randomUUID());
    return list<TakenSignal>(await this.#step('take', { ...query, leaseMillis, leases })).map(fromQueue);
  }

  async peek(query: SignalQuery): Promise<readonly StoredSignal[]> {
    return list<TakenSignal>(await this.#step('peek', query)).map(fromQueue);
  }

  finish(id: string, lease: string): Promise<boolean> {
    return this.#step('finish', { id, lease });
  }

  release(id: string, lease: string): Promise<boolean> {
    return this.#step('release', { id, lease });
  }

  async pending(query: PendingQuery, limit: number): Promise<readonly StoredSignal[]> {
    return list<TakenSignal>(await this.#step('pending', { ...query, limit })).map(fromQueue);
  }

  clear(query: PendingQuery): Promise<number> {
    return this.#step('clear', query);
  }

  async subscribe(topics: readonly string[], onRing: () => void): Promise<() => void> {
    const subscriber = await (this.#subscriber ??= this.#openSubscriber());
    const channels = topics.map((topic) => `${KEY}:bell:${topic}`);
    await inTime(Promise.all(channels.map((channel) => subscriber.subscribe(channel, onRing))), STEP_TIMEOUT_MILLIS);
    return () => {
      if (this.#isClosed) return;
      for (const channel of channels) subscriber.unsubscribe(channel, onRing).catch(() => this.#lost());
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    end(this.#client);
    await this.#subscriber?.then(end, () => undefined);
  }

  async #openSubscriber(): Promise<RedisClient> {
    const subscriber = this.#client.duplicate();
    await this.#connect(subscriber);
    return subscriber;
  }

  async #connect(client: RedisClient): Promise<void> {
    client.on('error', () => this.#lost());
    client.on('end', () => this.#lost());
    client.unref();
    await inTime(client.connect(), CONNECT_TIMEOUT_MILLIS + 1000);
  }

  #lost(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onLost();
  }

  async #step<T>(name: string, parameters: unknown): Promise<T> {
    const rest = ['1', KEY, name, JSON.stringify(parameters)];
    const send = (...command: string[]): Promise<unknown> =>
      inTime(this.#client.sendCommand([...command, ...rest]), STEP_TIMEOUT_MILLIS);
    let answer: unknown;
    try {
      answer = await send('EVALSHA', SHA);
    } catch (error) {
      if (!(error as { cause?: Error }).cause?.message.startsWith('NOSCRIPT')) throw error;
      answer = await send('EVAL', SCRIPT);
    }
    return JSON.parse(answer as string) as T;
  }
}

/** Holds the process open until it is settled. @throws {RedisProblem} */
async function inTime<T>(promise: Promise<T>, millis: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('TIMEOUT')), millis);
    });
    return await Promise.race([promise, late]);
  } catch (error) {
    throw new RedisProblem(explain(error), error);
  } finally {
    clearTimeout(timer);
  }
}

/** The codes that Node and Redis begin their messages with, and nothing else of these. */
function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') return `no connection to Redis (${code})`;
  const [reply] = /^[A-Z]{2,}/.exec(message) ?? [];
  if (reply === 'TIMEOUT') return 'Redis does not answer';
  if (reply === 'OOM') return 'Redis is full (OOM)';
  return reply ? `Redis answers ${reply}` : `no connection to Redis (${(error as Error).constructor.name})`;
}

function end(client: RedisClient): void {
  try {
    client.destroy();
  } catch {
    // It is closed already.
  }
}

function encoded(given: { readonly value: JsonValue; readonly event?: NewEvent | undefined }): object {
  const { value, event } = given;
  return { ...given, value: JSON.stringify(value), event: event && { ...event, value: JSON.stringify(event.value) } };
}

function decoded<T extends { readonly value: JsonValue }>(stored: T): T {
  return { ...stored, value: JSON.parse(stored.value as string) as JsonValue };
}

function fromQueue(signal: TakenSignal): TakenSignal {
  const { from, fromId, to } = signal;
  return { ...decoded(signal), from, fromId, to: to || undefined };
}

/** Lua knows no empty list. */
function list<T>(given: readonly T[] | Readonly<Record<string, never>>): readonly T[] {
  return Array.isArray(given) ? (given as readonly T[]) : [];
}

/** The host's own, as it is found from here or from where the process was started. @throws {RedisProblem} */
function loadRedis(): Pick<typeof import('redis'), 'createClient'> {
  let problem: unknown;
  for (const from of [import.meta.filename, join(process.cwd(), 'from-here.js')]) {
    try {
      return createRequire(from)('redis') as typeof import('redis');
    } catch (error) {
      problem ??= error;
    }
  }
  throw new RedisProblem('redisUrl is set, but the package "redis" is not installed here: npm install redis', problem);
}
