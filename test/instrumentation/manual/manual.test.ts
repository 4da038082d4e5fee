import { context, trace } from '@opentelemetry/api';
import { expect } from 'chai';
import OpenAI from 'openai';
import { startProvider } from '../../../examples/quickstart/provider/start-provider.js';
import { instrument } from '../../../src/instrumentation/manual/instrument.ts';
import { recordInference } from '../../../src/instrumentation/manual/record-inference.ts';
import { withInference } from '../../../src/instrumentation/manual/with-inference.ts';
import { withWorkflow } from '../../../src/instrumentation/prompt/with-workflow.ts';
import { VITALS_CONTEXT_KEY } from '../../../src/semconv.ts';
import { recordTelemetry } from '../recorded-telemetry.ts';

const own = { operation: 'chat', provider: 'my-gateway', model: 'my-model' } as const;

describe('the manual door', () => {
  let telemetry: ReturnType<typeof recordTelemetry>;
  before(() => {
    telemetry = recordTelemetry();
  });
  afterEach(() => telemetry.reset());
  after(() => telemetry.stop());

  describe('recordInference', () => {
    it('makes the span that there was', () => {
      const endTime = Date.now() - 60_000;
      recordInference({
        ...own,
        stream: true,
        attributes: { region: 'eu' },
        response: { id: 'r1', finishReasons: ['stop'], usage: { input: 3, output: 0 } },
        endTime,
        durationMillis: 1500,
        timeToFirstChunkMillis: 250,
        chunks: 4,
        resendCount: 1,
      });
      const span = telemetry.span();
      expect(span.duration).to.deep.equal([1, 500_000_000]);
      expect(span.endTime[0]).to.equal(Math.trunc(endTime / 1000));
      expect(span.attributes).to.deep.include({
        region: 'eu',
        'agent_vitals.outcome': 'completed',
        'gen_ai.request.stream': true,
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.response.time_to_first_chunk': 0.25,
        'agent_vitals.stream.chunks': 4,
        'http.request.resend_count': 1,
        'gen_ai.usage.input_tokens': 3,
        'gen_ai.usage.output_tokens': 0,
      });
    });

    it('takes start and duration, or start and end', () => {
      const startTime = new Date(Date.now() - 10_000);
      recordInference({ ...own, startTime, durationMillis: 2000 });
      recordInference({ ...own, startTime, endTime: startTime.getTime() + 3000 });
      expect(telemetry.spans().map(({ duration: [seconds] }) => seconds)).to.deep.equal([2, 3]);
    });

    it('takes an error or an outcome', () => {
      recordInference({ ...own, error: Object.assign(new Error('secret'), { status: 429 }) });
      recordInference({ ...own, errorType: 'quota' });
      recordInference({ ...own, outcome: 'cancelled' });
      expect(
        telemetry.spans().map(({ attributes }) => [attributes['agent_vitals.outcome'], attributes['error.type']]),
      ).to.deep.equal([
        ['error', '429'],
        ['error', 'quota'],
        ['cancelled', undefined],
      ]);
    });

    it('bears what is hostile, and lets none of it through', () => {
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      recordInference({
        ...own,
        attributes: {
          big: 1n,
          nan: Number.NaN,
          circular,
          fine: 'yes',
          get thrower(): never {
            throw new Error('no');
          },
        },
        response: { usage: { input: Number.NaN, output: -1, cacheRead: 1n as never } },
        durationMillis: Number.POSITIVE_INFINITY,
        outcome: 'great' as never,
      });
      const { attributes } = telemetry.span();
      expect(attributes.fine).to.equal('yes');
      expect(Object.keys(attributes).filter((name) => /big|nan|circular|thrower|usage/.test(name))).to.deep.equal([]);
    });

    it('throws at nobody', () => {
      for (const bad of [undefined, null, 7, {}, { operation: 'chat' }, { operation: 1, provider: 2 }])
        recordInference(bad as never);
      expect(telemetry.spans()).to.deep.equal([]);
    });
  });

  describe('withInference', () => {
    it('records what it is told, and returns what the function returns', async () => {
      const value = { any: 'thing' };
      const returned = await withInference(own, async (call) => {
        call.chunk();
        call.response({ usage: { input: 5 }, attributes: { one: 1 } });
        call.response({ id: 'r', usage: { output: 2 }, attributes: { two: 2 } });
        return value;
      });
      expect(returned).to.equal(value);
      expect(telemetry.span().attributes).to.include({
        'agent_vitals.outcome': 'completed',
        'agent_vitals.stream.chunks': 1,
        'gen_ai.response.id': 'r',
        'gen_ai.usage.input_tokens': 5,
        'gen_ai.usage.output_tokens': 2,
        one: 1,
        two: 2,
      });
    });

    it('lets the same error through, sync and async', async () => {
      const error = new RangeError('secret');
      const caught: unknown[] = [];
      try {
        withInference(own, () => {
          throw error;
        });
      } catch (thrown) {
        caught.push(thrown);
      }
      caught.push(await withInference(own, () => Promise.reject(error)).catch((thrown: unknown) => thrown));
      expect(caught[0]).to.equal(error);
      expect(caught[1]).to.equal(error);
      for (const { attributes } of telemetry.spans())
        expect(attributes).to.include({ 'agent_vitals.outcome': 'error', 'error.type': 'RangeError' });
      expect(telemetry.spans()).to.have.length(2);
    });

    it('has its span active within the function', () => {
      const active = withInference(own, () => trace.getActiveSpan()?.spanContext().spanId);
      expect(active).to.equal(telemetry.span().spanContext().spanId);
      expect(trace.getActiveSpan()).to.equal(undefined);
    });

    it('hands a promise of another class back as it is', () => {
      class Lazy extends Promise<string> {}
      const lazy = Lazy.resolve('x');
      expect(withInference(own, () => lazy)).to.equal(lazy);
    });

    it('runs the function even when it cannot record it', () => {
      expect(withInference(undefined as never, (call) => (call.response({ id: 'x' }), call.chunk(), 'ran'))).to.equal(
        'ran',
      );
      expect(telemetry.spans()).to.deep.equal([]);
    });
  });

  describe('withWorkflow', () => {
    const seen = (): unknown => context.active().getValue(VITALS_CONTEXT_KEY);

    it('says what it is told to all below, across await, and inner ones add and replace', async () => {
      await withWorkflow({ workflow: 'support', stage: 'triage', userId: 42, conversationId: 'c1' }, async () => {
        await Promise.resolve();
        withWorkflow({ stage: 'answer', tier: 'cheap' }, () => {
          expect(seen()).to.deep.equal({
            attributes: {
              'gen_ai.workflow.name': 'support',
              'agent_vitals.workflow.stage': 'answer',
              'agent_vitals.tier': 'cheap',
              'gen_ai.conversation.id': 'c1',
            },
            userId: '42',
          });
        });
        expect(seen()).to.deep.include({ userId: '42' });
      });
      expect(seen()).to.equal(undefined);
    });

    it('runs the function whatever it is told', () => {
      for (const bad of [undefined, null, 'x', { workflow: {}, userId: Number.NaN }]) {
        expect(withWorkflow(bad as never, () => 'ran')).to.equal('ran');
      }
    });

    it('throws what the function throws', () => {
      const error = new Error('own');
      expect(() =>
        withWorkflow({}, () => {
          throw error;
        }),
      ).to.throw(error);
    });
  });

  describe('instrument', () => {
    it('records a client that no hook has seen, and returns it', async () => {
      const provider = await startProvider();
      try {
        // As in a bundle: a class of another name, whose methods are its own.
        class Bundled extends OpenAI {}
        for (const name of ['request', 'makeRequest', 'methodRequest']) {
          Object.defineProperty(
            Bundled.prototype,
            name,
            Object.getOwnPropertyDescriptor(OpenAI.prototype, name) as PropertyDescriptor,
          );
        }
        const client = new Bundled({ apiKey: 'sk-test', baseURL: `${provider.url}/v1` });
        expect(instrument(client)).to.equal(client);
        instrument(client);
        await client.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hi' }] });
        expect(telemetry.span().attributes).to.include({ 'gen_ai.usage.input_tokens': 120 });
      } finally {
        await provider.close();
      }
    });

    it('says what it wants instead of what it cannot use', () => {
      for (const bad of [undefined, null, 'x', {}, OpenAI, { chat: {}, request() {} }]) {
        expect(() => instrument(bad as never)).to.throw(
          TypeError,
          'instrument() takes a client of openai or @anthropic-ai/sdk',
        );
      }
    });
  });
});
