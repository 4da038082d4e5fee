// Request parameters of the OpenAI API under their names of the conventions. Zeros are values; what was not given is left out.
import type { Attributes } from '@opentelemetry/api';
import * as names from '../../semconv.ts';
import { type Fields, fields, number, string } from '../inference/wire.ts';

export function requestAttributes(resource: string, body: Fields): Attributes {
  const attributes: Attributes = {};
  const set = (name: string, value: string | number | string[] | undefined): void => {
    if (value !== undefined) attributes[name] = value;
  };
  if (resource === 'chat/completions') set(names.OPENAI_API_TYPE, 'chat_completions');
  if (resource === 'responses') set(names.OPENAI_API_TYPE, 'responses');
  const choices = number(body.n);
  const tier = string(body.service_tier);
  set(names.GEN_AI_REQUEST_MAX_TOKENS, number(body.max_completion_tokens ?? body.max_output_tokens ?? body.max_tokens));
  set(names.GEN_AI_REQUEST_TEMPERATURE, number(body.temperature));
  set(names.GEN_AI_REQUEST_TOP_P, number(body.top_p));
  set(names.GEN_AI_REQUEST_TOP_K, number(body.top_k));
  set(names.GEN_AI_REQUEST_FREQUENCY_PENALTY, number(body.frequency_penalty));
  set(names.GEN_AI_REQUEST_PRESENCE_PENALTY, number(body.presence_penalty));
  set(names.GEN_AI_REQUEST_SEED, number(body.seed));
  set(names.GEN_AI_REQUEST_STOP_SEQUENCES, texts(body.stop));
  // "If available, in the request, and value is not 1."
  set(names.GEN_AI_REQUEST_CHOICE_COUNT, choices === 1 ? undefined : choices);
  // "If the request includes a service tier and the value is not `auto`."
  set(names.OPENAI_REQUEST_SERVICE_TIER, tier === 'auto' ? undefined : tier);
  set(names.GEN_AI_REQUEST_REASONING_LEVEL, string(body.reasoning_effort ?? fields(body.reasoning).effort));
  set(names.GEN_AI_REQUEST_ENCODING_FORMATS, texts(body.encoding_format));
  set(names.GEN_AI_EMBEDDINGS_DIMENSION_COUNT, number(body.dimensions));
  set(names.GEN_AI_CONVERSATION_ID, string(fields(body.conversation).id ?? body.conversation));
  set(names.GEN_AI_OUTPUT_TYPE, outputType(body));
  return attributes;
}

function outputType(body: Fields): string | undefined {
  if (Array.isArray(body.modalities) && body.modalities.includes('audio')) return 'speech';
  const format = string(fields(body.response_format ?? fields(body.text).format).type);
  if (format === 'json_object' || format === 'json_schema') return 'json';
  return format === 'text' ? 'text' : undefined;
}

function texts(value: unknown): string[] | undefined {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : undefined;
}
