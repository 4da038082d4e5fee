// What a span is to us, told by its attributes in any dialect. Runs for every span of the host at its start: must stay a few lookups.
import type { Attributes } from '@opentelemetry/api';
import {
  GEN_AI_OPERATION_NAME,
  GEN_AI_USAGE_INPUT_TOKENS,
  GEN_AI_USAGE_OUTPUT_TOKENS,
  INFERENCE_OPERATIONS,
  OPERATION_EXECUTE_TOOL,
} from '../semconv.ts';
import { AI_SDK_OPERATION_ID, isAiSdkInference } from './dialects/ai-sdk.ts';
import { OPENINFERENCE_KIND, OPENINFERENCE_OPERATIONS } from './dialects/openinference.ts';
import { OPENLLMETRY_OPERATIONS, OPENLLMETRY_REQUEST_TYPE, TRACELOOP_SPAN_KIND } from './dialects/openllmetry.ts';

/** `inference` is one model call; `work` is other GenAI work (agent, tool, workflow, retrieval); `other` is none of ours. */
export type SpanRole = 'inference' | 'work' | 'other';

const inferenceOperations = new Set<unknown>(INFERENCE_OPERATIONS);

export function roleOf(attributes: Attributes): SpanRole {
  const operation = attributes[GEN_AI_OPERATION_NAME];
  if (operation !== undefined) return inferenceOperations.has(operation) ? 'inference' : 'work';
  const kind = attributes[OPENINFERENCE_KIND];
  if (kind !== undefined) return OPENINFERENCE_OPERATIONS.has(kind) ? 'inference' : 'work';
  const aiSdk = attributes[AI_SDK_OPERATION_ID];
  if (aiSdk !== undefined) return isAiSdkInference(aiSdk) ? 'inference' : 'work';
  const request = attributes[OPENLLMETRY_REQUEST_TYPE];
  if (request !== undefined) return OPENLLMETRY_OPERATIONS.has(request) ? 'inference' : 'work';
  if (attributes[TRACELOOP_SPAN_KIND] !== undefined) return 'work';
  // Instrumentations that name no operation are known by what only an inference has.
  const hasUsage =
    attributes[GEN_AI_USAGE_INPUT_TOKENS] !== undefined || attributes[GEN_AI_USAGE_OUTPUT_TOKENS] !== undefined;
  return hasUsage ? 'inference' : 'other';
}

/** One use of a tool, in any dialect. */
export function isToolCall(attributes: Attributes): boolean {
  return (
    attributes[GEN_AI_OPERATION_NAME] === OPERATION_EXECUTE_TOOL ||
    attributes[OPENINFERENCE_KIND] === 'TOOL' ||
    attributes[AI_SDK_OPERATION_ID] === 'ai.toolCall' ||
    attributes[TRACELOOP_SPAN_KIND] === 'tool'
  );
}
