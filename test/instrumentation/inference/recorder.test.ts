import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { expect } from 'chai';
import { abandonOpenInferences } from '../../../src/instrumentation/inference/open-inferences.ts';
import { type InferenceRecorder, startInference } from '../../../src/instrumentation/inference/recorder.ts';
import { configureInstrumentation, settings } from '../../../src/instrumentation/inference/settings.ts';
import type { InferenceRequest } from '../../../src/instrumentation/inference/vendor-adapter.ts';
import { VERSION } from '../../../src/internal/version.ts';
import { eventually } from '../../support/eventually.ts';
import { recordTelemetry } from '../recorded-telemetry.ts';

const request: InferenceRequest = {
  operation: 'chat',
  provider: 'openai',
  model: 'gpt-5-mini',
  serverAddress: 'api.openai.com',
  serverPort: 443,
  attributes: { 'gen_ai.request.temperature': 0 },
  content: () => ({ inputMessages: [{ role: 'user', parts: [{ type: 'text', content: 'a secret question' }] }] }),
};
const answer = { outputMessages: () => [{ role: 'assistant', parts: [{ type: 'text', content: 'a secret answer' }] }] };

describe('the recorder', () => {
  let telemetry: ReturnType<typeof recordTelemetry>;
  before(() => {
    telemetry = recordTelemetry();
  });
  afterEach(() => telemetry.reset());
  after(() => telemetry.stop());

  const start = (options?: Parameters<typeof startInference>[1]): InferenceRecorder =>
    startInference(request, options) as InferenceRecorder;

  it('makes one CLIENT span of request and response', () => {
    start().finish('completed', {
      response: {
        id: 'chatcmpl-1',
        model: 'gpt-5-mini-2025-08-07',
        finishReasons: ['stop', 'length'],
        usage: { input: 10, output: 0, cacheRead: 4, reasoning: undefined },
      },
    });
    const span = telemetry.span();
    expect(span.name).to.equal('chat gpt-5-mini');
    expect(span.kind).to.equal(SpanKind.CLIENT);
    expect(span.status).to.deep.equal({ code: SpanStatusCode.UNSET });
    expect(span.instrumentationScope).to.deep.include({ name: 'agent-vitals', version: VERSION });
    expect(span.attributes).to.deep.equal({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.request.temperature': 0,
      'server.address': 'api.openai.com',
      'server.port': 443,
      'agent_vitals.outcome': 'completed',
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
      'gen_ai.response.finish_reasons': ['stop', 'length'],
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 0,
      'gen_ai.usage.cache_read.input_tokens': 4,
    });
  });

  it('ends once: what comes first counts', () => {
    const recorder = start();
    recorder.finish('cancelled');
    recorder.finish('completed', { response: { id: 'late' } });
    abandonOpenInferences();
    expect(telemetry.span().attributes).to.include({ 'agent_vitals.outcome': 'cancelled' });
    expect(telemetry.span().attributes).not.to.have.property('gen_ai.response.id');
  });

  it('measures from when the request was made, to the microsecond', () => {
    const startTime = performance.now() - 1234.5;
    start({ startTime }).finish('completed');
    const [seconds, nanos] = telemetry.span().duration;
    expect(seconds * 1000 + nanos / 1e6).to.be.within(1234.5, 1334.5);
  });

  it('says how it failed by class or status, never by message', () => {
    const refused = Object.assign(new Error('your prompt "a secret question" is refused'), { status: 401 });
    start().finish('error', { error: refused });
    class APIConnectionTimeoutError extends Error {}
    start().finish('error', { error: new APIConnectionTimeoutError('a secret question') });
    start().finish('completed', { response: { errorType: 'server_error' } });
    start().finish('error');
    expect(telemetry.spans().map(({ attributes }) => attributes['error.type'])).to.deep.equal([
      '401',
      'APIConnectionTimeoutError',
      'server_error',
      '_OTHER',
    ]);
    for (const { attributes, status, events } of telemetry.spans()) {
      expect(attributes['agent_vitals.outcome']).to.equal('error');
      expect(status).to.deep.equal({ code: SpanStatusCode.ERROR });
      expect(events).to.deep.equal([]);
    }
    const [first, second, ...rest] = telemetry.events();
    expect(rest).to.deep.equal([]);
    expect(first).to.deep.include({
      eventName: 'gen_ai.client.operation.exception',
      severityNumber: 13,
      attributes: { 'exception.type': 'Error' },
    });
    expect(first?.spanContext?.spanId).to.equal(telemetry.spans()[0]?.spanContext().spanId);
    expect(second?.attributes).to.deep.equal({ 'exception.type': 'APIConnectionTimeoutError' });
  });

  it('ends what is open with what is known of it', () => {
    const recorder = start();
    recorder.chunk();
    recorder.chunk();
    recorder.responseSoFar = () => ({ usage: { input: 7 } });
    abandonOpenInferences();
    const { attributes } = telemetry.span();
    expect(attributes).to.include({
      'agent_vitals.outcome': 'abandoned',
      'agent_vitals.stream.chunks': 2,
      'gen_ai.usage.input_tokens': 7,
    });
    expect(attributes['gen_ai.response.time_to_first_chunk']).to.be.within(0, 5);
  });

  it('gives up a stream that nobody reads, but not one that waits for its vendor', async () => {
    configureInstrumentation({ ...settings, streamIdleMillis: 20 });
    const waiting = start();
    const idle = start();
    idle.idleSince = performance.now();
    await eventually('an idle stream is given up', () => telemetry.spans().length > 0, 5000);
    expect(telemetry.span().spanContext().spanId).to.equal(idle.span.spanContext().spanId);
    expect(waiting.span.isRecording()).to.equal(true);
  });

  describe('content', () => {
    const run = (captureContent: (typeof settings)['captureContent']): void => {
      configureInstrumentation({ ...settings, captureContent });
      start().finish('completed', { response: answer });
    };
    const input = [{ role: 'user', parts: [{ type: 'text', content: 'a secret question' }] }];
    const output = [{ role: 'assistant', parts: [{ type: 'text', content: 'a secret answer' }] }];

    it('is nowhere by default', () => {
      start().finish('completed', { response: answer });
      expect(JSON.stringify(telemetry.span().attributes)).not.to.include('secret');
      expect(telemetry.events()).to.deep.equal([]);
    });

    it('is JSON on the span', () => {
      run('span');
      expect(telemetry.span().attributes).to.include({
        'gen_ai.input.messages': JSON.stringify(input),
        'gen_ai.output.messages': JSON.stringify(output),
      });
      expect(telemetry.events()).to.deep.equal([]);
    });

    it('is structured in the event, beside the attributes of the call', () => {
      run('event');
      expect(JSON.stringify(telemetry.span().attributes)).not.to.include('secret');
      const [event] = telemetry.events();
      expect(event?.eventName).to.equal('gen_ai.client.inference.operation.details');
      expect(event?.attributes).to.deep.include({
        'gen_ai.request.model': 'gpt-5-mini',
        'agent_vitals.outcome': 'completed',
        'gen_ai.input.messages': input,
        'gen_ai.output.messages': output,
      });
    });

    it('is in both', () => {
      run('both');
      expect(telemetry.span().attributes).to.have.property('gen_ai.input.messages');
      expect(telemetry.events()).to.have.length(1);
    });

    it('is what was sent, whatever the host makes of its messages later', () => {
      configureInstrumentation({ ...settings, captureContent: 'span' });
      const messages = [{ role: 'user', parts: [] as unknown[] }];
      const recorder = startInference({ ...request, content: () => ({ inputMessages: messages }) });
      messages.push({ role: 'assistant', parts: [] });
      recorder?.finish('completed');
      expect(telemetry.span().attributes['gen_ai.input.messages']).to.equal('[{"role":"user","parts":[]}]');
    });

    it('that cannot be written costs neither the span nor the host', () => {
      const circular: unknown[] = [];
      circular.push(circular);
      configureInstrumentation({ ...settings, captureContent: 'both' });
      startInference({ ...request, content: () => ({ inputMessages: circular }) })?.finish('completed', {
        response: { outputMessages: () => [1n] },
      });
      startInference({
        ...request,
        content: () => {
          throw new Error('no');
        },
      })?.finish('completed');
      expect(telemetry.spans()).to.have.length(2);
    });
  });
});
