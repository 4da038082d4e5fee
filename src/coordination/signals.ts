// Signals from agent to agent: to one, who takes it once, or to all, who see it once each. They carry the trace from the sender to the receiver.
import { requireAuthorized } from './authorize.ts';
import type { AgentIdentity } from './current-agent.ts';
import { InvalidInputError } from './errors.ts';
import {
  type AgentReference,
  readAgent,
  readName,
  readNames,
  readOptionalName,
  readTimeout,
  readWhole,
} from './input.ts';
import { toJsonValue } from './json-value.ts';
import { newEvent, publishOwnEvent } from './own-event.ts';
import { bodyOf, ReceivedSignal, type SignalBody } from './received-signal.ts';
import { coordinationSettings } from './settings.ts';
import { receiveSpan, sendSpan } from './signal-spans.ts';
import { coordinationStore } from './store/process-store.ts';
import { type JsonValue, type PendingQuery, type SignalQuery, type StoredSignal, signalTopic } from './store/store.ts';
import { carryTrace } from './trace-context.ts';
import { waitFor } from './wait-for.ts';

export interface BroadcastOptions {
  /** What it says, one of few: `pause`, `task`, ... */
  readonly type: string;
  /** JSON of at most `coordination.maxPayloadBytes`; null when left out. */
  readonly payload?: unknown;
  /** Milliseconds until it is gone, whoever has seen it; an hour when left out, 30 days at most. */
  readonly ttl?: number | undefined;
  /** Who sends it; the running agent when left out. */
  readonly agent?: AgentReference | undefined;
}

export interface SendOptions extends BroadcastOptions {
  /** Id of an agent, or the name of several of which one is to take it. It need not be there yet. */
  readonly to: string;
}

export interface SentSignal {
  readonly id: string;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly sentAt: number;
  readonly expiresAt: number;
}

export interface CheckOptions {
  /** One type or several; any when left out. */
  readonly type?: string | readonly string[] | undefined;
  /** Name or id of the sender; any when left out. */
  readonly from?: string | undefined;
  /** Takes them; else they are only looked at, and stay. */
  readonly take?: boolean | undefined;
  /** See {@link WaitOptions.lease}; with `take`. */
  readonly lease?: number | undefined;
  /** 100 when left out, 1000 at most. */
  readonly limit?: number | undefined;
  /** Who asks; the running agent when left out. */
  readonly agent?: AgentReference | undefined;
}

export interface WaitOptions {
  readonly type?: string | readonly string[] | undefined;
  readonly from?: string | undefined;
  /** Milliseconds; as long as it takes when left out. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds within which `finish()` is to be called: without it the signal comes again, to whoever takes it then. Taken for good at once when left out.
   */
  readonly lease?: number | undefined;
  readonly agent?: AgentReference | undefined;
}

export interface PendingOptions {
  /** Name or id it is for; any, and all, when left out. */
  readonly to?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly from?: string | undefined;
}

/** A signal that waits, as whoever looks after them sees it. */
export interface PendingSignal extends SentSignal {
  readonly type: string;
  /** `undefined` for one to all. */
  readonly to: string | undefined;
  readonly from: string | undefined;
  readonly payload: JsonValue;
  /** How often it has been taken and was not finished. */
  readonly deliveries: number;
}

const HOUR_MILLIS = 3_600_000;
const MAX_TTL_MILLIS = 720 * HOUR_MILLIS;

/**
 * Sends a signal to one agent. When it resolves, the signal is stored: it will be taken, or its time runs out.
 * @throws {InvalidInputError}, {NotAuthorizedError}, and {StoreUnavailableError}: it is not stored then, or not known to be.
 */
async function send(options: SendOptions): Promise<SentSignal> {
  return await dispatch(options, readName('to', options.to));
}

/**
 * Sends a signal that each agent sees once: those that are there, the sender as well, and those that come before its time runs out.
 * @throws as `send`.
 */
async function broadcast(options: BroadcastOptions): Promise<SentSignal> {
  return await dispatch(options, undefined);
}

async function dispatch(options: BroadcastOptions, to: string | undefined): Promise<SentSignal> {
  const type = readName('type', options.type);
  const { maxPayloadBytes } = coordinationSettings().coordination;
  const payload = toJsonValue('payload', options.payload ?? null, maxPayloadBytes);
  const ttlMillis = readWhole('ttl', options.ttl ?? HOUR_MILLIS, { max: MAX_TTL_MILLIS });
  const agent = readAgent(options.agent);
  await requireAuthorized('send', agent, { type, to });
  return await sendSpan({ type, to, payload }, async (context) => {
    const trace = carryTrace(context);
    const body: SignalBody = { payload, ...trace };
    const sender = { from: agent?.name, fromId: agent?.id };
    const event = newEvent('signal.sent', { type, to: to ?? null, from: agent?.name ?? null }, { agent, trace });
    const stored = await coordinationStore().send({ type, to, ...sender, value: { ...body }, ttlMillis, event });
    return { id: stored.id, sentAt: stored.sentAt, expiresAt: stored.expiresAt };
  });
}

