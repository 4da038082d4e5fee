// What is written into the streams of events, ours and the users': what happened, to which agent, in which trace.
import { context } from '@opentelemetry/api';
import type { AgentIdentity } from './current-agent.ts';
import { coordinationSettings, retentionMillis } from './settings.ts';
import { coordinationStore } from './store/process-store.ts';
import type { JsonValue, NewEvent, StoredEvent } from './store/store.ts';
import { type CarriedTrace, carryTrace } from './trace-context.ts';

/** The value of every event in the store. */
export interface EventBody extends CarriedTrace {
  readonly payload: JsonValue;
  readonly agent?: AgentIdentity | undefined;
}

/**
 * An event of now, of the running span unless said otherwise: to be stored by itself, or together with what it tells of.
 * @param about whose event it is: who acts in it need not be the agent that is running.
 */
export function newEvent(
  type: string,
  payload: JsonValue,
  about: { readonly agent: AgentIdentity | undefined; readonly trace?: CarriedTrace },
): NewEvent {
  const { agent, trace = carryTrace(context.active()) } = about;
  const { maxEvents } = coordinationSettings().coordination;
  const body = { payload, ...(agent && { agent: { id: agent.id, name: agent.name } }), ...trace };
  return { type, value: body, maxLength: maxEvents, ttlMillis: retentionMillis() };
}

/** For who has other things to do: not awaited, and where the store is not available, the store has said it. */
export function publishOwnEvent(
  type: 'signal.received' | `alert.${string}`,
  payload: JsonValue,
  agent: AgentIdentity | undefined,
): void {
  coordinationStore()
    .append(newEvent(type, payload, { agent }))
    .catch(() => undefined);
}

export function bodyOf({ value }: StoredEvent): EventBody {
  return value as unknown as EventBody;
}
