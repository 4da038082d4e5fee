// OpenLLMetry (Traceloop) and the conventions before 1.37: packages/ai-semantic-conventions/src/SemanticAttributes.ts of traceloop/openllmetry-js,
// and docs/gen-ai of open-telemetry/semantic-conventions at 1.27 to 1.36.
import type { Attributes } from '@opentelemetry/api';
import * as names from '../../semconv.ts';
import { firstOf, numberOf, providerOf, type Translation, textOf } from './dialect.ts';

export const OPENLLMETRY_REQUEST_TYPE = 'llm.request.type';
export const TRACELOOP_SPAN_KIND = 'traceloop.span.kind';

/** Request types that are one model call, with the operation each stands for. */
export const OPENLLMETRY_OPERATIONS: ReadonlyMap<unknown, string> = new Map([
  ['chat', 'chat'],
  ['completion', 'text_completion'],
  ['embedding', 'embeddings'],
]);

const COMPLETION = 'gen_ai.completion.';
const FINISH_REASON = /^gen_ai\.completion\.\d+\.finish_reason$/;

type Rule = readonly [name: string, read: (value: unknown) => unknown, ...formerNames: string[]];

/** What the conventions call it now, how it is read, and its former names: the first that is set counts. */
const RULES: readonly Rule[] = [
  [names.GEN_AI_OPERATION_NAME, (value) => OPENLLMETRY_OPERATIONS.get(value), OPENLLMETRY_REQUEST_TYPE],
  [names.GEN_AI_PROVIDER_NAME, providerOf, 'gen_ai.system'],
  [names.GEN_AI_REQUEST_TOP_K, numberOf, 'llm.top_k'],
  [names.GEN_AI_REQUEST_FREQUENCY_PENALTY, numberOf, 'llm.frequency_penalty'],
  [names.GEN_AI_REQUEST_PRESENCE_PENALTY, numberOf, 'llm.presence_penalty'],
  [names.GEN_AI_REQUEST_SEED, numberOf, 'gen_ai.openai.request.seed'],
  [names.GEN_AI_REQUEST_STREAM, booleanOf, 'llm.is_streaming', 'llm.request.is_streaming'],
  [
    names.GEN_AI_RESPONSE_FINISH_REASONS,
    reasonsOf,
    'gen_ai.response.finish_reason',
    'llm.response.finish_reason',
    'llm.response.stop_reason',
  ],
  [names.GEN_AI_WORKFLOW_NAME, textOf, 'traceloop.workflow.name'],
  [names.OPENAI_REQUEST_SERVICE_TIER, textOf, 'gen_ai.openai.request.service_tier'],
  [names.OPENAI_RESPONSE_SERVICE_TIER, textOf, 'gen_ai.openai.response.service_tier'],
  [names.OPENAI_RESPONSE_SYSTEM_FINGERPRINT, textOf, 'gen_ai.openai.response.system_fingerprint'],
  [names.GEN_AI_USAGE_INPUT_TOKENS, numberOf, 'gen_ai.usage.prompt_tokens', 'llm.usage.prompt_tokens'],
  [names.GEN_AI_USAGE_OUTPUT_TOKENS, numberOf, 'gen_ai.usage.completion_tokens', 'llm.usage.completion_tokens'],
  [
    names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
    numberOf,
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.cached_input_tokens',
    'gen_ai.usage.input_tokens.cached',
    'gen_ai.usage.cached_tokens',
    'llm.usage.cache_read_input_tokens',
  ],
  [
    names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
    numberOf,
    // The conventions' later name, as in Anthropic's native spans.
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_input_tokens',
    'gen_ai.usage.input_tokens.cache_write',
    'llm.usage.cache_creation_input_tokens',
  ],
  [
    names.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
    numberOf,
    'gen_ai.usage.reasoning_tokens',
    'gen_ai.usage.reasoning_output_tokens',
    'gen_ai.usage.output_tokens.reasoning',
    'llm.usage.reasoning_tokens',
  ],
];
const FORMER_NAMES: ReadonlySet<string> = new Set(RULES.flatMap(([, , ...formerNames]) => formerNames));
const NOTHING: Translation = Object.freeze({});

export function translateOpenLlmetry(attributes: Attributes): Translation {
  // Runs for every foreign span, and most have nothing of it.
  if (!hasFormerName(attributes)) return NOTHING;
  const translation: Translation = {};
  for (const [name, read, ...formerNames] of RULES) translation[name] = read(firstOf(attributes, ...formerNames));
  translation[names.GEN_AI_RESPONSE_FINISH_REASONS] ??= reasonsOfCompletions(attributes);
  return translation;
}

function hasFormerName(attributes: Attributes): boolean {
  for (const key in attributes) if (FORMER_NAMES.has(key) || key.startsWith(COMPLETION)) return true;
  return false;
}

function reasonsOf(value: unknown): string[] | undefined {
  const reason = textOf(value);
  return reason === undefined ? undefined : [reason];
}

function reasonsOfCompletions(attributes: Attributes): string[] | undefined {
  const reasons: string[] = [];
  for (const key in attributes) {
    const reason = FINISH_REASON.test(key) ? textOf(attributes[key]) : undefined;
    if (reason !== undefined) reasons.push(reason);
  }
  return reasons.length > 0 ? reasons : undefined;
}

function booleanOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}
