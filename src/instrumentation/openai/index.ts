// What the OpenAI API says: chat completions, legacy completions, responses and embeddings, of whoever speaks it. Pure reading; everything
// else of the API is left alone. All values are taken by type: a body is the vendor's word, and a proxy's may be anything.
import { type InferenceOperation, OPENAI_API_TYPE } from '../../semconv.ts';
import { readServer } from '../inference/server.ts';
import type { InferenceRequest, VendorAdapter, VendorCall } from '../inference/vendor-adapter.ts';
import { fields, string } from '../inference/wire.ts';
import { CompletionStreamReader, readCompletion } from './chat.ts';
import { requestContent } from './chat-content.ts';
import { requestAttributes } from './request.ts';
import { ResponseStreamReader, readResponse, responsesContent } from './responses.ts';

/** At the end, for Azure and gateways put their own before. Below `responses/` there are cancelling, compaction and token counts, which are no inference. */
const INFERENCE_PATH = /(?:^|\/)(chat\/completions|completions|responses|embeddings)\/?(?:\?|$)/;
const DEPLOYMENT = /\/deployments\/([^/?]+)/;

const OPERATIONS: Readonly<Record<string, InferenceOperation>> = {
  'chat/completions': 'chat',
  completions: 'text_completion',
  responses: 'chat',
  embeddings: 'embeddings',
};

export const adapter: VendorAdapter = {
  matches(method: string, path: string): boolean {
    return method.toUpperCase() === 'POST' && INFERENCE_PATH.test(path);
  },

  describe(call: VendorCall): InferenceRequest | undefined {
    const resource = INFERENCE_PATH.exec(call.path)?.[1];
    const operation = resource === undefined ? undefined : OPERATIONS[resource];
    if (resource === undefined || operation === undefined || call.method.toUpperCase() !== 'POST') return undefined;
    const body = fields(call.body);
    const stream = call.stream || body.stream === true;
    // The answer to this comes later and is fetched by others; what is measured here would only be the order.
    if (body.background === true && !stream) return undefined;
    return {
      operation,
      ...readServer(call, 'openai'),
      // With Azure the path may be all that tells: there a deployment stands for a model.
      model: string(body.model) || deployment(call.path) || deployment(call.baseURL ?? ''),
      stream,
      attributes: requestAttributes(resource, body),
      content: () => (resource === 'responses' ? responsesContent(body) : requestContent(body)),
    };
  },

  readResponse(_request: InferenceRequest, body: unknown) {
    return fields(body).object === 'response' ? readResponse(body) : readCompletion(body);
  },

  createStreamReader(request: InferenceRequest, keepContent: boolean) {
    return request.attributes?.[OPENAI_API_TYPE] === 'responses'
      ? new ResponseStreamReader(keepContent)
      : new CompletionStreamReader(keepContent);
  },

  withStreamUsage({ path, body }: VendorCall): unknown {
    const given = fields(body);
    const options = fields(given.stream_options);
    // Whoever has said yes or no to it has decided.
    if (!/completions\/?(?:\?|$)/.test(path) || options.include_usage !== undefined) return undefined;
    return { ...given, stream_options: { ...options, include_usage: true } };
  },

  isUsageChunk(chunk: unknown): boolean {
    const { choices, usage } = fields(chunk);
    return Array.isArray(choices) && choices.length === 0 && typeof usage === 'object' && usage !== null;
  },
};

function deployment(url: string): string | undefined {
  return DEPLOYMENT.exec(url)?.[1];
}
