// Which agent the running code belongs to: what `withAgent` says of it in the OpenTelemetry context.
import { activeContext } from '../internal/carried-context.ts';
import { GEN_AI_AGENT_ID, GEN_AI_AGENT_NAME, VITALS_CONTEXT_KEY, type VitalsContext } from '../semconv.ts';

export interface AgentIdentity {
  /** Unique among all agents. */
  readonly id: string;
  /** What it is, the same for all that do the same work. */
  readonly name: string;
}

/** `undefined` outside of any. */
export function currentAgent(): AgentIdentity | undefined {
  const vitals = activeContext().getValue(VITALS_CONTEXT_KEY) as VitalsContext | undefined;
  const { [GEN_AI_AGENT_ID]: id, [GEN_AI_AGENT_NAME]: name } = vitals?.attributes ?? {};
  return typeof id === 'string' && typeof name === 'string' ? { id, name } : undefined;
}
