// OpenInference (Arize): https://arize-ai.github.io/openinference/spec/attributes/semantic-conventions.html
import type { Attributes } from '@opentelemetry/api';
import * as names from '../../semconv.ts';
import { numberOf, providerOf, type Translation, textOf } from './dialect.ts';

export const OPENINFERENCE_KIND = 'openinference.span.kind';

/** Kinds that are one model call, with the operation each stands for. */
export const OPENINFERENCE_OPERATIONS: ReadonlyMap<unknown, string> = new Map([
  ['LLM', 'chat'],
  ['EMBEDDING', 'embeddings'],
]);

/** `llm.invocation_parameters` holds the request's parameters as JSON; these are taken from it, the rest may hold content. */
const PARAMETERS: Readonly<Record<string, string>> = {
  temperature: names.GEN_AI_REQUEST_TEMPERATURE,
  top_p: names.GEN_AI_REQUEST_TOP_P,
  top_k: names.GEN_AI_REQUEST_TOP_K,
  max_tokens: names.GEN_AI_REQUEST_MAX_TOKENS,
  max_completion_tokens: names.GEN_AI_REQUEST_MAX_TOKENS,
  max_output_tokens: names.GEN_AI_REQUEST_MAX_TOKENS,
  frequency_penalty: names.GEN_AI_REQUEST_FREQUENCY_PENALTY,
  presence_penalty: names.GEN_AI_REQUEST_PRESENCE_PENALTY,
  seed: names.GEN_AI_REQUEST_SEED,
};

export function translateOpenInference(attributes: Attributes): Translation {
  const parameters = parse(attributes['llm.invocation_parameters'] ?? attributes['embedding.invocation_parameters']);
  const model = textOf(attributes['llm.model_name']) ?? textOf(attributes['embedding.model_name']);
  const finishReason = textOf(attributes['llm.finish_reason']);
  const translation: Translation = {
    [names.GEN_AI_OPERATION_NAME]: OPENINFERENCE_OPERATIONS.get(attributes[OPENINFERENCE_KIND]),
    [names.GEN_AI_PROVIDER_NAME]: providerOf(attributes['llm.provider'] ?? attributes['llm.system']),
    [names.GEN_AI_REQUEST_MODEL]: textOf(parameters.model) ?? model,
    [names.GEN_AI_RESPONSE_MODEL]: model,
    [names.GEN_AI_RESPONSE_FINISH_REASONS]: finishReason === undefined ? undefined : [finishReason],
    [names.GEN_AI_CONVERSATION_ID]: textOf(attributes['session.id']),
    [names.GEN_AI_USAGE_INPUT_TOKENS]: numberOf(attributes['llm.token_count.prompt']),
    [names.GEN_AI_USAGE_OUTPUT_TOKENS]: numberOf(attributes['llm.token_count.completion']),
    [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: numberOf(attributes['llm.token_count.prompt_details.cache_read']),
    [names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]: numberOf(
      attributes['llm.token_count.prompt_details.cache_write'],
    ),
    [names.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS]: numberOf(attributes['llm.token_count.completion_details.reasoning']),
  };
  for (const [parameter, name] of Object.entries(PARAMETERS)) translation[name] ??= numberOf(parameters[parameter]);
  if (typeof parameters.stream === 'boolean') translation[names.GEN_AI_REQUEST_STREAM] = parameters.stream;
  return translation;
}

function parse(json: unknown): Record<string, unknown> {
  if (typeof json !== 'string') return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Cut short by a limit: its values are lost, the tokens beside it are not.
    return {};
  }
}
