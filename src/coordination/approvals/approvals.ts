// Approvals: an agent asks, a human answers. The first answer holds for ever, the end of the time is an answer, and neither the end of the agent's
// process nor a store that is away loses one.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { context } from '@opentelemetry/api';
import { guard } from '../../internal/guard.ts';
import { hasRule, requireAuthorized } from '../authorize.ts';
import { InvalidInputError, NotAuthorizedError, StoreUnavailableError } from '../errors.ts';
import { type AgentReference, readAgent, readName, readOptionalName, readWhole } from '../input.ts';
import { toJsonValue } from '../json-value.ts';
import { coordinationSettings } from '../settings.ts';
import { recordTopic } from '../store/store.ts';
import { carryTrace } from '../trace-context.ts';
import { type Wait, waitFor } from '../wait-for.ts';
import {
  ANSWERS,
  type AnswerBody,
  APPROVAL_STATUSES,
  type Approval,
  type ApprovalOutcome,
  type ApprovalStatus,
  answerBody,
  type RequestBody,
  requestBody,
} from './approval.ts';
import { addAnswer, addRequest, claimEnd, type Found, find, listAll } from './approval-store.ts';
import { measureApproval, startWait, type WaitSpan } from './approval-telemetry.ts';

export interface RequestOptions {
  /** What is to be allowed: a few words that a human understands. On spans only when capture of content is on. */
  readonly action: string;
  /** What whoever answers should know: JSON of at most `coordination.maxPayloadBytes`. It is kept in the store, not written to traces. */
  readonly context?: unknown;
  /** Milliseconds until it is too late; an hour when left out, 30 days at most. */
  readonly timeout?: number | undefined;
  /** Who asks; the running agent when left out. */
  readonly agent?: AgentReference | undefined;
  /** A random one when left out. Asked again under the same id, with the same action and context, it is the same request: nobody is asked twice. */
  readonly id?: string | undefined;
  /** Cancels the request when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** The wait for an answer, and the id to ask for it with {@link approvals.resume} after a restart. */
export interface ApprovalWait extends Promise<Approval> {
  readonly id: string;
}

export interface ResumeOptions {
  /** Cancels the request when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions {
  readonly status?: ApprovalStatus | undefined;
}

export interface AnswerOptions {
  /** Who answers. Required, unless `authorizeWith()` was given a rule of who may. */
  readonly responder?: string | undefined;
  readonly reason?: string | undefined;
  /** Which agent answers; the running one when left out, or none. */
  readonly agent?: AgentReference | undefined;
}

export interface Answered {
  /** Whether this answer is the one that holds. */
  readonly accepted: boolean;
  /** With the answer that holds: whose it is, and when it came. */
  readonly approval: Approval;
}

const HOUR_MILLIS = 3_600_000;
const MAX_TIMEOUT_MILLIS = 720 * HOUR_MILLIS;
const MAX_TEXT_LENGTH = 1000;
/** How long past its time a request waits for a store that is away, for it may hold an answer. */
const GRACE_MILLIS = 10_000;

let announce: ((approval: Approval) => void) | undefined;

/** Who is to be told of each request that is made in this process. Must not throw, and must return at once. */
export function announceWith(fn: (approval: Approval) => void): void {
  announce = fn;
}

/**
 * Asks, and waits for the answer or for the end of its time. Trouble with the store never rejects it: it waits for the store to come back, and has timed out
 * when that has not happened some seconds after its time.
 * @throws {InvalidInputError} at once, when something cannot be used; it rejects with one when there is another request of its id.
 */
function request(options: RequestOptions): ApprovalWait {
  const { maxPayloadBytes } = coordinationSettings().coordination;
  const action = readText('action', options.action);
  const details = toJsonValue('context', options.context ?? null, maxPayloadBytes);
  const timeoutMillis = readWhole('timeout', options.timeout ?? HOUR_MILLIS, { max: MAX_TIMEOUT_MILLIS });
  const agent = readAgent(options.agent);
  const id = readOptionalName('id', options.id) ?? randomUUID();
  const span = startWait(id, action);
  const body = { action, context: details, agent, timeoutMillis, ...carryTrace(span.context) };
  return Object.assign(ask(id, body, span, options.signal), { id });
}

async function ask(id: string, body: RequestBody, span: WaitSpan, signal?: AbortSignal): Promise<Approval> {
  const { action, context: details, agent, timeoutMillis } = body;
  const askedAt = Date.now();
  const endAt = performance.now() + timeoutMillis;
  const look = async (): ReturnType<typeof addRequest> =>
    // Its time began when it was asked, not when the store came back.
    await addRequest(id, { ...body, timeoutMillis: Math.max(1, Math.round(endAt - performance.now())) });
  const asked = await untilFound({ topics: [], look, timeoutMillis, signal });
  if (asked?.isNew) guard('announcing a request', () => announce?.(asked.approval));
  else if (asked && !isSameQuestion(asked.approval, { action, context: details })) {
    span.end('cancelled');
    // The answer to one question must never be taken for that to another.
    throw new InvalidInputError(
      `There is a request ${JSON.stringify(id)} already, for another action or with another context. Give each its own id.`,
    );
  }
  // What is to be said of it if the store never tells.
  const unheard: Approval = {
    id,
    action,
    context: details,
    agent,
    status: 'pending',
    requestedAt: askedAt,
    expiresAt: askedAt + timeoutMillis,
    endedAt: undefined,
    responder: undefined,
    reason: undefined,
    traceId: undefined,
    spanId: undefined,
  };
  return asked
    ? await settle(asked.approval, asked.now, span, signal)
    : await settle(unheard, Infinity, span, signal, 0);
}

/**
 * Waits for the answer to a request that was made before, by this process or by one that is gone. Resolves at once where it has ended.
 * @throws {InvalidInputError} when there is no such request, or no more; {StoreUnavailableError} when it cannot be looked for.
 */
async function resume(id: string, { signal }: ResumeOptions = {}): Promise<Approval> {
  const { request: stored, approval, now } = await findKnown(id);
  return await settle(approval, now, startWait(id, approval.action, requestBody(stored)), signal);
}

/**
 * Until it is answered, or its time is over.
 * @param approval as it was known at `now` of the store's clock.
 */
async function settle(
  approval: Approval,
  now: number,
  span: WaitSpan,
  signal?: AbortSignal,
  graceMillis = GRACE_MILLIS,
): Promise<Approval> {
  const { id } = approval;
  // The id may be that of another question, where this one could not be asked.
  const findOwn = async (): Promise<Found | undefined> => {
    const found = await find(id);
    return found && isSameQuestion(found.approval, approval) ? found : undefined;
  };
  const look = async (): Promise<Found | undefined> => {
    const found = await findOwn();
    return found?.approval.status === 'pending' ? undefined : found;
  };
  const wait = { topics: [recordTopic(ANSWERS, id)], look, signal };
  const ended =
    (await untilFound({ ...wait, timeoutMillis: Math.max(0, approval.expiresAt - now) })) ??
    (signal?.aborted ? await cancelNow(findOwn) : await untilFound({ ...wait, timeoutMillis: graceMillis }));
  const known = ended?.approval ?? {
    ...approval,
    status: signal?.aborted ? 'cancelled' : 'timed_out',
    endedAt: Date.now(),
  };
  span.end(known.status as ApprovalOutcome, ended?.answer && answerBody(ended.answer));
  // Whoever resumes it too has the same end: it is counted once, or by each that cannot ask.
  const isFirst = ended === undefined || (await claimEnd(ended.request, known).catch(() => true));
  if (isFirst) guard('measuring an approval', () => measureApproval(known));
  return known;
}

type Question = Pick<Approval, 'action' | 'context'>;

function isSameQuestion(one: Question, other: Question): boolean {
  return isDeepStrictEqual([one.action, one.context], [other.action, other.context]);
}

/** @returns `undefined` when the store cannot be told. */
async function cancelNow(findOwn: () => Promise<Found | undefined>): Promise<Found | undefined> {
  try {
    const found = await findOwn();
    if (found) await addAnswer(found.request, { status: 'cancelled', reason: 'aborted by who asked' });
    return await findOwn();
  } catch (error) {
    if (error instanceof StoreUnavailableError) return undefined;
    throw error;
  }
}

/**
 * Allows it.
 * @throws {InvalidInputError} when there is no such request; {NotAuthorizedError}; {StoreUnavailableError} when it is not done, or not known to be.
 */
function approve(id: string, options: AnswerOptions = {}): Promise<Answered> {
  return respond(id, 'approved', options);
}

/** Forbids it. @throws as `approve`. */
function reject(id: string, options: AnswerOptions = {}): Promise<Answered> {
  return respond(id, 'rejected', options);
}

/** Takes it back: nobody needs the answer any more. @throws as `approve`. */
function cancel(id: string, options: AnswerOptions = {}): Promise<Answered> {
  return respond(id, 'cancelled', options);
}

async function respond(id: string, status: AnswerBody['status'], options: AnswerOptions): Promise<Answered> {
  const responder = options.responder === undefined ? undefined : readName('responder', options.responder).trim();
  const reason = options.reason === undefined ? undefined : readText('reason', options.reason);
  const agent = readAgent(options.agent);
  const { request: stored, approval } = await findKnown(id);
  if (!responder && !hasRule()) {
    throw new NotAuthorizedError(
      'An answer needs the name of who gives it: { responder }. To have another rule, give one to authorizeWith().',
    );
  }
  await requireAuthorized('approve', agent, { type: approval.action, id, responder });
  const answer = { status, responder: responder || undefined, reason, ...carryTrace(context.active()) };
  const { won, approval: known } = await addAnswer(stored, answer);
  return { accepted: won, approval: known };
}

/** @returns `undefined` when there is no such request, or its retention is over. @throws {InvalidInputError}, {StoreUnavailableError} */
async function get(id: string): Promise<Approval | undefined> {
  return (await find(readName('id', id)))?.approval;
}

/** The newest first. @throws {InvalidInputError}, {StoreUnavailableError} */
async function list({ status }: ListOptions = {}): Promise<readonly Approval[]> {
  if (status !== undefined && !APPROVAL_STATUSES.includes(status)) {
    throw new InvalidInputError(`status must be one of ${APPROVAL_STATUSES.join(', ')}.`);
  }
  const all = await listAll();
  return status === undefined ? all : all.filter((approval) => approval.status === status);
}

export const approvals = { request, resume, approve, reject, cancel, get, list } as const;

async function findKnown(id: string): Promise<Found> {
  const found = await find(readName('id', id));
  if (found) return found;
  throw new InvalidInputError(`There is no request ${JSON.stringify(id)}: it was never made, or is forgotten.`);
}

/** As `waitFor`, but what the time is too short for, what is aborted, and what the store cannot tell is `undefined`. */
async function untilFound<T>(wait: Wait<T>): Promise<T | undefined> {
  try {
    return await waitFor(wait);
  } catch (error) {
    if (error instanceof StoreUnavailableError || wait.signal?.aborted) return undefined;
    throw error;
  }
}

function readText(what: string, given: unknown): string {
  if (typeof given === 'string' && given.trim() !== '' && given.length <= MAX_TEXT_LENGTH) return given.toWellFormed();
  throw new InvalidInputError(`${what} must be a text of 1 to ${MAX_TEXT_LENGTH} characters.`);
}
