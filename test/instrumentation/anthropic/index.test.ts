import { expect } from 'chai';
import { adapter } from '../../../src/instrumentation/anthropic/index.ts';
import type { InferenceRequest, VendorCall } from '../../../src/instrumentation/inference/vendor-adapter.ts';

const call = (over: Partial<VendorCall> = {}): VendorCall => ({
  method: 'post',
  path: '/v1/messages',
  body: { model: 'claude-haiku-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Which tide is next?' }] },
  baseURL: 'https://api.anthropic.com',
  stream: false,
  ...over,
});
const describeCall = (over?: Partial<VendorCall>): InferenceRequest => {
  const request = adapter.describe(call(over));
  if (!request) throw new Error('the call is described as no inference');
  return request;
};

describe('anthropic: requests', () => {
  it('takes messages and beta messages for chat, and the legacy endpoint for text completion', () => {
    const operation = (path: string) => adapter.describe(call({ path }))?.operation;
    expect(operation('/v1/messages')).to.equal('chat');
    expect(operation('/v1/messages?beta=true')).to.equal('chat');
    expect(operation('/v1/messages?beta=prompt_caching')).to.equal('chat');
    expect(operation('/v1/complete')).to.equal('text_completion');
  });

  for (const path of [
    '/v1/messages/count_tokens',
    '/v1/messages/count_tokens?beta=true',
    '/v1/messages/batches',
    '/v1/messages/batches/msgbatch_1/cancel',
    '/v1/models',
    '/v1/files',
    '/v1/sessions',
    '/v1/messagesque',
  ]) {
    it(`leaves ${path} alone`, () => expect(adapter.describe(call({ path }))).to.equal(undefined));
  }

  it('leaves a GET of the messages path alone', () => {
    expect(adapter.describe(call({ method: 'get' }))).to.equal(undefined);
  });

  it('keeps zeros, and takes nothing of a wrong type', () => {
    const body = {
      model: 'claude-haiku-4-5',
      max_tokens: 0,
      temperature: 0,
      top_p: 0,
      top_k: 0,
      stop_sequences: ['\n\n', 7],
      thinking: { type: 'enabled', budget_tokens: 1024 },
      service_tier: { auto: true },
    };
    const { attributes } = describeCall({ body });
    expect(attributes).to.deep.include({
      'gen_ai.request.max_tokens': 0,
      'gen_ai.request.temperature': 0,
      'gen_ai.request.top_p': 0,
      'gen_ai.request.top_k': 0,
      'gen_ai.request.stop_sequences': ['\n\n'],
      'anthropic.thinking.type': 'enabled',
      'anthropic.thinking.budget_tokens': 1024,
    });
    expect(attributes?.['anthropic.request.service_tier']).to.equal(undefined);
  });

  it('reads the legacy name of max_tokens, the asked effort and the asked output format', () => {
    expect(
      describeCall({ path: '/v1/complete', body: { max_tokens_to_sample: 12 } }).attributes?.[
        'gen_ai.request.max_tokens'
      ],
    ).to.equal(12);
    const body = { output_config: { effort: 'high', format: { type: 'json_schema', schema: {} } } };
    expect(describeCall({ body }).attributes).to.include({
      'gen_ai.request.reasoning.level': 'high',
      'gen_ai.output.type': 'json',
    });
  });

  it('knows a stream by the client or by the body', () => {
    expect(describeCall().stream).to.equal(false);
    expect(describeCall({ stream: true }).stream).to.equal(true);
    expect(describeCall({ body: { stream: true } }).stream).to.equal(true);
  });

  for (const [baseURL, provider, serverAddress, serverPort] of [
    ['https://api.anthropic.com', 'anthropic', 'api.anthropic.com', 443],
    ['http://[::1]:8080/proxy', 'anthropic', '::1', 8080],
    ['https://bedrock-runtime.eu-central-1.amazonaws.com', 'aws.bedrock', undefined, 443],
    ['https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com', 'aws.bedrock', undefined, 443],
    ['https://us-east5-aiplatform.googleapis.com/v1', 'gcp.vertex_ai', undefined, 443],
    ['https://aiplatform.googleapis.com/v1', 'gcp.vertex_ai', undefined, 443],
    ['https://team.services.ai.azure.com/anthropic/', 'azure.ai.inference', undefined, 443],
    ['https://api.deepseek.com/anthropic', 'deepseek', undefined, 443],
    ['https://bedrock.example.org', 'anthropic', undefined, 443],
    ['https://notaiplatform.googleapis.com', 'anthropic', undefined, 443],
  ] as const) {
    it(`tells ${provider} by ${baseURL}`, () => {
      const request = describeCall({ baseURL });
      expect(request.provider).to.equal(provider);
      expect(request.serverPort).to.equal(serverPort);
      expect(request.serverAddress).to.equal(serverAddress ?? new URL(baseURL).hostname);
    });
  }

  it('tells the platform by its client where the host says nothing', () => {
    const provider = (clientClass: string) => describeCall({ baseURL: 'http://gateway:8080', clientClass }).provider;
    expect(provider('AnthropicBedrock')).to.equal('aws.bedrock');
    expect(provider('AnthropicVertex')).to.equal('gcp.vertex_ai');
    expect(provider('AnthropicFoundry')).to.equal('azure.ai.inference');
    expect(provider('Anthropic')).to.equal('anthropic');
    expect(provider('TravelDesk')).to.equal('anthropic');
  });

  it('describes a call without a usable base URL or body', () => {
    expect(describeCall({ baseURL: 'not a url', body: undefined })).to.include({ provider: 'anthropic' });
    expect(describeCall({ baseURL: undefined, body: 'text' }).model).to.equal(undefined);
  });
});

