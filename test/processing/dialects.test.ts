import { type Attributes, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { expect } from 'chai';
import { readServer } from '../../src/instrumentation/inference/server.ts';
import { providerOf } from '../../src/processing/dialects/dialect.ts';
import * as names from '../../src/semconv.ts';
import { createPipeline } from '../support/pipeline.ts';
import { removeTempDirs } from '../support/temp-dir.ts';

const normal = {
  [names.GEN_AI_OPERATION_NAME]: 'chat',
  [names.GEN_AI_PROVIDER_NAME]: 'anthropic',
  [names.GEN_AI_REQUEST_MODEL]: 'claude-sonnet-4-5',
  [names.GEN_AI_RESPONSE_MODEL]: 'claude-sonnet-4-5-20250929',
  [names.GEN_AI_USAGE_INPUT_TOKENS]: 1000,
  [names.GEN_AI_USAGE_OUTPUT_TOKENS]: 200,
  [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: 600,
  [names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]: 100,
};
/** $3 input, $0.30 from the cache, $3.75 into it, $15 output. */
const costUsd = (300 * 3 + 600 * 0.3 + 100 * 3.75 + 200 * 15) / 1e6;

/** The same call, as each tells it. */
const dialects: Record<string, { scope: string; start: Attributes; end: Attributes }> = {
  'the native spans of @anthropic-ai/sdk': {
    scope: 'com.anthropic.sdk.typescript',
    start: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude-sonnet-4-5',
    },
    end: {
      'gen_ai.response.model': 'claude-sonnet-4-5-20250929',
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 200,
      'gen_ai.usage.cache_read.input_tokens': 600,
      'gen_ai.usage.cache_write.input_tokens': 100,
      'anthropic.message.stop_reason': 'end_turn',
    },
  },
  OpenInference: {
    scope: '@arizeai/openinference-instrumentation-anthropic',
    start: {
      'openinference.span.kind': 'LLM',
      'llm.provider': 'anthropic',
      'llm.system': 'anthropic',
      'llm.invocation_parameters': '{"model":"claude-sonnet-4-5","temperature":0,"max_tokens":100,"stream":false}',
      'input.value': 'secret',
    },
    end: {
      'llm.model_name': 'claude-sonnet-4-5-20250929',
      'llm.token_count.prompt': 1000,
      'llm.token_count.completion': 200,
      'llm.token_count.prompt_details.cache_read': 600,
      'llm.token_count.prompt_details.cache_write': 100,
      'llm.finish_reason': 'end_turn',
    },
  },
  'OpenLLMetry of old': {
    scope: '@traceloop/instrumentation-anthropic',
    start: {
      'llm.request.type': 'chat',
      'gen_ai.system': 'Anthropic',
      'gen_ai.request.model': 'claude-sonnet-4-5',
      'gen_ai.prompt.0.content': 'secret',
    },
    end: {
      'gen_ai.response.model': 'claude-sonnet-4-5-20250929',
      'gen_ai.usage.prompt_tokens': 1000,
      'gen_ai.usage.completion_tokens': 200,
      'llm.usage.total_tokens': 1200,
      'gen_ai.usage.cache_read_input_tokens': 600,
      'gen_ai.usage.cache_creation_input_tokens': 100,
      'gen_ai.completion.0.finish_reason': 'end_turn',
      'gen_ai.completion.0.content': 'secret',
    },
  },
  'the conventions up to 1.36': {
    scope: '@opentelemetry/instrumentation-x',
    start: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.system': 'anthropic',
      'gen_ai.request.model': 'claude-sonnet-4-5',
    },
    end: {
      'gen_ai.response.model': 'claude-sonnet-4-5-20250929',
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 200,
      'gen_ai.usage.cache_read_input_tokens': 600,
      'gen_ai.usage.cache_write_input_tokens': 100,
      'gen_ai.response.finish_reasons': ['end_turn'],
    },
  },
  'the AI SDK': {
    scope: 'ai',
    start: {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.model.provider': 'anthropic.messages',
      'ai.model.id': 'claude-sonnet-4-5',
      'gen_ai.system': 'anthropic.messages',
      'gen_ai.request.model': 'claude-sonnet-4-5',
      'ai.prompt.messages': 'secret',
    },
    end: {
      'ai.response.model': 'claude-sonnet-4-5-20250929',
      'ai.response.finishReason': 'end_turn',
      'ai.response.text': 'secret',
      'ai.usage.inputTokens': 1000,
      'ai.usage.outputTokens': 200,
      'ai.usage.cachedInputTokens': 600,
      'ai.usage.inputTokenDetails.cacheWriteTokens': 100,
    },
  },
};

