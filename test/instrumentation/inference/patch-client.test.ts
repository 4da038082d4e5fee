// The real `openai` against a local server: what is recorded, and that the host sees nothing of it.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { context, propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { expect } from 'chai';
import OpenAI, { APIConnectionTimeoutError, AuthenticationError, OpenAIError } from 'openai';
import { startProvider } from '../../../examples/quickstart/provider/start-provider.js';
import { type Patchable, patchClient, setRecording } from '../../../src/instrumentation/inference/patch-client.ts';
import { configureInstrumentation, settings } from '../../../src/instrumentation/inference/settings.ts';
import { adapter } from '../../../src/instrumentation/openai/index.ts';
import { eventually } from '../../support/eventually.ts';
import { recordTelemetry } from '../recorded-telemetry.ts';

/** Subclassed, so that the class every other test imports stays as it is. */
class Recorded extends OpenAI {}

const chat = (words = '', more: object = {}): any => ({
  model: `gpt-5-mini${words}`,
  messages: [{ role: 'user', content: 'Which city?' }],
  ...more,
});

describe('a patched client', () => {
  let telemetry: ReturnType<typeof recordTelemetry>;
  let provider: Awaited<ReturnType<typeof startProvider>>;
  let openai: OpenAI;
  const unhandled: unknown[] = [];
  const noteUnhandled = (reason: unknown): unknown => unhandled.push(reason);

  before(async () => {
    telemetry = recordTelemetry();
    patchClient(Recorded.prototype as unknown as Patchable, adapter);
    provider = await startProvider();
    openai = client();
  });
  afterEach(() => {
    setRecording(true);
    propagation.disable();
    telemetry.reset();
  });
  after(async () => {
    telemetry.stop();
    await provider.close();
  });

  const client = (options: object = {}): OpenAI =>
    new Recorded({ apiKey: 'sk-test', baseURL: `${provider.url}/v1`, maxRetries: 2, ...options });
  const lastRequest = (): (typeof provider.requests)[number] => provider.requests.at(-1) as never;
  const attributes = (): Record<string, unknown> => telemetry.span().attributes;

  it('records a completion and returns it as it came', async () => {
    const params = Object.freeze(chat());
    const promise = openai.chat.completions.create(params);
    expect(promise.constructor.name).to.equal('APIPromise');
    expect(await promise).to.include({ object: 'chat.completion' });
    expect(attributes()).to.include({
      'agent_vitals.outcome': 'completed',
      'gen_ai.usage.input_tokens': 120,
      'gen_ai.usage.output_tokens': 40,
    });
    expect(Object.keys(lastRequest().headers)).to.not.include('traceparent');
  });

  it('lets the host have the response, with and without the data', async () => {
    const { data, response } = await openai.chat.completions.create(chat()).withResponse();
    expect([data.object, response.status]).to.deep.equal(['chat.completion', 200]);
    const raw = await openai.chat.completions.create(chat()).asResponse();
    expect(await raw.json()).to.include({ object: 'chat.completion' });
    const [whole, headersOnly] = await eventually(
      'both spans',
      () => telemetry.spans().length === 2 && telemetry.spans(),
    );
    expect(whole?.attributes).to.include({ 'agent_vitals.outcome': 'completed', 'gen_ai.usage.input_tokens': 120 });
    expect(headersOnly?.attributes).to.include({ 'agent_vitals.outcome': 'completed' });
  });

  it('throws what the vendor throws', async () => {
    const error = await openai.chat.completions.create(chat('+401')).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AuthenticationError);
    expect(attributes()).to.include({ 'agent_vitals.outcome': 'error', 'error.type': '401' });
  });

  it('tells a timeout from an abort', async () => {
    const late = await openai.chat.completions
      .create(chat('+hang'), { timeout: 20, maxRetries: 0 })
      .catch((e: unknown) => e);
    expect(late).to.be.instanceOf(APIConnectionTimeoutError);
    const controller = new AbortController();
    const aborted = openai.chat.completions
      .create(chat('+hang'), { signal: controller.signal })
      .catch((e: unknown) => e);
    controller.abort();
    await aborted;
    expect(
      telemetry.spans().map((span) => [span.attributes['agent_vitals.outcome'], span.attributes['error.type']]),
    ).to.deep.equal([
      ['error', 'APIConnectionTimeoutError'],
      ['cancelled', undefined],
    ]);
  });

  it('makes a failure of a body that cannot be parsed', async () => {
    await openai.chat.completions.create(chat('+bad-json')).catch(() => undefined);
    expect(attributes()).to.include({ 'agent_vitals.outcome': 'error', 'error.type': 'SyntaxError' });
  });

  it('makes one span of a request and its retries', async () => {
    await openai.chat.completions.create(chat('+429-once+retries'));
    expect(attributes()).to.include({ 'agent_vitals.outcome': 'completed', 'http.request.resend_count': 1 });
  });

  it('neither adds nor swallows unhandled rejections', async () => {
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', noteUnhandled);
    try {
      void openai.chat.completions.create(chat('+401'));
      await eventually('the rejection', () => unhandled.length > 0);
      await openai.chat.completions.create(chat('+401')).catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled.map((reason) => (reason as Error).constructor.name)).to.deep.equal(['AuthenticationError']);
    } finally {
      process.removeListener('unhandledRejection', noteUnhandled);
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
    expect(telemetry.spans()).to.have.length(2);
  });

  it('leaves alone what is no inference', async () => {
    await openai.models.list().catch(() => undefined);
    await openai.post('/files', { body: {} }).catch(() => undefined);
    expect(telemetry.spans()).to.deep.equal([]);
  });

  it('records requests made by hand, with their options as they are or promised', async () => {
    await openai.request({ method: 'post', path: '/chat/completions', body: chat() });
    await openai.request(Promise.resolve({ method: 'post' as const, path: '/chat/completions', body: chat() }));
    expect(telemetry.spans()).to.have.length(2);
  });

  it('records clients that come from it, each call once', async () => {
    patchClient(Recorded.prototype as unknown as Patchable, adapter);
    class Own extends Recorded {}
    await new Own({ apiKey: 'k', baseURL: `${provider.url}/v1` }).chat.completions.create(chat());
    await openai.withOptions({ maxRetries: 0 }).chat.completions.create(chat());
    expect(telemetry.spans()).to.have.length(2);
  });

  it('goes on unrecorded when recording is off', async () => {
    setRecording(false);
    await openai.chat.completions.create(chat());
    expect(telemetry.spans()).to.deep.equal([]);
  });

  it('has its span active while the vendor works, and only then', async () => {
    const seen: (string | undefined)[] = [];
    const watched = client({
      fetch: (...args: Parameters<typeof fetch>) => {
        seen.push(trace.getActiveSpan()?.spanContext().spanId);
        return fetch(...args);
      },
    });
    const outer = trace.getTracer('host').startSpan('host');
    await context.with(trace.setSpan(context.active(), outer), async () => {
      await watched.chat.completions.create(chat());
      expect(trace.getActiveSpan()).to.equal(outer);
      await watched.models.list().catch(() => undefined);
    });
    const { spanId } = telemetry.span().spanContext();
    expect(telemetry.span().parentSpanContext?.spanId).to.equal(outer.spanContext().spanId);
    expect(seen[0]).to.equal(spanId);
    expect(seen.slice(1)).to.include(outer.spanContext().spanId);
  });

  it('sends trace context only when asked', async () => {
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    configureInstrumentation({ ...settings, propagateToVendors: true });
    await openai.chat.completions.create(chat(), { headers: { 'x-own': 'kept' } });
    const { traceId, spanId } = telemetry.span().spanContext();
    expect(lastRequest().headers).to.include({ traceparent: `00-${traceId}-${spanId}-01`, 'x-own': 'kept' });
  });

  describe('streaming', () => {
    const stream = (words = '', more: object = {}): any =>
      openai.chat.completions.create(chat(words, { stream: true, ...more }));

    it('records usage from the chunk without choices', async () => {
      const chunks: any[] = [];
      for await (const chunk of await stream('', { stream_options: { include_usage: true } })) chunks.push(chunk);
      expect(chunks.at(-1).choices).to.deep.equal([]);
      expect(attributes()).to.include({
        'agent_vitals.outcome': 'completed',
        'agent_vitals.stream.chunks': chunks.length,
        'gen_ai.usage.input_tokens': 120,
      });
      expect(attributes()['gen_ai.response.time_to_first_chunk']).to.be.greaterThan(0);
    });

    it('asks for usage on request, and hides what that brings', async () => {
      const plain: any[] = [];
      for await (const chunk of await stream()) plain.push(chunk);
      configureInstrumentation({ ...settings, includeStreamUsage: true });
      const params = Object.freeze(chat('', { stream: true }));
      const chunks: any[] = [];
      for await (const chunk of (await openai.chat.completions.create(params)) as any) chunks.push(chunk);
      expect(lastRequest().body.stream_options).to.deep.equal({ include_usage: true });
      expect(params).to.not.have.property('stream_options');
      expect(chunks).to.have.length(plain.length);
      expect(telemetry.spans()[1]?.attributes).to.include({
        'gen_ai.usage.output_tokens': 40,
        'agent_vitals.stream.chunks': plain.length,
      });
    });

    it('ends cancelled on break, and the connection with it', async () => {
      for await (const _ of await stream('+endless')) break;
      expect(attributes()).to.include({ 'agent_vitals.outcome': 'cancelled', 'agent_vitals.stream.chunks': 1 });
      const { closedEarly, afterMillis } = await lastRequest().ended;
      expect(closedEarly).to.equal(true);
      expect(afterMillis).to.be.lessThan(2000);
    });

    it('ends cancelled when aborted', async () => {
      const endless = await stream('+endless');
      let chunks = 0;
      for await (const _ of endless) if (++chunks === 3) endless.controller.abort();
      expect(attributes()).to.include({ 'agent_vitals.outcome': 'cancelled', 'agent_vitals.stream.chunks': 3 });
    });

    it('ends with the error that the host gets', async () => {
      let caught: unknown;
      try {
        for await (const _ of await stream('+stream-error'));
      } catch (error) {
        caught = error;
      }
      expect(caught).to.be.instanceOf(Error);
      expect(attributes()).to.include({ 'agent_vitals.outcome': 'error', 'error.type': 'APIError' });
    });

    it("is the vendor's own, with iterators of the vendor's own", async () => {
      const own = await stream();
      expect(own.constructor.name).to.equal('Stream');
      const iterator = own.iterator();
      expect(Object.prototype.toString.call(iterator)).to.equal('[object AsyncGenerator]');
      expect(Object.keys(iterator)).to.deep.equal([]);
      await iterator.next();
      const again = own.iterator().next();
      expect(await again.catch((error: unknown) => error)).to.be.instanceOf(OpenAIError);
      expect(telemetry.spans()).to.deep.equal([]);
      await iterator.return();
      expect(attributes()).to.include({ 'agent_vitals.outcome': 'cancelled' });
    });

    it('counts both readers of a tee as one', async () => {
      const [left, right] = (await stream()).tee();
      for await (const _ of left);
      for await (const _ of right);
      expect(attributes()).to.include({ 'agent_vitals.outcome': 'completed' });
    });

    it('ends abandoned when it is collected unread', async () => {
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      await (async () => void (await stream('+endless')))();
      await eventually('an unread stream is given up', () => {
        collect();
        return telemetry.spans().length > 0;
      });
      expect(attributes()).to.include({ 'agent_vitals.outcome': 'abandoned' });
    });
  });
});
