// A request for a human's word, and the answer to it. The first answer lies under a name that can be taken once; what it is, and whether it came in
// time, follows from the two records and the store's clock alone.
import type { AgentIdentity } from '../current-agent.ts';
import type { JsonValue, StoredRecord } from '../store/store.ts';
import { type CarriedTrace, carriedSpan } from '../trace-context.ts';

export const REQUESTS = 'approvals';
/** By the ids of their requests. */
export const ANSWERS = 'approval-answers';

/** How a request can end. */
export type ApprovalOutcome = 'approved' | 'rejected' | 'timed_out' | 'cancelled';
export const APPROVAL_STATUSES = ['pending', 'approved', 'rejected', 'timed_out', 'cancelled'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** Times are milliseconds since the epoch by the store's clock. */
export interface Approval {
  readonly id: string;
  /** What is to be allowed. */
  readonly action: string;
  /** What whoever answers should know. */
  readonly context: JsonValue;
  /** Who asks; `undefined` outside of an agent. */
  readonly agent: AgentIdentity | undefined;
  readonly status: ApprovalStatus;
  readonly requestedAt: number;
  /** From then on nobody can answer any more. */
  readonly expiresAt: number;
  /** When it was answered, or its time was over; `undefined` while it is pending. */
  readonly endedAt: number | undefined;
  /** Who approved, rejected or cancelled it, as they called themselves. */
  readonly responder: string | undefined;
  readonly reason: string | undefined;
  /** Where it was asked. */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** How it lies in the store. */
export interface RequestBody extends CarriedTrace {
  readonly action: string;
  readonly context: JsonValue;
  readonly agent?: AgentIdentity | undefined;
  readonly timeoutMillis: number;
}

export interface AnswerBody extends CarriedTrace {
  readonly status: Exclude<ApprovalOutcome, 'timed_out'>;
  readonly responder?: string | undefined;
  readonly reason?: string | undefined;
}

export function requestBody({ value }: StoredRecord): RequestBody {
  return value as unknown as RequestBody;
}

export function answerBody({ value }: StoredRecord): AnswerBody {
  return value as unknown as AnswerBody;
}

/** By the store's clock. */
export function expiryOf(request: StoredRecord): number {
  return request.createdAt + requestBody(request).timeoutMillis;
}

export function toApproval(request: StoredRecord, answer: StoredRecord | undefined, now: number): Approval {
  const { action, context, agent, ...trace } = requestBody(request);
  const expiresAt = expiryOf(request);
  const { status, responder, reason } = answer
    ? answerBody(answer)
    : {
        status: now < expiresAt ? ('pending' as const) : ('timed_out' as const),
        responder: undefined,
        reason: undefined,
      };
  const span = carriedSpan(trace);
  return {
    id: request.key,
    action,
    context,
    agent,
    status,
    requestedAt: request.createdAt,
    expiresAt,
    endedAt: answer?.createdAt ?? (status === 'pending' ? undefined : expiresAt),
    responder,
    reason,
    traceId: span?.traceId,
    spanId: span?.spanId,
  };
}
