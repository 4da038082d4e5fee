import { expect } from 'chai';
import type { InferenceRequest, VendorCall } from '../../../src/instrumentation/inference/vendor-adapter.ts';
import { adapter } from '../../../src/instrumentation/openai/index.ts';

const call = (body: unknown, more: Partial<VendorCall> = {}): VendorCall => ({
  method: 'post',
  path: '/chat/completions',
  baseURL: 'https://api.openai.com/v1',
  stream: false,
  body,
  ...more,
});
const describeCall = (body: unknown, more?: Partial<VendorCall>): InferenceRequest =>
  adapter.describe(call(body, more)) as InferenceRequest;

describe('the openai adapter', () => {
  describe('matches', () => {
    for (const path of [
      '/chat/completions',
      '/completions',
      '/responses',
      '/embeddings',
      '/openai/deployments/mine/chat/completions?api-version=2024-10-21',
      'https://gateway.example/v1/chat/completions',
    ]) {
      it(`takes ${path}`, () => expect(adapter.matches('post', path)).to.equal(true));
    }
    for (const path of [
      '/responses/resp_1/cancel',
      '/responses/compact',
      '/responses/input_tokens',
      '/files',
      '/chat/completions/x',
      '/mycompletions',
    ]) {
      it(`leaves ${path} alone`, () => expect(adapter.matches('post', path)).to.equal(false));
    }
    it('leaves reading alone', () => expect(adapter.matches('get', '/responses')).to.equal(false));
  });

  it('takes parameters by the names of the conventions, zeros included', () => {
    const { attributes, ...request } = describeCall({
      model: 'gpt-5-mini',
      temperature: 0,
      max_completion_tokens: 0,
      top_p: 0,
      n: 2,
      seed: 0,
      stop: 'END',
      frequency_penalty: 0,
      presence_penalty: -1,
      response_format: { type: 'json_schema' },
      service_tier: 'flex',
      reasoning_effort: 'low',
    });
    expect(request).to.deep.include({
      operation: 'chat',
      provider: 'openai',
      model: 'gpt-5-mini',
      stream: false,
      serverAddress: 'api.openai.com',
      serverPort: 443,
    });
    expect(attributes).to.deep.equal({
      'openai.api.type': 'chat_completions',
      'gen_ai.request.max_tokens': 0,
      'gen_ai.request.temperature': 0,
      'gen_ai.request.top_p': 0,
      'gen_ai.request.frequency_penalty': 0,
      'gen_ai.request.presence_penalty': -1,
      'gen_ai.request.seed': 0,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.request.choice.count': 2,
      'openai.request.service_tier': 'flex',
      'gen_ai.request.reasoning.level': 'low',
      'gen_ai.output.type': 'json',
    });
  });

  it('says nothing of what is the default, absent or hostile', () => {
    expect(
      describeCall({ model: 'm', n: 1, service_tier: 'auto', temperature: null, max_tokens: Number.NaN, stop: null })
        .attributes,
    ).to.deep.equal({
      'openai.api.type': 'chat_completions',
    });
    for (const body of [undefined, null, 'text', 7, []]) expect(() => describeCall(body)).to.not.throw();
  });

  it('takes the parameters of responses and embeddings', () => {
    expect(
      describeCall(
        {
          model: 'm',
          max_output_tokens: 5,
          reasoning: { effort: 'high' },
          text: { format: { type: 'json_object' } },
          conversation: { id: 'conv_1' },
        },
        { path: '/responses' },
      ).attributes,
    ).to.deep.equal({
      'openai.api.type': 'responses',
      'gen_ai.request.max_tokens': 5,
      'gen_ai.request.reasoning.level': 'high',
      'gen_ai.conversation.id': 'conv_1',
      'gen_ai.output.type': 'json',
    });
    expect(
      describeCall({ model: 'e', dimensions: 256, encoding_format: 'float', input: 'x' }, { path: '/embeddings' }),
    ).to.deep.include({
      operation: 'embeddings',
      attributes: { 'gen_ai.request.encoding_formats': ['float'], 'gen_ai.embeddings.dimension.count': 256 },
    });
  });

  it('leaves a background response alone, for it answers later', () => {
    expect(adapter.describe(call({ background: true }, { path: '/responses' }))).to.equal(undefined);
    expect(
      adapter.describe(call({ background: true, stream: true }, { path: '/responses', stream: true })),
    ).to.not.equal(undefined);
  });

  it('knows the model of an Azure deployment by the path', () => {
    expect(describeCall({}, { path: '/openai/deployments/my-gpt/chat/completions' }).model).to.equal('my-gpt');
    expect(describeCall({}, { baseURL: 'https://x.openai.azure.com/openai/deployments/other' }).model).to.equal(
      'other',
    );
  });

  describe('tells the provider by the host', () => {
    const hosts: Record<string, string> = {
      'https://api.openai.com/v1': 'openai',
      'https://eu.api.openai.com/v1': 'openai',
      'https://my.openai.azure.com/openai': 'azure.ai.openai',
      'https://gateway.example/openai': 'azure.ai.openai',
      'https://api.groq.com/openai/v1': 'groq',
      'https://api.deepseek.com': 'deepseek',
      'https://api.x.ai/v1': 'x_ai',
      'https://api.mistral.ai/v1': 'mistral_ai',
      'https://api.perplexity.ai': 'perplexity',
      'https://openrouter.ai/api/v1': 'openrouter',
      'http://localhost:11434/v1': 'ollama',
      'http://[::1]:11434/v1': 'ollama',
      'https://api.together.xyz/v1': 'together_ai',
      'https://api.fireworks.ai/inference/v1': 'fireworks',
      'https://api.cerebras.ai/v1': 'cerebras',
      'https://generativelanguage.googleapis.com/v1beta/openai/': 'gcp.gemini',
      'https://us-central1-aiplatform.googleapis.com/v1': 'gcp.vertex_ai',
      'https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1': 'aws.bedrock',
      'https://smollama.com/v1': 'openai',
      'https://evil-openrouter.ai.example/v1': 'openai',
      'https://notx.ai/v1': 'openai',
      'http://127.0.0.1:8080/v1': 'openai',
      'not a url': 'openai',
    };
    for (const [baseURL, provider] of Object.entries(hosts)) {
      it(`${baseURL}: ${provider}`, () => expect(describeCall({}, { baseURL }).provider).to.equal(provider));
    }
    it('with address and port', () => {
      expect(describeCall({}, { baseURL: 'http://[::1]:11434/v1' })).to.include({
        serverAddress: '::1',
        serverPort: 11434,
      });
      expect(describeCall({}, { baseURL: 'http://gateway/v1' })).to.include({
        serverAddress: 'gateway',
        serverPort: 80,
      });
    });
  });

  describe('usage', () => {
    const usage = (given: object): unknown =>
      adapter.readResponse(describeCall({}), { choices: [], usage: given }).usage;

    it('is as billed', () => {
      expect(
        usage({
          prompt_tokens: 100,
          completion_tokens: 30,
          total_tokens: 130,
          prompt_tokens_details: { cached_tokens: 64, cache_write_tokens: 3 },
          completion_tokens_details: { reasoning_tokens: 20 },
        }),
      ).to.deep.equal({ input: 100, output: 30, cacheRead: 64, cacheCreation: 3, reasoning: 20 });
    });

    it('adds reasoning that the vendor counts beside the output', () => {
      const given = {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 35,
        completion_tokens_details: { reasoning_tokens: 20 },
      };
      expect(usage(given)).to.deep.include({ output: 25, reasoning: 20 });
    });

    it('knows the spellings of others, and takes nothing for a number that is none', () => {
      expect(usage({ prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 8 })).to.deep.include({
        cacheRead: 8,
      });
      expect(usage({ prompt_tokens: '9', completion_tokens: Number.NaN })).to.equal(undefined);
    });
  });

  it('has the finish reasons of all choices, in order', () => {
    const choices = [
      { index: 0, finish_reason: 'stop' },
      { index: 1, finish_reason: 'content_filter' },
    ];
    expect(adapter.readResponse(describeCall({}), { id: 'c', choices })).to.deep.include({
      id: 'c',
      finishReasons: ['stop', 'content_filter'],
    });
  });

  describe('a chat stream', () => {
    const read = (chunks: unknown[], keepContent = true): ReturnType<typeof adapter.readResponse> => {
      const reader = adapter.createStreamReader(describeCall({}), keepContent);
      for (const chunk of chunks) reader.chunk(chunk);
      return reader.response();
    };
    const delta = (index: number, given: object, finish_reason: string | null = null): object => ({
      id: 'c1',
      model: 'gpt-5',
      choices: [{ index, delta: given, finish_reason }],
    });

    it('puts choices and interleaved tool calls together by index', () => {
      const response = read([
        { id: '', model: '', choices: [], prompt_filter_results: [] },
        delta(1, { role: 'assistant', content: 'Hel' }),
        delta(0, {
          role: 'assistant',
          tool_calls: [{ index: 1, id: 'b', function: { name: 'two', arguments: '{"x"' } }],
        }),
        delta(0, { tool_calls: [{ index: 0, id: 'a', function: { name: 'one', arguments: '{}' } }] }),
        delta(0, { tool_calls: [{ index: 1, function: { arguments: ':1}' } }] }, 'tool_calls'),
        delta(1, { content: 'lo' }, 'stop'),
        { id: 'c1', model: 'gpt-5', choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
      ]);
      expect(response).to.deep.include({ id: 'c1', model: 'gpt-5', finishReasons: ['tool_calls', 'stop'] });
      expect(response.usage).to.include({ input: 1, output: 2 });
      expect(response.outputMessages?.()).to.deep.equal([
        {
          role: 'assistant',
          parts: [
            { type: 'tool_call', id: 'a', name: 'one', arguments: {} },
            { type: 'tool_call', id: 'b', name: 'two', arguments: { x: 1 } },
          ],
          finish_reason: 'tool_calls',
        },
        { role: 'assistant', parts: [{ type: 'text', content: 'Hello' }], finish_reason: 'stop' },
      ]);
    });

    it('keeps no content unless told to', () => {
      expect(read([delta(0, { content: 'secret' }, 'stop')], false)).to.deep.include({
        finishReasons: ['stop'],
        outputMessages: undefined,
      });
    });

    it('bears anything', () => {
      const started = performance.now();
      expect(() =>
        read([null, 7, { choices: 'x' }, delta(4_000_000_000, { content: 'x' }, 'stop'), { choices: [null] }]),
      ).to.not.throw();
      expect(performance.now() - started).to.be.lessThan(1000);
    });
  });

  describe('responses', () => {
    const request = describeCall({}, { path: '/responses' });
    const response = (more: object): object => ({
      object: 'response',
      id: 'resp_1',
      model: 'gpt-5',
      output: [],
      ...more,
    });

    it('have a status in place of a finish reason', () => {
      const reasons = [
        { status: 'completed' },
        { status: 'completed', output: [{ type: 'function_call', name: 'f' }] },
        { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      ].map((more) => adapter.readResponse(request, response(more)).finishReasons);
      expect(reasons).to.deep.equal([['stop'], ['tool_calls'], ['max_output_tokens']]);
    });

    it('may say that they failed', () => {
      const error = { code: 'server_error', message: 'a secret' };
      expect(adapter.readResponse(request, response({ status: 'failed', error })).errorType).to.equal('server_error');
    });

    it('stream events, of which the last has it all', () => {
      const reader = adapter.createStreamReader(request, true);
      reader.chunk({ type: 'response.created', response: response({ status: 'in_progress' }) });
      reader.chunk({ type: 'response.output_item.added', output_index: 0, item: { type: 'message', content: [] } });
      reader.chunk({ type: 'response.output_text.delta', output_index: 0, delta: 'par' });
      reader.chunk({ type: 'response.output_text.delta', output_index: 0, delta: 'tial' });
      expect(reader.response()).to.deep.include({ id: 'resp_1', model: 'gpt-5', usage: undefined });
      expect(reader.response().outputMessages?.()).to.deep.equal([
        { role: 'assistant', parts: [{ type: 'text', content: 'partial' }], finish_reason: undefined },
      ]);
      const output = [{ type: 'message', content: [{ type: 'output_text', text: 'whole' }] }];
      const usage = {
        input_tokens: 5,
        output_tokens: 6,
        input_tokens_details: { cached_tokens: 1 },
        output_tokens_details: { reasoning_tokens: 2 },
      };
      reader.chunk({ type: 'response.completed', response: response({ status: 'completed', output, usage }) });
      expect(reader.response()).to.deep.include({
        finishReasons: ['stop'],
        usage: { input: 5, output: 6, cacheRead: 1, cacheCreation: undefined, reasoning: 2 },
      });
      expect(JSON.stringify(reader.response().outputMessages?.())).to.include('whole');
    });

    it('stream their failure', () => {
      const reader = adapter.createStreamReader(request, false);
      reader.chunk({
        type: 'response.failed',
        response: response({ status: 'failed', error: { code: 'rate_limit_exceeded' } }),
      });
      expect(reader.response().errorType).to.equal('rate_limit_exceeded');
    });
  });

  describe('content', () => {
    it('of chat has parts for text, media, tool calls and their answers', () => {
      const { content } = describeCall({
        messages: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
              { type: 'input_audio', input_audio: { data: 'BBBB', format: 'wav' } },
              { type: 'file', file: { file_id: 'file-1' } },
            ],
          },
          { role: 'assistant', content: null, tool_calls: [{ id: 't', function: { name: 'f', arguments: '{"a":1' } }] },
          { role: 'tool', tool_call_id: 't', content: 'done' },
        ],
        tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: {} } }],
      });
      expect(content?.()).to.deep.equal({
        inputMessages: [
          { role: 'system', name: undefined, parts: [{ type: 'text', content: 'Be brief.' }] },
          {
            role: 'user',
            name: undefined,
            parts: [
              { type: 'text', content: 'What is this?' },
              { type: 'uri', modality: 'image', uri: 'https://example.com/a.png' },
              { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' },
              { type: 'blob', modality: 'audio', mime_type: 'audio/wav', content: 'BBBB' },
              { type: 'file', modality: 'document', file_id: 'file-1' },
            ],
          },
          {
            role: 'assistant',
            name: undefined,
            parts: [{ type: 'tool_call', id: 't', name: 'f', arguments: '{"a":1' }],
          },
          { role: 'tool', parts: [{ type: 'tool_call_response', id: 't', response: 'done' }] },
        ],
        toolDefinitions: [{ type: 'function', name: 'f', description: 'd', parameters: {} }],
      });
    });

    it('of responses has instructions apart', () => {
      const { content } = describeCall(
        {
          instructions: 'Be brief.',
          input: [
            { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
            { type: 'function_call_output', call_id: 'c', output: 'ok' },
          ],
        },
        { path: '/responses' },
      );
      expect(content?.()).to.deep.include({
        systemInstructions: [{ type: 'text', content: 'Be brief.' }],
        inputMessages: [
          { role: 'user', parts: [{ type: 'text', content: 'Hi' }] },
          { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c', response: 'ok' }] },
        ],
      });
    });
  });

  describe('asking for the usage of streams', () => {
    it('leaves it to a host that has decided', () => {
      const body = Object.freeze({ model: 'm', stream: true });
      expect(adapter.withStreamUsage?.(call(body))).to.deep.equal({ ...body, stream_options: { include_usage: true } });
      expect(adapter.withStreamUsage?.(call({ stream_options: { include_usage: false } }))).to.equal(undefined);
      expect(adapter.withStreamUsage?.(call(body, { path: '/responses' }))).to.equal(undefined);
    });
  });
});
