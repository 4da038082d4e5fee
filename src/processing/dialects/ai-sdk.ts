// Vercel AI SDK 3 to 7 (`ai.*` spans): packages/otel/src/legacy-open-telemetry.ts of vercel/ai. Its newer spans speak the conventions and need nothing.
import type { Attributes } from '@opentelemetry/api';
import * as names from '../../semconv.ts';
import { firstOf, numberOf, providerOf, type Translation, textOf } from './dialect.ts';

export const AI_SDK_OPERATION_ID = 'ai.operationId';

/** `ai.generateText` is the whole loop with its tools; each of its model calls is a span `ai.generateText.doGenerate` below it. */
export function isAiSdkInference(operationId: unknown): boolean {
  return typeof operationId === 'string' && /\.do(?:Generate|Stream|Embed)$/.test(operationId);
}

export function translateAiSdk(attributes: Attributes): Translation {
  const operationId = attributes[AI_SDK_OPERATION_ID];
  const isEmbedding = typeof operationId === 'string' && operationId.endsWith('.doEmbed');
  const finishReason = textOf(firstOf(attributes, 'ai.response.finishReason', 'ai.finishReason'));
  const firstChunkMillis = numberOf(firstOf(attributes, 'ai.response.msToFirstChunk', 'ai.stream.msToFirstChunk'));
  return {
    [names.GEN_AI_OPERATION_NAME]: isAiSdkInference(operationId) ? (isEmbedding ? 'embeddings' : 'chat') : undefined,
    [names.GEN_AI_PROVIDER_NAME]: providerOf(firstOf(attributes, 'gen_ai.system', 'ai.model.provider')),
    [names.GEN_AI_REQUEST_MODEL]: textOf(attributes['ai.model.id']),
    [names.GEN_AI_REQUEST_STREAM]:
      typeof operationId === 'string' && operationId.endsWith('.doStream') ? true : undefined,
    [names.GEN_AI_RESPONSE_MODEL]: textOf(attributes['ai.response.model']),
    [names.GEN_AI_RESPONSE_ID]: textOf(attributes['ai.response.id']),
    [names.GEN_AI_RESPONSE_FINISH_REASONS]: finishReason === undefined ? undefined : [finishReason],
    [names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]: firstChunkMillis === undefined ? undefined : firstChunkMillis / 1000,
    [names.GEN_AI_USAGE_INPUT_TOKENS]: numberOf(
      firstOf(attributes, 'ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens'),
    ),
    [names.GEN_AI_USAGE_OUTPUT_TOKENS]: numberOf(
      firstOf(attributes, 'ai.usage.outputTokens', 'ai.usage.completionTokens'),
    ),
    [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: numberOf(
      firstOf(attributes, 'ai.usage.inputTokenDetails.cacheReadTokens', 'ai.usage.cachedInputTokens'),
    ),
    [names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]: numberOf(
      attributes['ai.usage.inputTokenDetails.cacheWriteTokens'],
    ),
    [names.ANTHROPIC_USAGE_CACHE_CREATION_1H]: hourlyCacheCreation(attributes['ai.response.providerMetadata']),
    [names.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS]: numberOf(
      firstOf(attributes, 'ai.usage.outputTokenDetails.reasoningTokens', 'ai.usage.reasoningTokens'),
    ),
  };
}

const HOURLY = 'ephemeral_1h_input_tokens';

/** Of what was written to Anthropic's cache the part that is kept for an hour: in JSON, in the usage as it came. */
function hourlyCacheCreation(metadata: unknown): number | undefined {
  if (typeof metadata !== 'string' || !metadata.includes(HOURLY)) return undefined;
  try {
    const { anthropic } = JSON.parse(metadata) as {
      anthropic?: { usage?: { cache_creation?: Record<string, unknown> } };
    };
    return numberOf(anthropic?.usage?.cache_creation?.[HOURLY]);
  } catch {
    // Cut short by a limit: its values are lost, the tokens beside it are not.
    return undefined;
  }
}
