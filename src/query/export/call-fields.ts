// The fields of a call in a row of a table for other programs, with their types.
import { type Call } from '../call.ts';

/** `null` is unknown. A time is in milliseconds since the epoch. */
export type FieldValue = string | number | boolean | null;

export interface CallField {
  readonly name: string;
  readonly type: 'time' | 'text' | 'integer' | 'number' | 'boolean';
  readonly valueOf: (call: Call) => FieldValue;
}

export const CALL_FIELDS: readonly CallField[] = [
  { name: 'time', type: 'time', valueOf: (call) => call.timeMillis },
  { name: 'operation', type: 'text', valueOf: (call) => call.operation },
  { name: 'provider', type: 'text', valueOf: (call) => call.provider },
  { name: 'request_model', type: 'text', valueOf: (call) => call.requestModel },
  { name: 'response_model', type: 'text', valueOf: (call) => call.responseModel },
  { name: 'stream', type: 'boolean', valueOf: (call) => call.stream },
  { name: 'outcome', type: 'text', valueOf: (call) => call.outcome },
  { name: 'error_type', type: 'text', valueOf: (call) => call.errorType },
  { name: 'duration_millis', type: 'number', valueOf: (call) => call.durationMillis },
  { name: 'time_to_first_chunk_millis', type: 'number', valueOf: (call) => call.timeToFirstChunkMillis },
  { name: 'input_tokens', type: 'integer', valueOf: (call) => call.tokens.input },
  { name: 'output_tokens', type: 'integer', valueOf: (call) => call.tokens.output },
  { name: 'cache_read_tokens', type: 'integer', valueOf: (call) => call.tokens.cacheRead },
  { name: 'cache_creation_tokens', type: 'integer', valueOf: (call) => call.tokens.cacheCreation },
  { name: 'cache_creation_1h_tokens', type: 'integer', valueOf: (call) => call.tokens.cacheCreation1h },
  { name: 'reasoning_tokens', type: 'integer', valueOf: (call) => call.tokens.reasoning },
  { name: 'cost_usd', type: 'number', valueOf: (call) => call.costUsd?.total ?? null },
  { name: 'cost_usd_input', type: 'number', valueOf: (call) => call.costUsd?.input ?? null },
  { name: 'cost_usd_cache_read', type: 'number', valueOf: (call) => call.costUsd?.cacheRead ?? null },
  { name: 'cost_usd_cache_write', type: 'number', valueOf: (call) => call.costUsd?.cacheWrite ?? null },
  { name: 'cost_usd_output', type: 'number', valueOf: (call) => call.costUsd?.output ?? null },
  { name: 'finish_reasons', type: 'text', valueOf: (call) => call.finishReasons.join(' ') },
  { name: 'workflow', type: 'text', valueOf: (call) => call.workflow },
  { name: 'stage', type: 'text', valueOf: (call) => call.stage },
  { name: 'tier', type: 'text', valueOf: (call) => call.tier },
  { name: 'agent', type: 'text', valueOf: (call) => call.agent },
  { name: 'prompt', type: 'text', valueOf: (call) => call.prompt },
  { name: 'prompt_version', type: 'text', valueOf: (call) => call.promptVersion },
  { name: 'prompt_variant', type: 'text', valueOf: (call) => call.promptVariant },
  { name: 'cache_hit', type: 'boolean', valueOf: (call) => call.cacheHit },
  { name: 'cache_type', type: 'text', valueOf: (call) => call.cacheType },
  { name: 'saved_input_tokens', type: 'integer', valueOf: (call) => call.saved.inputTokens },
  { name: 'saved_output_tokens', type: 'integer', valueOf: (call) => call.saved.outputTokens },
  { name: 'saved_usd', type: 'number', valueOf: (call) => call.saved.usd },
  { name: 'user_hash', type: 'text', valueOf: (call) => call.userHash },
  { name: 'conversation_id', type: 'text', valueOf: (call) => call.conversationId },
  { name: 'response_id', type: 'text', valueOf: (call) => call.responseId },
  { name: 'trace_id', type: 'text', valueOf: (call) => call.traceId },
  { name: 'span_id', type: 'text', valueOf: (call) => call.spanId },
];
