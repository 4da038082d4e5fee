// What is written into the streams of events, ours and the users': what happened, to which agent, in which trace.
import { context } from '@opentelemetry/api';
import { type AgentIdentity, currentAgent } from './current-agent.ts';
import { coordinationSettings, retentionMillis } from './settings.ts';
import { coordinationStore } from './store/process-store.ts';
import type { JsonValue, NewEvent, StoredEvent } from './store/store.ts';
import { type CarriedTrace, carryTrace } from './trace-context.ts';

/** Of events that the package makes by itself: users see them beside their own. */
export type OwnEventType =
  | `agent.${string}`
  | `signal.${'sent' | 'received'}`
  | `approval.${string}`
  | `alert.${string}`
  | `feedback.${string}`;

/** The value of every event in the store. */
export interface EventBody extends CarriedTrace {
  readonly payload: JsonValue;
  readonly agent?: AgentIdentity | undefined;
}

/** An event of now, of the running agent and span unless said otherwise: to be stored by itself, or together with what it tells of. */
export function newEvent(
  type: string,
  payload: JsonValue,
  {
    agent = currentAgent(),
    trace = carryTrace(context.active()),
  }: { agent?: AgentIdentity | undefined; trace?: CarriedTrace } = {},
): NewEvent {
  const { maxEvents } = coordinationSettings().coordination;
  const body = { payload, ...(agent && { agent: { id: agent.id, name: agent.name } }), ...trace };
  return { type, value: body, maxLength: maxEvents, ttlMillis: retentionMillis() };
}

/** For who has other things to do: not awaited, and where the store is not available, the store has said it. */
export function publishOwnEvent(type: OwnEventType, payload: JsonValue): void {
  coordinationStore()
    .append(newEvent(type, payload))
    .catch(() => undefined);
}

export function bodyOf({ value }: StoredEvent): EventBody {
  return value as unknown as EventBody;
}
