import { type Attributes, SpanStatusCode } from '@opentelemetry/api';
import { expect } from 'chai';
import * as names from '../../src/semconv.ts';
import { createPipeline, type Pipeline, type PipelineOptions } from '../support/pipeline.ts';
import { removeTempDirs } from '../support/temp-dir.ts';

const CANARY = 'the canary sings of Alice';

/** Every attribute known to hold content, in every dialect, and some nobody knows yet. */
const contentNames = [
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.tool.description',
  'gen_ai.prompt',
  'gen_ai.prompt.0.content',
  'gen_ai.completion',
  'gen_ai.completion.12.tool_calls.0.arguments',
  'gen_ai.retrieval.documents',
  'gen_ai.retrieval.query.text',
  'gen_ai.agent.description',
  'gen_ai.evaluation.explanation',
  'gen_ai.request.structured_output_schema',
  'gen_ai.something.of.the.future',
  'llm.input_messages.0.message.content',
  'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments',
  'llm.prompts',
  'llm.prompts.0.prompt.text',
  'llm.prompt_template.template',
  'llm.prompt_template.variables',
  'llm.invocation_parameters',
  'llm.tools.0.tool.json_schema',
  'llm.function_call',
  'llm.future',
  'input.value',
  'output.value',
  'input.images.0.image.url',
  'retrieval.documents.0.document.content',
  'reranker.query',
  'reranker.input_documents.0.document.content',
  'embedding.embeddings.0.embedding.text',
  'embedding.text',
  'document.content',
  'message.content',
  'metadata',
  'tool.parameters',
  'ai.prompt',
  'ai.prompt.messages',
  'ai.prompt.tools',
  'ai.prompt.toolChoice',
  'ai.response.text',
  'ai.response.object',
  'ai.response.toolCalls',
  'ai.response.reasoning',
  'ai.response.providerMetadata',
  'ai.result.text',
  'ai.toolCall.args',
  'ai.toolCall.result',
  'ai.value',
  'ai.values',
  'ai.schema',
  'ai.settings.context.secret',
  'ai.request.headers.x-custom',
  'traceloop.entity.input',
  'traceloop.entity.output',
  'traceloop.future',
  'langfuse.observation.input',
  'langfuse.trace.output',
  'anthropic.tool_result.content',
  'gcp.vertex.agent.llm_request',
  'all_messages_events',
];
const userNames = [
  'user.id',
  'user.email',
  'enduser.id',
  'llm.user',
  'gen_ai.user',
  'gen_ai.openai.request.user',
  'langfuse.user.id',
  'ai.telemetry.metadata.userId',
  'traceloop.association.properties.user_id',
];

/** Every kind of span we know. */
const spans: Record<string, Attributes> = {
  'our own': { [names.GEN_AI_OPERATION_NAME]: 'chat' },
  'an agent': { [names.GEN_AI_OPERATION_NAME]: 'invoke_agent' },
  'a tool': { [names.GEN_AI_OPERATION_NAME]: 'execute_tool' },
  OpenInference: { 'openinference.span.kind': 'LLM' },
  'a retriever': { 'openinference.span.kind': 'RETRIEVER' },
  OpenLLMetry: { 'llm.request.type': 'chat' },
  'a workflow of OpenLLMetry': { 'traceloop.span.kind': 'workflow' },
  'the AI SDK': { 'ai.operationId': 'ai.generateText' },
  'only a name in common': { 'gen_ai.system': 'openai' },
};

function written(pipeline: Pipeline): string {
  const [span] = pipeline.emitted;
  return JSON.stringify([span?.name, span?.attributes, span?.events, span?.links, span?.status]);
}

function end(attributes: Attributes, options?: PipelineOptions, scope = 'x'): Attributes {
  const pipeline = createPipeline(options);
  pipeline.provider.getTracer(scope).startSpan('s', { attributes }).end();
  return pipeline.emitted[0]?.attributes as Attributes;
}