describe('dialects', () => {
  after(removeTempDirs);

  for (const [name, { scope, start, end: answer }] of Object.entries(dialects)) {
    it(`understands ${name}`, async () => {
      const pipeline = createPipeline();
      const span = pipeline.provider.getTracer(scope).startSpan('call', { kind: SpanKind.CLIENT, attributes: start });
      span.setAttributes(answer);
      span.setStatus({ code: SpanStatusCode.OK });
      span.end();
      const attributes = pipeline.emitted[0]?.attributes as Attributes;
      expect(attributes).to.include(normal);
      expect(attributes[names.GEN_AI_RESPONSE_FINISH_REASONS]).to.deep.equal(['end_turn']);
      expect(attributes[names.AGENT_VITALS_OUTCOME]).to.equal('completed');
      expect(attributes[names.AGENT_VITALS_COST_USD]).to.be.closeTo(costUsd, 1e-12);
      expect(JSON.stringify(attributes)).to.not.contain('secret');
      const points = await pipeline.collect();
      const [cost] = points.get(names.METRIC_COST_USD) ?? [];
      expect(cost?.sum).to.be.closeTo(costUsd, 1e-12);
      expect(cost?.attributes).to.deep.equal({
        [names.GEN_AI_OPERATION_NAME]: 'chat',
        [names.GEN_AI_PROVIDER_NAME]: 'anthropic',
        [names.GEN_AI_REQUEST_MODEL]: 'claude-sonnet-4-5',
        [names.GEN_AI_RESPONSE_MODEL]: 'claude-sonnet-4-5-20250929',
      });
      expect(points.get(names.METRIC_TOKEN_USAGE)?.map(({ sum }) => sum)).to.deep.equal([1000, 200]);
    });
  }

  function end(scope: string, attributes: Attributes, code = SpanStatusCode.UNSET): Attributes {
    const pipeline = createPipeline();
    const span = pipeline.provider.getTracer(scope).startSpan('call', { attributes });
    span.setStatus({ code, message: 'secret' });
    span.end();
    return pipeline.emitted[0]?.attributes as Attributes;
  }

  it('reads request parameters where they are, zeros too', () => {
    expect(
      end('x', {
        'openinference.span.kind': 'LLM',
        'llm.invocation_parameters':
          '{"model":"gpt-4o","temperature":0,"top_p":0.5,"max_completion_tokens":9,"stream":true}',
      }),
    ).to.include({
      [names.GEN_AI_REQUEST_MODEL]: 'gpt-4o',
      [names.GEN_AI_REQUEST_TEMPERATURE]: 0,
      [names.GEN_AI_REQUEST_TOP_P]: 0.5,
      [names.GEN_AI_REQUEST_MAX_TOKENS]: 9,
      [names.GEN_AI_REQUEST_STREAM]: true,
    });
    expect(end('x', { 'openinference.span.kind': 'LLM', 'llm.invocation_parameters': '{"model":"gpt-4o","tem' })).to
      .exist;
  });

  it('knows embeddings in every dialect', () => {
    for (const attributes of [
      {
        'openinference.span.kind': 'EMBEDDING',
        'embedding.model_name': 'text-embedding-3-small',
        'llm.token_count.prompt': 7,
      },
      { 'ai.operationId': 'ai.embed.doEmbed', 'ai.model.id': 'text-embedding-3-small', 'ai.usage.tokens': 7 },
      {
        'llm.request.type': 'embedding',
        'gen_ai.request.model': 'text-embedding-3-small',
        'gen_ai.usage.prompt_tokens': 7,
      },
    ]) {
      expect(end('x', attributes)).to.include({
        [names.GEN_AI_OPERATION_NAME]: 'embeddings',
        [names.GEN_AI_REQUEST_MODEL]: 'text-embedding-3-small',
        [names.GEN_AI_USAGE_INPUT_TOKENS]: 7,
      });
    }
  });

  it('names providers as the conventions do', () => {
    const expected: Record<string, string> = {
      'openai.chat': 'openai',
      'openai.responses': 'openai',
      OpenAI: 'openai',
      'azure.chat': 'azure.ai.openai',
      'azure.ai.openai': 'azure.ai.openai',
      'azure.ai.inference': 'azure.ai.inference',
      'az.ai.inference': 'azure.ai.inference',
      'google.generative-ai': 'gcp.gemini',
      'google.vertex.chat': 'gcp.vertex_ai',
      'amazon-bedrock': 'aws.bedrock',
      'aws.bedrock': 'aws.bedrock',
      'xai.chat': 'x_ai',
      'mistral.chat': 'mistral_ai',
      'groq.chat': 'groq',
      'ibm.watsonx.ai': 'ibm.watsonx.ai',
      constructor: 'constructor',
    };
    for (const [given, name] of Object.entries(expected)) {
      const attributes = { 'llm.request.type': 'chat', 'gen_ai.system': given };
      expect(end('x', attributes)[names.GEN_AI_PROVIDER_NAME], given).to.equal(name);
    }
  });

  it('names a provider as our own instrumentation does, told by its host', () => {
    const hosts: Record<string, string> = {
      anthropic: 'api.anthropic.com',
      azure: 'one.openai.azure.com',
      cerebras: 'api.cerebras.ai',
      cohere: 'api.cohere.com',
      deepinfra: 'api.deepinfra.com',
      deepseek: 'api.deepseek.com',
      fireworks: 'api.fireworks.ai',
      'google.generative-ai': 'generativelanguage.googleapis.com',
      groq: 'api.groq.com',
      huggingface: 'router.huggingface.co',
      mistral: 'api.mistral.ai',
      moonshotai: 'api.moonshot.ai',
      openai: 'api.openai.com',
      openrouter: 'openrouter.ai',
      perplexity: 'api.perplexity.ai',
      sambanova: 'api.sambanova.ai',
      togetherai: 'api.together.xyz',
      voyage: 'api.voyageai.com',
      xai: 'api.x.ai',
      zai: 'api.z.ai',
    };
    for (const [name, host] of Object.entries(hosts)) {
      const { provider } = readServer({ path: '/', baseURL: `https://${host}/v1` }, 'unknown');
      expect(providerOf(`${name}.chat`), name).to.equal(provider);
    }
  });

  it('tells time to first chunk in seconds', () => {
    const attributes = { 'ai.operationId': 'ai.streamText.doStream', 'ai.response.msToFirstChunk': 250 };
    expect(end('ai', attributes)).to.include({
      [names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]: 0.25,
      [names.GEN_AI_REQUEST_STREAM]: true,
    });
  });

  it('finds in what the AI SDK hands on what is cached for one hour', () => {
    const metadata = { anthropic: { usage: { cache_creation: { ephemeral_1h_input_tokens: 80 } } } };
    const attributes = (text: string): Attributes => ({
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.model.provider': 'anthropic.messages',
      'ai.model.id': 'claude-sonnet-4-5',
      'ai.usage.inputTokens': 100,
      'ai.usage.inputTokenDetails.cacheWriteTokens': 100,
      'ai.response.providerMetadata': text,
    });
    const written = end('ai', attributes(JSON.stringify(metadata)));
    // $6 a million instead of $3.75.
    expect(written[names.AGENT_VITALS_COST_USD]).to.be.closeTo((20 * 3.75 + 80 * 6) / 1e6, 1e-12);
    expect(JSON.stringify(written)).to.not.include('providerMetadata');
    const cut = end('ai', attributes(JSON.stringify(metadata).slice(0, -5)));
    expect(cut[names.AGENT_VITALS_COST_USD]).to.be.closeTo((100 * 3.75) / 1e6, 1e-12);
  });

  it('adds cached tokens to an input that leaves them out', () => {
    const attributes = {
      'llm.request.type': 'chat',
      'gen_ai.usage.prompt_tokens': 10,
      'gen_ai.usage.cache_read_input_tokens': 500,
      'gen_ai.usage.cache_creation_input_tokens': 90,
    };
    expect(end('x', attributes)[names.GEN_AI_USAGE_INPUT_TOKENS]).to.equal(600);
  });

  it('takes the words of the conventions over all others', () => {
    const attributes = {
      'ai.operationId': 'ai.generateText.doGenerate',
      'gen_ai.usage.input_tokens': 5,
      'ai.usage.inputTokens': 7,
      'gen_ai.response.model': 'a',
      'ai.response.model': 'b',
    };
    expect(end('ai', attributes)).to.include({
      [names.GEN_AI_USAGE_INPUT_TOKENS]: 5,
      [names.GEN_AI_RESPONSE_MODEL]: 'a',
    });
  });

  it('says how a native span of Anthropic ended', () => {
    const native = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.stream': true,
      'http.response.status_code': 200,
    };
    const scope = 'com.anthropic.sdk.typescript.bedrock';
    const outcome = (attributes: Attributes, code?: SpanStatusCode): unknown =>
      end(scope, { ...native, ...attributes }, code)[names.AGENT_VITALS_OUTCOME];
    expect(outcome({}, SpanStatusCode.OK)).to.equal('completed');
    expect(outcome({}, SpanStatusCode.ERROR)).to.equal('error');
    expect(outcome({ 'gen_ai.response.id': 'msg_1' })).to.equal('cancelled');
    expect(outcome({})).to.equal('abandoned');
    expect(outcome({ 'gen_ai.response.id': 'msg_1', 'anthropic.message.stop_reason': 'end_turn' })).to.equal(
      'completed',
    );
    expect(outcome({ [names.AGENT_VITALS_OUTCOME]: 'cancelled' })).to.equal('cancelled');
  });

  it('has an error type for every failed call', () => {
    const pipeline = createPipeline();
    const tracer = pipeline.provider.getTracer('x');
    const attributes = { 'llm.request.type': 'chat' };
    const thrown = tracer.startSpan('call', { attributes });
    thrown.recordException(new RangeError('secret'));
    thrown.setStatus({ code: SpanStatusCode.ERROR, message: 'secret' });
    thrown.end();
    tracer.startSpan('call', { attributes }).setStatus({ code: SpanStatusCode.ERROR }).end();
    const types = pipeline.emitted.map((span) => span.attributes[names.ERROR_TYPE]);
    expect(types).to.deep.equal(['RangeError', '_OTHER']);
    expect(pipeline.emitted[0]?.status).to.deep.equal({ code: SpanStatusCode.ERROR });
  });

  it('takes nothing for an inference that is none', async () => {
    const pipeline = createPipeline();
    for (const attributes of [
      // Anthropic's count_tokens.
      {
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.request.model': 'claude',
        'anthropic.message.count_tokens.input_tokens': 9,
      },
      { 'ai.operationId': 'ai.generateText', 'ai.usage.inputTokens': 9 },
      { 'ai.operationId': 'ai.toolCall' },
      { 'openinference.span.kind': 'AGENT', 'llm.token_count.prompt': 9 },
      { 'traceloop.span.kind': 'workflow', 'gen_ai.usage.input_tokens': 9 },
      { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 9 },
      { 'gen_ai.operation.name': 'execute_tool' },
      { 'llm.request.type': 'rerank' },
    ]) {
      pipeline.provider.getTracer('x').startSpan('s', { attributes }).end();
    }
    expect(await pipeline.collect()).to.have.property('size', 0);
  });
});
