import { type Attributes, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  createAlwaysRecordSampler,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import * as names from '../../src/semconv.ts';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';
import { removeTempDirs } from '../support/temp-dir.ts';

const chat: Attributes = {
  [names.GEN_AI_OPERATION_NAME]: 'chat',
  [names.GEN_AI_PROVIDER_NAME]: 'openai',
  [names.GEN_AI_REQUEST_MODEL]: 'gpt-4o',
  [names.GEN_AI_RESPONSE_MODEL]: 'gpt-4o-2024-08-06',
  [names.SERVER_ADDRESS]: 'api.openai.com',
  [names.SERVER_PORT]: 443,
  [names.GEN_AI_USAGE_INPUT_TOKENS]: 3000,
  [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: 1000,
  [names.GEN_AI_USAGE_OUTPUT_TOKENS]: 500,
  [names.AGENT_VITALS_OUTCOME]: 'completed',
};

function endCall({ provider }: Pipeline, attributes: Attributes, seconds = 2, parent = ROOT_CONTEXT): void {
  const startTime = 1_763_900_000_000;
  provider
    .getTracer(names.SCOPE_NAME)
    .startSpan('chat', { attributes, startTime }, parent)
    .end(startTime + seconds * 1000);
}

describe('VitalsSpanProcessor', () => {
  after(removeTempDirs);

  it('prices a call on its span', () => {
    const pipeline = createPipeline();
    endCall(pipeline, chat);
    expect(pipeline.emitted[0]?.attributes).to.deep.equal({
      ...chat,
      'agent_vitals.cost.usd': (2000 * 2.5 + 1000 * 1.25 + 500 * 10) / 1e6,
      'agent_vitals.cost.usd.input': 0.005,
      'agent_vitals.cost.usd.cache_read': 0.00125,
      'agent_vitals.cost.usd.cache_write': 0,
      'agent_vitals.cost.usd.output': 0.005,
    });
  });

  it('hands on all that a span is', () => {
    const seen = new InMemorySpanExporter();
    const pipeline = createPipeline({ processors: [new SimpleSpanProcessor({ exporter: seen })] });
    const link = { context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 } };
    const span = pipeline.provider.getTracer('app', '1.2').startSpan('work', { links: [link], attributes: { a: 1 } });
    span.addEvent('step', { n: 1 });
    span.setStatus({ code: SpanStatusCode.OK });
    span.end();
    const [theirs] = seen.getFinishedSpans();
    const [ours] = pipeline.emitted;
    for (const key of ['name', 'kind', 'startTime', 'endTime', 'duration', 'ended', 'links', 'resource'] as const) {
      expect(ours?.[key], key).to.deep.equal(theirs?.[key]);
    }
    for (const key of ['instrumentationScope', 'attributes', 'status', 'droppedAttributesCount'] as const) {
      expect(ours?.[key], key).to.deep.equal(theirs?.[key]);
    }
    expect(ours?.spanContext()).to.deep.equal(theirs?.spanContext());
    expect(ours?.events[0]).to.deep.include({ name: 'step', attributes: { n: 1 } });
  });

  it('changes nothing that other processors see', () => {
    const seen = new InMemorySpanExporter();
    const pipeline = createPipeline({ processors: [new SimpleSpanProcessor({ exporter: seen })] });
    const attributes = { ...chat, [names.GEN_AI_INPUT_MESSAGES]: 'hello', 'user.id': 'bob' };
    endCall(pipeline, attributes);
    expect(seen.getFinishedSpans()[0]?.attributes).to.deep.equal(attributes);
    expect(pipeline.emitted[0]?.attributes).to.not.have.any.keys(names.GEN_AI_INPUT_MESSAGES, 'user.id');
  });

  it('adds names and cost to the spans of a provider of the user when told to, and takes nothing away', () => {
    const seen = new InMemorySpanExporter();
    const pipeline = createPipeline({ annotate: true, processors: [new SimpleSpanProcessor({ exporter: seen })] });
    const attributes = {
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'gpt-4o',
      'llm.provider': 'openai',
      'llm.token_count.prompt': 1_000_000,
      'llm.token_count.completion': 0,
      'input.value': 'hello',
    };
    pipeline.provider.getTracer('openinference').startSpan('llm', { attributes }).end();
    const [theirs] = seen.getFinishedSpans();
    expect(theirs?.attributes).to.include(attributes);
    expect(theirs?.attributes).to.include({
      [names.GEN_AI_REQUEST_MODEL]: 'gpt-4o',
      [names.AGENT_VITALS_COST_USD]: 2.5,
    });
    expect(pipeline.emitted[0]?.attributes).to.include({ [names.AGENT_VITALS_COST_USD]: 2.5 });
    expect(pipeline.emitted[0]?.attributes).to.not.have.property('input.value');
  });

  it('records the metrics of the conventions', async () => {
    const pipeline = createPipeline();
    const streamed = { [names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]: 0.5, [names.AGENT_VITALS_STREAM_CHUNKS]: 4 };
    endCall(pipeline, {
      ...chat,
      ...streamed,
      [names.GEN_AI_WORKFLOW_NAME]: 'triage',
      [names.AGENT_VITALS_TIER]: 'cheap',
    });
    const points = await pipeline.collect();
    const labels = {
      [names.GEN_AI_OPERATION_NAME]: 'chat',
      [names.GEN_AI_PROVIDER_NAME]: 'openai',
      [names.GEN_AI_REQUEST_MODEL]: 'gpt-4o',
      [names.GEN_AI_RESPONSE_MODEL]: 'gpt-4o-2024-08-06',
      [names.SERVER_ADDRESS]: 'api.openai.com',
      [names.SERVER_PORT]: 443,
      [names.GEN_AI_WORKFLOW_NAME]: 'triage',
      [names.AGENT_VITALS_TIER]: 'cheap',
    };
    expect(points.get(names.METRIC_TOKEN_USAGE)).to.deep.equal([
      {
        attributes: { ...labels, [names.GEN_AI_TOKEN_TYPE]: 'input' },
        sum: 3000,
        count: 1,
        boundaries: names.TOKEN_USAGE_BOUNDARIES,
      },
      {
        attributes: { ...labels, [names.GEN_AI_TOKEN_TYPE]: 'output' },
        sum: 500,
        count: 1,
        boundaries: names.TOKEN_USAGE_BOUNDARIES,
      },
    ]);
    expect(points.get(names.METRIC_OPERATION_DURATION)).to.deep.equal([
      { attributes: labels, sum: 2, count: 1, boundaries: names.DURATION_BOUNDARIES },
    ]);
    expect(points.get(names.METRIC_TIME_TO_FIRST_CHUNK)).to.deep.equal([
      { attributes: labels, sum: 0.5, count: 1, boundaries: names.DURATION_BOUNDARIES },
    ]);
    expect(points.get(names.METRIC_TIME_PER_OUTPUT_CHUNK)).to.deep.equal([
      { attributes: labels, sum: 0.5, count: 1, boundaries: names.TIME_PER_CHUNK_BOUNDARIES },
    ]);
    expect(points.get(names.METRIC_COST_USD)?.[0]?.attributes).to.deep.equal(labels);
    expect(points.get(names.METRIC_UNPRICED_CALLS)).to.equal(undefined);
  });

  it('has the error type on the duration of a failed call, and calls it neither priced nor unpriced', async () => {
    const pipeline = createPipeline();
    const { [names.GEN_AI_USAGE_INPUT_TOKENS]: _, [names.GEN_AI_USAGE_OUTPUT_TOKENS]: __, ...failed } = chat;
    endCall(pipeline, { ...failed, [names.ERROR_TYPE]: 'RateLimitError', [names.AGENT_VITALS_OUTCOME]: 'error' });
    const points = await pipeline.collect();
    expect([...points.keys()]).to.deep.equal([names.METRIC_OPERATION_DURATION]);
    expect(points.get(names.METRIC_OPERATION_DURATION)?.[0]?.attributes).to.include({
      [names.ERROR_TYPE]: 'RateLimitError',
    });
  });

  it('counts calls without a price by model and reason, and writes no cost', async () => {
    const pipeline = createPipeline();
    endCall(pipeline, {
      ...chat,
      [names.GEN_AI_RESPONSE_MODEL]: 'nobody-knows',
      [names.GEN_AI_REQUEST_MODEL]: 'nobody-knows',
    });
    const { [names.GEN_AI_USAGE_INPUT_TOKENS]: _, [names.GEN_AI_USAGE_OUTPUT_TOKENS]: __, ...silent } = chat;
    endCall(pipeline, silent);
    for (const span of pipeline.emitted) expect(Object.keys(span.attributes).join()).to.not.contain('cost');
    const points = await pipeline.collect();
    expect(points.get(names.METRIC_COST_USD)).to.equal(undefined);
    expect(points.get(names.METRIC_UNPRICED_CALLS)).to.deep.equal([
      {
        attributes: {
          [names.AGENT_VITALS_UNPRICED_REASON]: 'unknown_price',
          [names.GEN_AI_PROVIDER_NAME]: 'openai',
          [names.GEN_AI_REQUEST_MODEL]: 'nobody-knows',
          [names.GEN_AI_RESPONSE_MODEL]: 'nobody-knows',
        },
        sum: 1,
      },
      {
        attributes: {
          [names.AGENT_VITALS_UNPRICED_REASON]: 'unknown_usage',
          [names.GEN_AI_PROVIDER_NAME]: 'openai',
          [names.GEN_AI_REQUEST_MODEL]: 'gpt-4o',
          [names.GEN_AI_RESPONSE_MODEL]: 'gpt-4o-2024-08-06',
        },
        sum: 1,
      },
    ]);
  });

  it('masks a key that was given as the model or the provider, in the span, its name and the metrics', async () => {
    const pipeline = createPipeline();
    const keys = ['sk-proj-canary0123456789', 'AKIACANARY0123456789', `sk-ant-${'canary'.repeat(5)}`];
    for (const key of keys) {
      const attributes = { ...chat, [names.GEN_AI_PROVIDER_NAME]: key, [names.GEN_AI_REQUEST_MODEL]: key };
      pipeline.provider.getTracer(names.SCOPE_NAME).startSpan(`chat ${key}`, { attributes }).end();
      // In another's words, which are translated.
      const foreign = { 'openinference.span.kind': 'LLM', 'llm.provider': key, 'llm.model_name': key };
      pipeline.provider.getTracer('other').startSpan(`llm ${key}`, { attributes: foreign }).end();
    }
    const spans = pipeline.emitted.map(({ name, attributes }) => ({ name, attributes }));
    expect(spans[0]).to.have.property('name', 'chat [masked]');
    expect(spans[0]?.attributes).to.include({ [names.GEN_AI_REQUEST_MODEL]: '[masked]' });
    const written = JSON.stringify([spans, [...(await pipeline.collect())]]);
    expect(written).to.include('[masked]').and.include(names.METRIC_UNPRICED_CALLS);
    expect(written.toLowerCase()).to.not.include('canary');
  });

  it('respects a cost that is there already', async () => {
    const pipeline = createPipeline();
    endCall(pipeline, { ...chat, [names.AGENT_VITALS_COST_USD]: 0.25 });
    expect(pipeline.emitted[0]?.attributes).to.include({ [names.AGENT_VITALS_COST_USD]: 0.25 });
    expect(pipeline.emitted[0]?.attributes).to.not.have.property(names.AGENT_VITALS_COST_USD_INPUT);
    expect((await pipeline.collect()).get(names.METRIC_COST_USD)?.[0]?.sum).to.equal(0.25);
  });

  it('takes the price of the time the call was made', () => {
    const pipeline = createPipeline();
    const attributes = {
      ...chat,
      [names.GEN_AI_PROVIDER_NAME]: 'deepseek',
      [names.GEN_AI_REQUEST_MODEL]: 'deepseek-reasoner',
      [names.GEN_AI_RESPONSE_MODEL]: 'deepseek-reasoner',
    };
    for (const hour of ['12:00:00Z', '20:00:00Z']) {
      const startTime = Date.parse(`2025-06-01T${hour}`);
      pipeline.provider
        .getTracer('x')
        .startSpan('chat', { attributes, startTime })
        .end(startTime + 1000);
    }
    const [day, night] = pipeline.emitted.map(({ attributes: a }) => a[names.AGENT_VITALS_COST_USD] as number);
    expect(night).to.be.lessThan(day as number);
  });

  it('measures what is not sampled, and hands it on to nobody', async () => {
    const pipeline = createPipeline({ sampler: createAlwaysRecordSampler(new AlwaysOffSampler()) });
    endCall(pipeline, chat);
    expect(pipeline.emitted).to.have.length(0);
    const points = await pipeline.collect();
    expect(points.get(names.METRIC_OPERATION_DURATION)?.[0]?.count).to.equal(1);
    expect(points.get(names.METRIC_COST_USD)?.[0]?.sum).to.be.greaterThan(0);
  });

  it('leaves spans of others alone', async () => {
    const pipeline = createPipeline();
    const attributes = { 'http.request.method': 'GET', 'url.path': '/x', 'user.id': 'bob', metadata: 'm', input: 'i' };
    pipeline.provider.getTracer('http').startSpan('GET', { attributes }).end();
    expect(pipeline.emitted[0]?.attributes).to.deep.equal(attributes);
    expect(await pipeline.collect()).to.have.property('size', 0);
  });

  describe('with a context of the user', () => {
    it('has it on every span below, and the user id only as its hash', async () => {
      const pipeline = createPipeline();
      const vitals: names.VitalsContext = {
        attributes: { [names.GEN_AI_WORKFLOW_NAME]: 'triage', [names.AGENT_VITALS_TIER]: 'cheap' },
        userId: 'alice@example.com',
      };
      const marked = ROOT_CONTEXT.setValue(names.VITALS_CONTEXT_KEY, vitals);
      const outer = pipeline.provider.getTracer('app').startSpan('outer', {}, marked);
      endCall(pipeline, chat, 1, trace.setSpan(marked, outer));
      outer.end();
      const { createHmac } = await import('node:crypto');
      const hash = createHmac('sha256', 'test key').update('alice@example.com').digest('hex').slice(0, 16);
      expect(pipeline.emitted).to.have.length(2);
      for (const { attributes } of pipeline.emitted) {
        expect(attributes).to.include({ ...vitals.attributes, [names.AGENT_VITALS_USER_HASH]: hash });
      }
      const points = await pipeline.collect();
      expect(points.get(names.METRIC_COST_USD)?.[0]?.attributes).to.include(vitals.attributes);
      expect(JSON.stringify([pipeline.emitted.map((span) => span.attributes), [...points]])).to.not.contain('alice');
    });

    it('lets nothing hostile in the context reach a span', () => {
      const pipeline = createPipeline();
      const circular: Record<string, unknown> = { name: 'x' };
      circular.self = circular;
      const attributes: Attributes = {
        good: 'yes',
        nan: Number.NaN,
        big: 1n,
        circular,
        symbol: Symbol('s'),
        get thrower(): string {
          throw new Error('hostile');
        },
      };
      const parent = ROOT_CONTEXT.setValue(names.VITALS_CONTEXT_KEY, { attributes, userId: 7 });
      endCall(pipeline, chat, 1, parent);
      expect(pipeline.emitted[0]?.attributes).to.include({ good: 'yes' });
      expect(pipeline.emitted[0]?.attributes).to.not.have.any.keys('nan', 'big', 'circular', 'symbol', 'thrower');
    });
  });

  it('keeps the span when a stage throws, and lets nothing through that it could not judge', async () => {
    const pipeline = createPipeline({
      pricing: {
        prepare: () => undefined,
        priceOf() {
          throw new Error('no');
        },
        pricesOf: () => () => undefined,
      },
    });
    endCall(pipeline, { ...chat, [names.GEN_AI_INPUT_MESSAGES]: 'secret' });
    expect(pipeline.emitted[0]?.attributes).to.deep.equal(chat);
    expect((await pipeline.collect()).get(names.METRIC_OPERATION_DURATION)?.[0]?.count).to.equal(1);

    const broken = createPipeline();
    const [span] = pipeline.emitted;
    broken.processor.onEnd(
      new Proxy(span as NonNullable<typeof span>, {
        get(target, key) {
          if (key === 'attributes' || key === 'events') throw new Error('no');
          const value = Reflect.get(target, key, target) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
    );
    expect(broken.emitted[0]?.spanContext()).to.deep.equal(span?.spanContext());
    expect(broken.emitted[0]?.attributes).to.deep.equal({});
  });

  it('survives an emit that throws', async () => {
    const pipeline = createPipeline({
      emit() {
        throw new Error('no');
      },
    });
    expect(() => endCall(pipeline, chat)).to.not.throw();
    expect((await pipeline.collect()).get(names.METRIC_OPERATION_DURATION)?.[0]?.count).to.equal(1);
  });
});
