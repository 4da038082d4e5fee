// Names the work that calls belong to. It makes no span: it says something on every span below, across `await`.
import { type Attributes, context } from '@opentelemetry/api';
import { guard } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';
import {
  AGENT_VITALS_TIER,
  AGENT_VITALS_WORKFLOW_STAGE,
  GEN_AI_CONVERSATION_ID,
  GEN_AI_WORKFLOW_NAME,
  VITALS_CONTEXT_KEY,
  type VitalsContext,
} from '../../semconv.ts';
import { fields } from '../inference/wire.ts';

export interface WorkflowContext {
  /** Name of the work, one of few: it becomes a label of metrics. */
  readonly workflow?: string | undefined;
  /** Where in the work, for example `triage`. */
  readonly stage?: string | undefined;
  /** Class of model wanted, for example `cheap` or `premium`. */
  readonly tier?: string | undefined;
  /** Whose work it is. Written only as a keyed hash. */
  readonly userId?: string | number | bigint | undefined;
  readonly conversationId?: string | number | bigint | undefined;
}

const ATTRIBUTES = {
  workflow: GEN_AI_WORKFLOW_NAME,
  stage: AGENT_VITALS_WORKFLOW_STAGE,
  tier: AGENT_VITALS_TIER,
  conversationId: GEN_AI_CONVERSATION_ID,
} as const satisfies Partial<Record<keyof WorkflowContext, string>>;

/**
 * Runs `fn` so that every span below it carries what is said here. Nested calls add to and replace what the outer ones say.
 * @returns what `fn` returns.
 */
export function withWorkflow<T>(workflow: WorkflowContext, fn: () => T): T {
  const active = context.active();
  const below = guard('reading the argument of withWorkflow()', () =>
    merge(active.getValue(VITALS_CONTEXT_KEY), workflow),
  );
  return context.with(below ? active.setValue(VITALS_CONTEXT_KEY, below) : active, fn);
}

function merge(outer: unknown, given: unknown): VitalsContext {
  const { attributes: inherited, userId: inheritedUser } = (outer ?? {}) as Partial<VitalsContext>;
  const named = fields(given);
  const attributes: Attributes = { ...inherited };
  for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
    const value = text(name, named[name]);
    if (value !== undefined) attributes[attribute] = value;
  }
  return { attributes, userId: text('userId', named.userId) ?? inheritedUser };
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  // Ids of databases.
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  warnOnce(`manual:workflow:${name}`, `withWorkflow() takes "${name}" as a text; another kind of value is ignored.`);
  return undefined;
}
