// Requests and answers in the store: each function is one question to it, or one step that either is done or is not.
import { allRecords } from '../all-records.ts';
import { newEvent } from '../own-event.ts';
import { retentionMillis } from '../settings.ts';
import { coordinationStore } from '../store/process-store.ts';
import type { JsonValue, StoredRecord } from '../store/store.ts';
import {
  ANSWERS,
  type AnswerBody,
  type Approval,
  expiryOf,
  REQUESTS,
  type RequestBody,
  requestBody,
  toApproval,
} from './approval.ts';

/** Requests whose end has been told. */
const ENDS = 'approval-ends';

export interface Found {
  readonly request: StoredRecord;
  readonly answer: StoredRecord | undefined;
  readonly approval: Approval;
  /** By the store's clock. */
  readonly now: number;
}

/** Makes the request, or finds the one that has been made under this id. */
export async function addRequest(id: string, body: RequestBody): Promise<Found & { readonly isNew: boolean }> {
  const { action, agent, timeoutMillis } = body;
  const {
    won: isNew,
    record: request,
    now,
  } = await coordinationStore().claim({
    collection: REQUESTS,
    key: id,
    value: body as unknown as JsonValue,
    ttlMillis: timeoutMillis + retentionMillis(),
    event: newEvent('approval.requested', { id, action, timeoutMillis }, { agent, trace: body }),
  });
  if (!request) throw new Error('a claim without an end has no record');
  return { request, answer: undefined, approval: toApproval(request, undefined, now), now, isNew };
}

/** `undefined` when there is no such request, or its retention is over. */
export async function find(id: string): Promise<Found | undefined> {
  const store = coordinationStore();
  const request = await store.get(REQUESTS, id);
  if (!request) return undefined;
  // The clock first: an answer that is given between the two was in time.
  const now = await store.now();
  const answer = await store.get(ANSWERS, id);
  return { request, answer, approval: toApproval(request, answer, now), now };
}

/** @returns whether this answer is the one that holds, and the request with the one that does. */
export async function addAnswer(
  request: StoredRecord,
  body: AnswerBody,
): Promise<{ won: boolean; approval: Approval }> {
  const { action, agent, timeoutMillis } = requestBody(request);
  const { status, responder = null, reason = null } = body;
  const claim = await coordinationStore().claim(
    {
      collection: ANSWERS,
      key: request.key,
      value: body as unknown as JsonValue,
      // Longer than the request it belongs to: a request is never without its answer.
      ttlMillis: timeoutMillis + retentionMillis(),
      event: newEvent(`approval.${status}`, { id: request.key, action, responder, reason }, { agent, trace: body }),
    },
    expiryOf(request),
  );
  return { won: claim.won, approval: toApproval(request, claim.record, claim.now) };
}

/** @returns whether nobody has told it before. */
export async function claimEnd(request: StoredRecord, { id, action, agent, status }: Approval): Promise<boolean> {
  const { won } = await coordinationStore().claim({
    collection: ENDS,
    key: id,
    value: null,
    ttlMillis: retentionMillis(),
    // An answer has brought its own event.
    event:
      status === 'timed_out'
        ? newEvent('approval.timed_out', { id, action }, { agent, trace: requestBody(request) })
        : undefined,
  });
  return won;
}

/** The newest first. */
export async function listAll(): Promise<Approval[]> {
  const answers = new Map<string, StoredRecord>();
  // The clock, and after it the answers: as in `find`.
  const { now, records } = await allRecords(REQUESTS);
  for (const answer of (await allRecords(ANSWERS)).records) answers.set(answer.key, answer);
  return records
    .map((request) => toApproval(request, answers.get(request.key), now))
    .sort((a, b) => b.requestedAt - a.requestedAt || (a.id < b.id ? -1 : 1));
}