describe('redaction', () => {
  after(removeTempDirs);

  for (const [kind, attributes] of Object.entries(spans)) {
    it(`lets no content out of ${kind}`, () => {
      for (const scope of ['x', names.SCOPE_NAME]) {
        for (const value of [CANARY, [CANARY], [{ role: 'user', parts: [{ content: CANARY }] }], { text: CANARY }]) {
          const pipeline = createPipeline();
          const content = Object.fromEntries([...contentNames, ...userNames].map((name) => [name, value]));
          const link = {
            context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 },
            attributes: content,
          };
          const span = pipeline.provider
            .getTracer(scope)
            .startSpan('s', { attributes: { ...attributes, ...content }, links: [link] });
          if (typeof value === 'string') {
            for (const event of [
              'gen_ai.content.prompt',
              'gen_ai.user.message',
              'gen_ai.choice',
              'note',
              'exception',
            ]) {
              span.addEvent(event, {
                ...(content as Record<string, string>),
                body: value,
                'exception.message': value,
                n: 1,
              });
            }
            span.recordException(new TypeError(CANARY));
          }
          span.setStatus({ code: SpanStatusCode.ERROR, message: CANARY });
          span.end();
          expect(pipeline.emitted).to.have.length(1);
          expect(written(pipeline)).to.not.contain('canary');
          expect(pipeline.emitted[0]?.attributes).to.include(attributes);
        }
      }
    });
  }

  it('keeps of an exception its type, and of events their numbers', () => {
    const pipeline = createPipeline();
    const span = pipeline.provider.getTracer('x').startSpan('s', { attributes: { 'llm.request.type': 'chat' } });
    span.recordException(new TypeError(CANARY));
    span.addEvent('ai.stream.firstChunk', { 'ai.stream.msToFirstChunk': 12 });
    span.end();
    expect(pipeline.emitted[0]?.events.map(({ name, attributes }) => ({ name, attributes }))).to.deep.equal([
      { name: 'exception', attributes: { 'exception.type': 'TypeError' } },
      { name: 'ai.stream.firstChunk', attributes: { 'ai.stream.msToFirstChunk': 12 } },
    ]);
  });

  it('removes unmistakable content from spans that are none of ours', () => {
    expect(end({ 'input.value': CANARY, 'http.route': '/' })).to.deep.equal({ 'http.route': '/' });
  });

  it('writes a user id as the hash under which we know the user', () => {
    const hash = end({ 'llm.request.type': 'chat', 'user.id': 'alice' })[names.AGENT_VITALS_USER_HASH];
    expect(hash).to.match(/^[0-9a-f]{16}$/);
    expect(end({ 'gen_ai.system': 'x', 'enduser.id': 'alice' })[names.AGENT_VITALS_USER_HASH]).to.equal(hash);
  });

  for (const captureContent of ['span', 'both'] as const) {
    it(`keeps content when it is to be captured on ${captureContent}, but no user id`, () => {
      const content = Object.fromEntries(contentNames.map((name) => [name, CANARY]));
      const users = Object.fromEntries(userNames.map((name) => [name, 'bob']));
      const attributes = end({ 'llm.request.type': 'chat', ...content, ...users }, { config: { captureContent } });
      for (const name of contentNames) {
        if (name !== 'ai.request.headers.x-custom') expect(attributes, name).to.include({ [name]: CANARY });
      }
      expect(JSON.stringify(attributes)).to.not.contain('bob');
    });
  }

  it('keeps none when it is to be captured in events only', () => {
    const attributes = { 'llm.request.type': 'chat', 'gen_ai.input.messages': CANARY };
    expect(end(attributes, { config: { captureContent: 'event' } })).to.not.have.property('gen_ai.input.messages');
  });

  it('keeps content within its limit, at a whole character', () => {
    const config = { captureContent: 'span', contentMaxBytes: 256 } as const;
    const text = end({ 'gen_ai.input.messages': '€'.repeat(1000) }, { config })['gen_ai.input.messages'] as string;
    expect(text).to.equal(`${'€'.repeat(85)} [cut]`);
    const structured = end({ 'gen_ai.output.messages': [{ content: 'x'.repeat(1000) }] }, { config });
    expect(Buffer.byteLength(structured['gen_ai.output.messages'] as string)).to.be.at.most(256 + ' [cut]'.length);
    const short = [{ role: 'user', parts: [] }];
    expect(end({ 'gen_ai.output.messages': short }, { config })['gen_ai.output.messages']).to.deep.equal(short);
  });

  describe('of credentials', () => {
    const keys = [
      'sk-abcdefghijklmnopqrstuvwx',
      'sk-proj-Ab_cd-efghijklmnopqrstuvwx',
      'sk-ant-api03-abcdefghijklmnop_qrst-AA',
      'sk-or-v1-0123456789abcdef0123456789abcdef',
      'AIzaSyA-1234567890abcdefghijklmnopqrstu',
      'xai-abcdefghijklmnopqrstuvwxyz0123',
      'gsk_abcdefghijklmnopqrstuvwxyz0123',
      'pplx-abcdefghijklmnopqrstuvwxyz0123',
      'hf_abcdefghijklmnopqrstuvwxyz',
      'AKIAIOSFODNN7EXAMPLE',
      'ghp_abcdefghijklmnopqrstuvwxyz0123',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N',
    ];

    it('masks every key wherever it is, with content too', () => {
      for (const captureContent of ['none', 'span'] as const) {
        for (const key of keys) {
          const texts = [key, `Incorrect API key provided: ${key}.`, `https://x/y?key=${key}&a=1`, `{"k":"${key}"}`];
          for (const text of texts) {
            const pipeline = createPipeline({ config: { captureContent } });
            const attributes = {
              'gen_ai.request.model': text,
              'app.note': text,
              'app.list': ['a', text],
              'gen_ai.input.messages': [{ c: text }],
            };
            const span = pipeline.provider.getTracer('x').startSpan(`chat ${text}`, { attributes });
            span.addEvent('e', { text });
            span.setStatus({ code: SpanStatusCode.ERROR, message: text });
            span.end();
            expect(written(pipeline)).to.not.contain(key);
          }
        }
      }
    });

    it('masks what follows a word that introduces it', () => {
      for (const [given, masked] of [
        ['Bearer abc123def456', 'Bearer [masked]'],
        ['authorization: Basic dXNlcjpwYXNz', 'authorization: Basic [masked]'],
        ['https://h/v1?api_key=0123456789&x=1', 'https://h/v1?api_key=[masked]&x=1'],
        ['https://h/v1?a=1&key=0123456789', 'https://h/v1?a=1&key=[masked]'],
        ['{"api-key": "0123456789ab"}', '{"api-key": "[masked]"}'],
        ['https://bob:hunter2@host/x', 'https://[masked]@host/x'],
      ]) {
        expect(end({ 'url.full': given })['url.full']).to.equal(masked);
      }
    });

    it('searches again what has changed, under whatever name', () => {
      const key = 'sk-proj-0123456789abcdef';
      for (const name of ['gen_ai.response.id', 'server.address']) {
        expect(end({ [name]: 'harmless-text' })[name]).to.equal('harmless-text');
        expect(end({ [name]: 'harmless-text' })[name]).to.equal('harmless-text');
        expect(end({ [name]: key })[name]).to.equal('[masked]');
        expect(end({ [name]: key })[name]).to.equal('[masked]');
      }
    });

    it('drops headers that are keys', () => {
      expect(
        end({
          'http.request.header.authorization': ['x y'],
          'http.request.header.x-api-key': 'k',
          'ai.request.headers.a': 'b',
          ok: 1,
        }),
      ).to.deep.equal({ ok: 1 });
    });

    it('does not take for one what is none', () => {
      const plain = {
        'gen_ai.request.model': 'gpt-4o-2024-08-06',
        'gen_ai.response.id': 'chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012',
        'gen_ai.conversation.id': '5f0c6f0e-2b1a-4a52-9e53-0a0d3b1f2f4e',
        'url.full': 'https://api.example/v1/chat?tokenizer=x&page=2',
        'gen_ai.agent.name': 'task-manager-with-a-long-name',
        'server.address': 'api.openai.com',
        note: 'risk-assessment-for-the-year-2026',
        region: 'asiapacificsoutheast1',
      };
      expect(end(plain)).to.deep.equal(plain);
    });

    it('takes no text for a reason to halt the app', () => {
      for (const piece of [
        'a.',
        'eyJ-',
        'eyJabcdefgh.',
        'sk-',
        'password ',
        'http://',
        'a:',
        'Bearer ',
        '?key=',
        'x'.repeat(9),
      ]) {
        const text = piece.repeat(200_000 / piece.length);
        const start = process.cpuUsage();
        end({ note: text });
        const { user } = process.cpuUsage(start);
        expect(user / 1000, piece).to.be.lessThan(1500);
      }
    });

    it('keeps keys out of the labels of metrics', async () => {
      const pipeline = createPipeline();
      const attributes = {
        [names.GEN_AI_OPERATION_NAME]: 'chat',
        [names.GEN_AI_REQUEST_MODEL]: keys[0],
        [names.ERROR_TYPE]: keys[1],
      };
      pipeline.provider.getTracer('x').startSpan('s', { attributes }).end();
      expect(JSON.stringify([...(await pipeline.collect())])).to.not.match(/sk-/);
    });
  });

  it('writes nothing that JSON cannot say', () => {
    const given = {
      'llm.request.type': 'chat',
      nan: Number.NaN,
      infinite: Number.NEGATIVE_INFINITY,
      list: [1, Number.NaN],
      nested: { nan: Number.NaN, ok: 1 },
      [names.GEN_AI_USAGE_INPUT_TOKENS]: Number.NaN,
    };
    const attributes = end(given);
    expect(attributes).to.not.have.any.keys('nan', 'infinite', names.GEN_AI_USAGE_INPUT_TOKENS);
    expect(attributes.list).to.deep.equal([1, null]);
    expect(attributes.nested).to.deep.equal({ nan: undefined, ok: 1 });
  });
});
