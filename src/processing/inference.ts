// One model call as the stages read it: the few facts that price and metrics are made of.
import type { Attributes } from '@opentelemetry/api';
import * as names from '../semconv.ts';

export interface Inference {
  readonly operation: string | undefined;
  readonly provider: string | undefined;
  readonly requestModel: string | undefined;
  readonly responseModel: string | undefined;
  readonly serverAddress: string | undefined;
  readonly serverPort: number | undefined;
  readonly workflow: string | undefined;
  readonly tier: string | undefined;
  readonly errorType: string | undefined;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly cacheReadTokens: number | undefined;
  readonly cacheCreationTokens: number | undefined;
  readonly cacheCreation1hTokens: number | undefined;
  readonly reasoningTokens: number | undefined;
  /** Seconds. */
  readonly timeToFirstChunk: number | undefined;
  readonly chunks: number | undefined;
  /** A price the span already has, from whoever recorded it. */
  readonly costUsd: number | undefined;
  /** A cache of the app has answered: nothing was used. */
  readonly cacheHit: boolean;
  readonly cacheType: string | undefined;
  /** What a hit would have used. */
  readonly savedInputTokens: number | undefined;
  readonly savedOutputTokens: number | undefined;
  /** Parts of {@link savedInputTokens}. */
  readonly savedCacheReadTokens: number | undefined;
  readonly savedCacheCreationTokens: number | undefined;
}

/** @param attributes in the conventions' vocabulary. What is of the wrong type there counts as absent. */
export function readInference(attributes: Attributes): Inference {
  return {
    operation: text(attributes[names.GEN_AI_OPERATION_NAME]),
    provider: text(attributes[names.GEN_AI_PROVIDER_NAME]),
    requestModel: text(attributes[names.GEN_AI_REQUEST_MODEL]),
    responseModel: text(attributes[names.GEN_AI_RESPONSE_MODEL]),
    serverAddress: text(attributes[names.SERVER_ADDRESS]),
    serverPort: amount(attributes[names.SERVER_PORT]),
    workflow: text(attributes[names.GEN_AI_WORKFLOW_NAME]),
    tier: text(attributes[names.AGENT_VITALS_TIER]),
    errorType: text(attributes[names.ERROR_TYPE]),
    inputTokens: amount(attributes[names.GEN_AI_USAGE_INPUT_TOKENS]),
    outputTokens: amount(attributes[names.GEN_AI_USAGE_OUTPUT_TOKENS]),
    cacheReadTokens: amount(attributes[names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]),
    cacheCreationTokens: amount(attributes[names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]),
    cacheCreation1hTokens: amount(attributes[names.ANTHROPIC_USAGE_CACHE_CREATION_1H]),
    reasoningTokens: amount(attributes[names.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS]),
    timeToFirstChunk: amount(attributes[names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]),
    chunks: amount(attributes[names.AGENT_VITALS_STREAM_CHUNKS]),
    costUsd: amount(attributes[names.AGENT_VITALS_COST_USD]),
    cacheHit: attributes[names.AGENT_VITALS_CACHE_HIT] === true,
    cacheType: text(attributes[names.AGENT_VITALS_CACHE_TYPE]),
    savedInputTokens: amount(attributes[names.AGENT_VITALS_CACHE_SAVED_INPUT_TOKENS]),
    savedOutputTokens: amount(attributes[names.AGENT_VITALS_CACHE_SAVED_OUTPUT_TOKENS]),
    savedCacheReadTokens: amount(attributes[names.AGENT_VITALS_CACHE_SAVED_CACHE_READ_TOKENS]),
    savedCacheCreationTokens: amount(attributes[names.AGENT_VITALS_CACHE_SAVED_CACHE_CREATION_TOKENS]),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number, 0 or more. */
function amount(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY ? value : undefined;
}
