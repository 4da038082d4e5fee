// The native spans of @anthropic-ai/sdk >= 0.134 (internal/tracing of the package): nearly the conventions, with a few names of its own.
import { type Attributes, type SpanStatus, SpanStatusCode } from '@opentelemetry/api';
import * as names from '../../semconv.ts';
import { numberOf, type Translation, textOf } from './dialect.ts';

/** `com.anthropic.sdk.typescript`, followed by `.bedrock` and the like on other platforms. */
export const ANTHROPIC_NATIVE_SCOPE = 'com.anthropic.sdk.typescript';

export function translateAnthropicNative(attributes: Attributes, status: SpanStatus): Translation {
  const stopReason = textOf(attributes['anthropic.message.stop_reason']);
  return {
    [names.GEN_AI_RESPONSE_FINISH_REASONS]: stopReason === undefined ? undefined : [stopReason],
    [names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]: numberOf(attributes['gen_ai.usage.cache_write.input_tokens']),
    [names.AGENT_VITALS_OUTCOME]: outcomeOf(attributes, status, stopReason),
  };
}

/** It ends OK when done, ERROR when failed and UNSET when the application stopped: by abort, by break, or by never reading the stream. */
function outcomeOf(attributes: Attributes, status: SpanStatus, stopReason: string | undefined): names.Outcome {
  if (status.code === SpanStatusCode.OK) return 'completed';
  if (status.code === SpanStatusCode.ERROR) return 'error';
  if (stopReason !== undefined) return 'completed';
  const isUnread =
    attributes[names.GEN_AI_REQUEST_STREAM] === true &&
    attributes[names.HTTP_RESPONSE_STATUS_CODE] !== undefined &&
    attributes[names.GEN_AI_RESPONSE_ID] === undefined;
  return isUnread ? 'abandoned' : 'cancelled';
}
