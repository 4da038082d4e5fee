// A score as it lies in the store. Its key begins with what was rated, so that the scores of one workflow, stage or tier lie together.
import { randomUUID } from 'node:crypto';
import type { AgentIdentity } from '../current-agent.ts';
import type { JsonValue, StoredRecord } from '../store/store.ts';
import { type CarriedTrace, carriedSpan } from '../trace-context.ts';

export const FEEDBACK = 'feedback';

/** What is rated. */
export interface Rated {
  readonly workflow: string;
  readonly stage: string | undefined;
  readonly tier: string | undefined;
}

export interface Feedback extends Rated {
  readonly id: string;
  /** 0 to 1. */
  readonly score: number;
  /** What was looked at, for example `relevance`. */
  readonly name: string;
  readonly label: string | undefined;
  /** Kept only where content is captured. */
  readonly explanation: string | undefined;
  /** Who rated it, where it was an agent. */
  readonly agent: AgentIdentity | undefined;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly time: number;
  /** The span that was rated. */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** How it lies in the store. */
export interface FeedbackBody extends CarriedTrace {
  readonly score: number;
  readonly name: string;
  readonly label?: string | undefined;
  readonly explanation?: string | undefined;
  readonly agent?: AgentIdentity | undefined;
}

/** Between the parts of a key; in none of them. */
const SEPARATOR = '/';

export function newKey({ workflow, stage = '', tier = '' }: Rated): string {
  return [workflow, stage, tier, newId()].map(encodeURIComponent).join(SEPARATOR);
}

/** In the order in which a process makes them, where the store's clock sees them in the same millisecond. */
function newId(): string {
  const micros = Math.round((performance.timeOrigin + performance.now()) * 1000);
  return `${micros.toString(36)}-${randomUUID().slice(0, 8)}`;
}

/** What the keys of all begin with that `rated` may mean; what is behind a part that is left open is to be judged by each. */
export function keyPrefix({ workflow, stage, tier }: Partial<Rated>): string {
  const parts = [workflow, stage, tier];
  const open = parts.indexOf(undefined);
  return parts
    .slice(0, open === -1 ? parts.length : open)
    .map((part) => encodeURIComponent(part ?? '') + SEPARATOR)
    .join('');
}

export function toFeedback({ key, value, createdAt }: StoredRecord): Feedback {
  const [workflow = '', stage = '', tier = '', id = ''] = key.split(SEPARATOR).map(decodeURIComponent);
  const { score, name, label, explanation, agent, ...trace } = value as unknown as FeedbackBody;
  const span = carriedSpan(trace);
  return {
    id,
    workflow,
    stage: stage || undefined,
    tier: tier || undefined,
    score,
    name,
    label,
    explanation,
    agent,
    time: createdAt,
    traceId: span?.traceId,
    spanId: span?.spanId,
  };
}

export function toJson(body: FeedbackBody): JsonValue {
  return body as unknown as JsonValue;
}