describe('anthropic: whole responses', () => {
  const read = (body: unknown) => adapter.readResponse(describeCall(), body);

  it('counts the cache into the input tokens', () => {
    const response = read({
      id: 'msg_1',
      model: 'claude-haiku-4-5-20251001',
      stop_reason: 'end_turn',
      content: [{ type: 'text', text: 'Ebb.' }],
      usage: {
        input_tokens: 11,
        cache_read_input_tokens: 2000,
        cache_creation_input_tokens: 300,
        cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
        output_tokens: 7,
        output_tokens_details: { thinking_tokens: 5 },
        service_tier: 'standard',
      },
    });
    expect(response).to.deep.include({
      id: 'msg_1',
      model: 'claude-haiku-4-5-20251001',
      finishReasons: ['end_turn'],
      usage: { input: 2311, output: 7, cacheRead: 2000, cacheCreation: 300, reasoning: 5 },
    });
    expect(response.attributes).to.include({
      'anthropic.usage.cache_creation.ephemeral_5m_input_tokens': 100,
      'anthropic.usage.cache_creation.ephemeral_1h_input_tokens': 200,
      'anthropic.response.service_tier': 'standard',
    });
  });

  it('adds up the cache creation where only its parts are given', () => {
    const { usage } = read({
      usage: {
        input_tokens: 1,
        output_tokens: 1,
        cache_creation: { ephemeral_5m_input_tokens: 40, ephemeral_1h_input_tokens: 60 },
      },
    });
    expect(usage).to.include({ input: 101, cacheCreation: 100, cacheRead: undefined });
  });

  it('counts what the server compacted, which is billed beside the totals', () => {
    const { usage, attributes } = read({
      usage: {
        input_tokens: 10,
        output_tokens: 20,
        iterations: [
          { type: 'compaction', input_tokens: 500, cache_read_input_tokens: 50, output_tokens: 70 },
          { type: 'message', input_tokens: 10, output_tokens: 20 },
        ],
      },
    });
    expect(usage).to.include({ input: 560, output: 90 });
    expect(attributes).to.include({
      'anthropic.usage.compaction.input_tokens': 550,
      'anthropic.usage.compaction.output_tokens': 70,
    });
  });

  it('keeps zeros, and says nothing where the API says null or nonsense', () => {
    expect(
      read({
        usage: { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: null, cache_creation_input_tokens: '9' },
      }).usage,
    ).to.deep.equal({ input: 0, output: 0, cacheRead: undefined, cacheCreation: undefined, reasoning: undefined });
    for (const body of [null, undefined, 'text', [], {}, { usage: 3 }, { usage: { input_tokens: Number.NaN } }]) {
      expect(read(body)).to.include({ usage: undefined, finishReasons: undefined, errorType: undefined });
    }
  });

  it('sees an error that came with status 200', () => {
    expect(read({ type: 'error', error: { type: 'overloaded_error', message: 'secret' } }).errorType).to.equal(
      'overloaded_error',
    );
  });

  it('reads a legacy completion', () => {
    const response = adapter.readResponse(describeCall({ path: '/v1/complete' }), {
      id: 'compl_1',
      completion: ' High tide.',
      stop_reason: 'stop_sequence',
      model: 'claude-2.1',
    });
    expect(response).to.deep.include({ id: 'compl_1', model: 'claude-2.1', finishReasons: ['stop_sequence'] });
    expect(response.outputMessages?.()).to.deep.equal([
      { role: 'assistant', parts: [{ type: 'text', content: ' High tide.' }], finish_reason: 'stop_sequence' },
    ]);
  });
});
