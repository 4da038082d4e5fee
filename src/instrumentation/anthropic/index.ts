// What the Anthropic API says: Messages (beta too) and the legacy text completions. Pure reading; everything else of the API is left alone.
// All values are taken by type: a body is the vendor's word, and a proxy's may be anything.
import type { Attributes } from '@opentelemetry/api';
import {
  ANTHROPIC_REQUEST_SERVICE_TIER,
  ANTHROPIC_THINKING_BUDGET_TOKENS,
  ANTHROPIC_THINKING_TYPE,
  GEN_AI_OUTPUT_TYPE,
  GEN_AI_REQUEST_MAX_TOKENS,
  GEN_AI_REQUEST_REASONING_LEVEL,
  GEN_AI_REQUEST_STOP_SEQUENCES,
  GEN_AI_REQUEST_TEMPERATURE,
  GEN_AI_REQUEST_TOP_K,
  GEN_AI_REQUEST_TOP_P,
} from '../../semconv.ts';
import { readServer } from '../inference/server.ts';
import type { InferenceRequest, InferenceResponse, VendorAdapter, VendorCall } from '../inference/vendor-adapter.ts';
import { type Fields, fields, number, string } from '../inference/wire.ts';
import { requestContent } from './content.ts';
import { readMessage } from './message.ts';
import { CompletionStreamReader, MessageStreamReader } from './stream.ts';
import { updateCounts } from './usage.ts';

/** The two that are inference. Under `/v1/messages/` there are token counts and batches, which are not. */
const INFERENCE_PATH = /(?:^|\/)v1\/(messages|complete)(?:\?|$)/;

/** Clients that Anthropic makes for others who sell its models, and the providers these are. */
const PLATFORM_CLIENTS: readonly (readonly [clientClass: RegExp, provider: string])[] = [
  [/^AnthropicBedrock/, 'aws.bedrock'],
  [/^AnthropicVertex/, 'gcp.vertex_ai'],
  [/^AnthropicFoundry/, 'azure.ai.inference'],
];

export const adapter: VendorAdapter = {
  matches(method: string, path: string): boolean {
    return method.toUpperCase() === 'POST' && INFERENCE_PATH.test(path);
  },

  describe(call: VendorCall): InferenceRequest | undefined {
    if (!this.matches(call.method, call.path)) return undefined;
    const resource = INFERENCE_PATH.exec(call.path)?.[1];
    const body = fields(call.body);
    return {
      operation: resource === 'messages' ? 'chat' : 'text_completion',
      ...readServer(call, platformOf(call.clientClass)),
      model: string(body.model),
      stream: call.stream || body.stream === true,
      attributes: requestAttributes(body),
      content: () => requestContent(body),
    };
  },

  readResponse(_request: InferenceRequest, body: unknown): InferenceResponse {
    const message = fields(body);
    return readMessage({
      id: string(message.id),
      model: string(message.model),
      stopReason: string(message.stop_reason),
      counts: updateCounts({}, message.usage),
      // A proxy may answer 200 with an error in the body.
      errorType: message.type === 'error' ? (string(fields(message.error).type) ?? 'error') : undefined,
      content: message.content ?? message.completion,
    });
  },

  createStreamReader(request: InferenceRequest, keepContent: boolean) {
    return request.operation === 'chat'
      ? new MessageStreamReader(keepContent)
      : new CompletionStreamReader(keepContent);
  },
};

function platformOf(clientClass = ''): string {
  return PLATFORM_CLIENTS.find(([name]) => name.test(clientClass))?.[1] ?? 'anthropic';
}

function requestAttributes(body: Fields): Attributes {
  const format = fields(fields(body.output_config).format ?? body.output_format);
  const thinking = fields(body.thinking);
  return {
    [GEN_AI_REQUEST_MAX_TOKENS]: number(body.max_tokens ?? body.max_tokens_to_sample),
    [GEN_AI_REQUEST_TEMPERATURE]: number(body.temperature),
    [GEN_AI_REQUEST_TOP_P]: number(body.top_p),
    [GEN_AI_REQUEST_TOP_K]: number(body.top_k),
    [GEN_AI_REQUEST_STOP_SEQUENCES]: Array.isArray(body.stop_sequences)
      ? body.stop_sequences.filter((each) => typeof each === 'string')
      : undefined,
    [GEN_AI_REQUEST_REASONING_LEVEL]: string(fields(body.output_config).effort),
    [GEN_AI_OUTPUT_TYPE]: format.type === 'json_schema' ? 'json' : undefined,
    [ANTHROPIC_REQUEST_SERVICE_TIER]: string(body.service_tier),
    [ANTHROPIC_THINKING_TYPE]: string(thinking.type),
    [ANTHROPIC_THINKING_BUDGET_TOKENS]: number(thinking.budget_tokens),
  };
}
