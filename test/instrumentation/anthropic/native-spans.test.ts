// `@anthropic-ai/sdk` starts spans of its own since 0.134. Each is to be completed, not doubled; this runs the real SDK against a local server.
import { setImmediate as nextTurn } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { context, logs, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import { startProvider } from '../../../examples/quickstart/provider/start-provider.js';
import { adapter } from '../../../src/instrumentation/anthropic/index.ts';
import { abandonOpenInferences } from '../../../src/instrumentation/inference/open-inferences.ts';
import { type Patchable, patchClient } from '../../../src/instrumentation/inference/patch-client.ts';
import { configureInstrumentation, settings } from '../../../src/instrumentation/inference/settings.ts';

const NATIVE_SCOPE = 'com.anthropic.sdk.typescript';
const question = {
  model: 'claude-haiku-4-5',
  max_tokens: 100,
  temperature: 0,
  messages: [{ role: 'user' as const, content: 'Which city?' }],
};
const behave = (how: string) => ({ headers: { 'x-behaviour': how } });

/** Subclassed, so that the class every other test imports stays as it is. */
class Recorded extends Anthropic {}

describe('native spans of @anthropic-ai/sdk', () => {
  const exporter = new InMemorySpanExporter();
  let provider: Awaited<ReturnType<typeof startProvider>>;
  let anthropic: Anthropic;

  before(async () => {
    new NodeSDK({
      autoDetectResources: false,
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
      metricReaders: [],
      logRecordProcessors: [],
      textMapPropagator: null,
    }).start();
    patchClient(Recorded.prototype as unknown as Patchable, adapter);
    provider = await startProvider();
  });

  beforeEach(() => {
    exporter.reset();
    anthropic = client();
  });

  after(async () => {
    abandonOpenInferences();
    for (const api of [trace, context, metrics, logs]) api.disable();
    await provider.close();
  });

  const client = (options?: ConstructorParameters<typeof Anthropic>[0]): Anthropic =>
    new Recorded({ apiKey: 'sk-ant-test', baseURL: provider.url, ...options });
  /** The one span there is. */
  function theSpan(): ReadableSpan {
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name)).to.have.length(1);
    return spans[0] as ReadableSpan;
  }

  it('completes the span of a message', async () => {
    const message = await anthropic.messages.create(question, behave('cached'));
    const span = theSpan();
    expect(span.instrumentationScope.name).to.equal(NATIVE_SCOPE);
    expect(span.name).to.equal('chat claude-haiku-4-5');
    expect(span.attributes).to.deep.include({
      'agent_vitals.outcome': 'completed',
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.temperature': 0,
      'gen_ai.request.max_tokens': 100,
      'gen_ai.response.finish_reasons': ['end_turn'],
      'gen_ai.usage.input_tokens': 240,
      'gen_ai.usage.cache_read.input_tokens': 80,
      'gen_ai.usage.cache_creation.input_tokens': 60,
      'gen_ai.usage.output_tokens': 40,
      // What only the SDK writes, and writes after us.
      'http.response.status_code': 200,
      'anthropic.request.id': message._request_id,
    });
  });

  it('completes the span of a stream read to its end, with its chunks', async () => {
    let chunks = 0;
    for await (const _ of await anthropic.messages.create({ ...question, stream: true })) chunks += 1;
    const { attributes, status } = theSpan();
    expect(attributes).to.deep.include({
      'agent_vitals.outcome': 'completed',
      'agent_vitals.stream.chunks': chunks,
      'gen_ai.request.stream': true,
      'gen_ai.response.finish_reasons': ['end_turn'],
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 40,
    });
    expect(attributes['gen_ai.response.time_to_first_chunk']).to.be.a('number');
    expect(status.code).to.equal(SpanStatusCode.OK);
  });

  it('completes the span of the stream helper', async () => {
    await anthropic.messages.stream(question).finalMessage();
    expect(theSpan().attributes).to.include({ 'agent_vitals.outcome': 'completed', 'gen_ai.usage.output_tokens': 40 });
  });

  it('says that a stream was given up, with the usage so far', async () => {
    for await (const _ of await anthropic.messages.create({ ...question, stream: true }, behave('endless'))) break;
    const { attributes, status } = theSpan();
    expect(attributes).to.include({ 'agent_vitals.outcome': 'cancelled', 'gen_ai.usage.input_tokens': 100 });
    expect(status.code).to.equal(SpanStatusCode.UNSET);
  });

  it('says that a stream was aborted before it was read', async () => {
    const stream = await anthropic.messages.create({ ...question, stream: true }, behave('endless'));
    stream.controller.abort();
    for await (const _ of stream) expect.fail('nothing is left to read');
    expect(theSpan().attributes).to.include({ 'agent_vitals.outcome': 'cancelled' });
  });

  it('ends the span of a stream that nobody reads', async () => {
    await anthropic.messages.create({ ...question, stream: true });
    expect(exporter.getFinishedSpans()).to.have.length(0);
    abandonOpenInferences();
    expect(theSpan().attributes).to.include({ 'agent_vitals.outcome': 'abandoned' });
  });

  it('calls a stream that breaks off in the middle an error', async () => {
    const stream = await anthropic.messages.create({ ...question, stream: true }, behave('stream-reset'));
    let error: unknown;
    try {
      for await (const _ of stream);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).to.be.an('error');
    const { attributes, status } = theSpan();
    expect(attributes).to.include({ 'agent_vitals.outcome': 'error', 'error.type': 'TypeError' });
    expect(attributes['gen_ai.usage.input_tokens']).to.equal(100);
    expect(status.code).to.equal(SpanStatusCode.ERROR);
  });

  for (const [how, type] of [
    ['401', '401'],
    ['bad-json', 'SyntaxError'],
  ] as const) {
    it(`names the error of ${how} as it names all errors`, async () => {
      const error = await anthropic.messages.create(question, behave(how)).catch((thrown: unknown) => thrown);
      expect(error).to.be.an('error');
      const { attributes, status, events } = theSpan();
      expect(attributes).to.include({ 'agent_vitals.outcome': 'error', 'error.type': type });
      expect(status).to.deep.equal({ code: SpanStatusCode.ERROR });
      expect(events).to.deep.equal([]);
    });
  }

  it('has one span for a request that was sent again', async () => {
    await anthropic.messages.create(question, behave('429-once'));
    expect(theSpan().attributes).to.include({ 'agent_vitals.outcome': 'completed', 'http.request.resend_count': 1 });
  });

  it('ends with the raw response where that is all that is asked for', async () => {
    const response = await anthropic.messages.create(question).asResponse();
    await response.text();
    // Somebody who only wants a look at the headers might still have awaited the value.
    await nextTurn();
    expect(theSpan().attributes).to.include({ 'agent_vitals.outcome': 'completed', 'http.response.status_code': 200 });
  });

  it('counts beta messages and each turn of the tool runner, and nothing else, as inference', async () => {
    await anthropic.beta.messages.create(question);
    const tool = {
      type: 'custom' as const,
      name: 'weather',
      input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } },
      run: () => 'clear',
      parse: (input: unknown) => input,
    };
    await anthropic.beta.messages.toolRunner({ ...question, tools: [tool] }).runUntilDone();
    await anthropic.messages.countTokens(question);
    await anthropic.messages.batches.list();
    const outcomes = exporter
      .getFinishedSpans()
      .map(({ name, attributes }) => [name, attributes['agent_vitals.outcome']]);
    expect(outcomes).to.deep.equal([
      ['chat claude-haiku-4-5', 'completed'],
      ['chat claude-haiku-4-5', 'completed'],
      ['anthropic.custom_tool_use weather', undefined],
      ['chat claude-haiku-4-5', 'completed'],
      ['anthropic.messages.tool_runner', undefined],
      ['anthropic.messages.count_tokens', undefined],
      ['anthropic.messages.batches.list', undefined],
    ]);
  });

  it('makes a span of its own where the native ones are switched off', async () => {
    await client({ openTelemetry: false }).messages.create(question);
    const span = theSpan();
    expect(span.instrumentationScope.name).to.equal('agent-vitals');
    expect(span.name).to.equal('chat claude-haiku-4-5');
    expect(span.attributes).to.include({ 'agent_vitals.outcome': 'completed', 'gen_ai.usage.input_tokens': 100 });
  });

  it('makes a span of its own where the native one goes to a provider of the user', async () => {
    const theirs = new InMemorySpanExporter();
    const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: theirs })] });
    await client({ openTelemetry: { tracerProvider } }).messages.create(question);
    expect(theSpan().instrumentationScope.name).to.equal('agent-vitals');
    expect(theirs.getFinishedSpans().map(({ name }) => name)).to.deep.equal(['anthropic.messages.create']);
    expect(theirs.getFinishedSpans()[0]?.attributes).not.to.have.property('agent_vitals.outcome');
  });

  it('writes content only by our setting', async () => {
    await anthropic.messages.create(question);
    expect(JSON.stringify(theSpan().attributes)).not.to.include('Which city?');
    exporter.reset();
    const before = settings;
    configureInstrumentation({ ...settings, captureContent: 'span' });
    try {
      await anthropic.messages.create(question);
    } finally {
      configureInstrumentation(before);
    }
    expect(theSpan().attributes['gen_ai.input.messages']).to.equal(
      JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'Which city?' }] }]),
    );
  });
});
