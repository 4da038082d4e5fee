// First stage: brings every dialect to the conventions' vocabulary. Adds beside what is there; the span's own attributes are never changed.
import { type Attributes, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import * as names from '../semconv.ts';
import { AI_SDK_OPERATION_ID, translateAiSdk } from './dialects/ai-sdk.ts';
import { ANTHROPIC_NATIVE_SCOPE, translateAnthropicNative } from './dialects/anthropic-native.ts';
import type { Translation } from './dialects/dialect.ts';
import { OPENINFERENCE_KIND, translateOpenInference } from './dialects/openinference.ts';
import { translateOpenLlmetry } from './dialects/openllmetry.ts';

type NormalisedSpan = Pick<ReadableSpan, 'attributes' | 'instrumentationScope' | 'status' | 'events'>;

/** What a span lacks of the conventions' vocabulary; `undefined` where it lacks nothing, as our own. */
export function normalise(span: NormalisedSpan): Attributes | undefined {
  const { attributes, instrumentationScope, status } = span;
  if (instrumentationScope.name === names.SCOPE_NAME) return undefined;
  const translation = translate(span);
  const additions: Attributes = {};
  for (const name in translation) {
    const value = translation[name];
    // What the span says in the conventions' own words counts more than what we make of its others.
    if (value !== undefined && attributes[name] === undefined) additions[name] = value;
  }
  addWholeInput(attributes, additions);
  if (attributes[names.AGENT_VITALS_OUTCOME] === undefined) {
    additions[names.AGENT_VITALS_OUTCOME] ??= status.code === SpanStatusCode.ERROR ? 'error' : 'completed';
  }
  // > error.type: If the operation ended in an error, this is Required; `_OTHER` is the fallback of the conventions.
  if (status.code === SpanStatusCode.ERROR && attributes[names.ERROR_TYPE] === undefined) {
    additions[names.ERROR_TYPE] = exceptionTypeOf(span) ?? names.ERROR_TYPE_OTHER;
  }
  for (const _ in additions) return additions;
  return undefined;
}

function translate({ attributes, instrumentationScope, status }: NormalisedSpan): Translation {
  if (attributes[OPENINFERENCE_KIND] !== undefined) return translateOpenInference(attributes);
  if (attributes[AI_SDK_OPERATION_ID] !== undefined) return translateAiSdk(attributes);
  if (instrumentationScope.name.startsWith(ANTHROPIC_NATIVE_SCOPE)) return translateAnthropicNative(attributes, status);
  return translateOpenLlmetry(attributes);
}

/**
 * > gen_ai.usage.input_tokens SHOULD include all types of input tokens, including cached tokens.
 *
 * Anthropic's own count excludes them and some instrumentations hand it on: known by cached tokens that outnumber the whole.
 */
function addWholeInput(attributes: Attributes, additions: Attributes): void {
  const tokens = (name: string): number => {
    const value = attributes[name] ?? additions[name];
    return typeof value === 'number' && value > 0 ? value : 0;
  };
  const input = tokens(names.GEN_AI_USAGE_INPUT_TOKENS);
  const cached =
    tokens(names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS) + tokens(names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS);
  if (cached > input) additions[names.GEN_AI_USAGE_INPUT_TOKENS] = input + cached;
}

function exceptionTypeOf({ events }: NormalisedSpan): string | undefined {
  const type = events.findLast((event) => event.name === 'exception')?.attributes?.[names.EXCEPTION_TYPE];
  return typeof type === 'string' && type !== '' ? type : undefined;
}