/**
 * Takes the oldest signal for this agent, or waits for one: no longer than some milliseconds after it was sent, in whichever process.
 * @returns `undefined` when the time is over.
 * @throws {InvalidInputError}; the reason of `signal` when that aborts; {StoreUnavailableError} when the time is over while the store is away: until then
 * it waits for the store to come back.
 */
async function wait(options: WaitOptions = {}): Promise<ReceivedSignal | undefined> {
  const { agent, query } = readQuery('wait', options, 1);
  const lease = readLease(options.lease);
  const timeoutMillis = readTimeout('timeout', options.timeout);
  const span = receiveSpan(query.types);
  try {
    const stored = await waitFor({
      topics: [...query.addresses, undefined].map(signalTopic),
      look: async () => (await coordinationStore().take(query, lease))[0],
      timeoutMillis,
      signal: options.signal,
    });
    span.end(stored ? [stored] : []);
    return stored && received(stored, agent);
  } catch (error) {
    span.fail(error);
    throw error;
  }
}

/**
 * The signals for this agent that are there now, oldest first: looked at, or taken.
 * @throws {InvalidInputError}, {StoreUnavailableError}
 */
async function check(options: CheckOptions = {}): Promise<ReceivedSignal[]> {
  const { agent, query } = readQuery('check', options, readWhole('limit', options.limit ?? 100, { max: 1000 }));
  const lease = readLease(options.lease);
  if (options.take !== true) {
    if (lease !== undefined)
      throw new InvalidInputError('lease goes with take: true: what is only looked at is not taken.');
    return (await coordinationStore().peek(query)).map((stored) => new ReceivedSignal(stored));
  }
  const span = receiveSpan(query.types);
  const taken = await coordinationStore().take(query, lease);
  if (taken.length > 0) span.end(taken);
  return taken.map((stored) => received(stored, agent));
}

/** Signals that wait for anyone, oldest first, 1000 at most. @throws {InvalidInputError}, {StoreUnavailableError} */
async function pending(options: PendingOptions = {}): Promise<PendingSignal[]> {
  const stored = await coordinationStore().pending(readPending(options), 1000);
  return stored.map(({ id, type, to, from, sentAt, expiresAt, deliveries, ...signal }) => {
    const { payload } = bodyOf(signal);
    return { id, type, to, from, payload, sentAt, expiresAt, deliveries };
  });
}

/**
 * Removes signals that wait, also those that are taken and not finished. @returns how many went.
 * @throws {InvalidInputError}, {NotAuthorizedError}, {StoreUnavailableError}
 */
async function clear({
  agent,
  ...options
}: PendingOptions & { readonly agent?: AgentReference } = {}): Promise<number> {
  const query = readPending(options);
  const who = readAgent(agent);
  for (const type of query.types ?? [undefined]) await requireAuthorized('clear', who, { type, to: query.to });
  return await coordinationStore().clear(query);
}

export const signals = { send, broadcast, wait, check, pending, clear } as const;

function received(stored: StoredSignal, agent: AgentIdentity): ReceivedSignal {
  const { id, type, to = null, from = null } = stored;
  publishOwnEvent('signal.received', { id, type, to, from, by: agent.name }, agent);
  return new ReceivedSignal(stored);
}

function readQuery(
  what: string,
  { type, from, agent: given }: Pick<WaitOptions, 'type' | 'from' | 'agent'>,
  limit: number,
): { agent: AgentIdentity; query: SignalQuery } {
  const agent = readAgent(given);
  if (!agent) {
    throw new InvalidInputError(
      `signals.${what}() takes what is for an agent: call it inside of withAgent(), or name one: { agent: 'reviewer' }.`,
    );
  }
  const addresses = [...new Set([agent.id, agent.name])];
  const types = readNames('type', type);
  return { agent, query: { agent: agent.id, addresses, types, from: readOptionalName('from', from), limit } };
}

function readPending({ to, type, from }: PendingOptions): PendingQuery {
  return { to: readOptionalName('to', to), types: readNames('type', type), from: readOptionalName('from', from) };
}

function readLease(given: number | undefined): number | undefined {
  return given === undefined ? undefined : readWhole('lease', given, { max: MAX_TTL_MILLIS });
}
