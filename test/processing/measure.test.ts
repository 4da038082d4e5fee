import { metrics } from '@opentelemetry/api';
import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import * as names from '../../src/semconv.ts';
import { createPipeline, type Pipeline, type Point } from '../support/pipeline.ts';
import { removeTempDirs } from '../support/temp-dir.ts';

function endCall({ provider }: Pipeline, model: string, more: Record<string, unknown> = {}): void {
  const attributes = {
    [names.GEN_AI_OPERATION_NAME]: 'chat',
    [names.GEN_AI_PROVIDER_NAME]: 'openai',
    [names.GEN_AI_REQUEST_MODEL]: model,
    [names.GEN_AI_USAGE_INPUT_TOKENS]: 10,
    [names.GEN_AI_USAGE_OUTPUT_TOKENS]: 1,
    [names.AGENT_VITALS_COST_USD]: 0.5,
    [names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]: 0,
    [names.AGENT_VITALS_STREAM_CHUNKS]: 3,
    ...more,
  };
  provider.getTracer(names.SCOPE_NAME).startSpan('chat', { attributes }).end();
}

function total(points: readonly Point[] | undefined, of: (point: Point) => number): number {
  return (points ?? []).reduce((sum, point) => sum + of(point), 0);
}

describe('series', () => {
  after(removeTempDirs);

  it('stay within their number whatever the models are called, and other adds up', async () => {
    const maxSeries = 100;
    const calls = 50_000;
    const pipeline = createPipeline({ config: { maxSeries } });
    for (let i = 0; i < calls; i++) {
      endCall(pipeline, `model-${i}`);
      // Between collections the SDK's own limit begins anew: ours must not.
      if (i % 5000 === 0) await pipeline.collect();
    }
    const points = await pipeline.collect();
    for (const name of [
      names.METRIC_TOKEN_USAGE,
      names.METRIC_OPERATION_DURATION,
      names.METRIC_COST_USD,
      names.METRIC_TIME_TO_FIRST_CHUNK,
      names.METRIC_TIME_PER_OUTPUT_CHUNK,
    ]) {
      const series = points.get(name);
      expect(series?.length, name).to.be.within(maxSeries / 2, maxSeries);
      expect(JSON.stringify(series), name).to.not.contain('otel.metric.overflow');
    }
    expect(total(points.get(names.METRIC_OPERATION_DURATION), ({ count }) => count ?? 0)).to.equal(calls);
    expect(total(points.get(names.METRIC_TOKEN_USAGE), ({ sum }) => sum)).to.equal(calls * 11);
    expect(total(points.get(names.METRIC_COST_USD), ({ sum }) => sum)).to.equal(calls * 0.5);
    for (const type of ['input', 'output']) {
      const other = points
        .get(names.METRIC_TOKEN_USAGE)
        ?.filter(
          ({ attributes }) =>
            attributes[names.GEN_AI_REQUEST_MODEL] === 'other' && attributes[names.GEN_AI_TOKEN_TYPE] === type,
        );
      expect(other, type).to.have.length(1);
    }
    const folded = points.get(names.METRIC_SERIES_FOLDED) ?? [];
    const kept = (points.get(names.METRIC_OPERATION_DURATION)?.length ?? 0) - 1;
    expect(
      folded.find(({ attributes }) => attributes[names.AGENT_VITALS_INSTRUMENT] === names.METRIC_OPERATION_DURATION)
        ?.sum,
    ).to.equal(calls - kept);
  });

  it('of 2,000, the default, fit the default limit of a reader', async () => {
    const pipeline = createPipeline();
    for (let i = 0; i < 3000; i++) endCall(pipeline, `model-${i}`);
    const points = await pipeline.collect();
    expect(JSON.stringify([...points])).to.not.contain('otel.metric.overflow');
    expect(points.get(names.METRIC_OPERATION_DURATION)?.length).to.be.within(1900, 2000);
  });

  it('keep known models apart when new ones are folded', async () => {
    const pipeline = createPipeline({ config: { maxSeries: 10 } });
    endCall(pipeline, 'known');
    for (let i = 0; i < 100; i++) endCall(pipeline, `model-${i}`);
    endCall(pipeline, 'known');
    const known = (await pipeline.collect())
      .get(names.METRIC_OPERATION_DURATION)
      ?.find(({ attributes }) => attributes[names.GEN_AI_REQUEST_MODEL] === 'known');
    expect(known?.count).to.equal(2);
  });

  it('are bounded by errors, workflows, unpriced models and long names too', async () => {
    const maxSeries = 20;
    const pipeline = createPipeline({ config: { maxSeries } });
    for (let i = 0; i < 500; i++) {
      endCall(pipeline, 'gpt-4o', { [names.ERROR_TYPE]: `Error${i}` });
      endCall(pipeline, 'gpt-4o', { [names.GEN_AI_WORKFLOW_NAME]: `workflow-${i}` });
      endCall(pipeline, `unknown-${i}`, { [names.AGENT_VITALS_COST_USD]: undefined });
      endCall(pipeline, `${'x'.repeat(10_000)}${i}`);
    }
    const points = await pipeline.collect();
    for (const [name, series] of points) expect(series.length, name).to.be.at.most(maxSeries);
    expect(total(points.get(names.METRIC_UNPRICED_CALLS), ({ sum }) => sum)).to.equal(500);
    expect(total(points.get(names.METRIC_OPERATION_DURATION), ({ count }) => count ?? 0)).to.equal(2000);
    const errors = points
      .get(names.METRIC_OPERATION_DURATION)
      ?.filter(({ attributes }) => attributes[names.ERROR_TYPE] !== undefined);
    expect(total(errors, ({ count }) => count ?? 0)).to.equal(500);
    expect(JSON.stringify([...points]).length).to.be.lessThan(100_000);
  });

  it('are never taken for one another', async () => {
    const pipeline = createPipeline();
    const pairs = [
      ['a|', 'b'],
      ['a', '|b'],
      ['a","b', ''],
      ['a\u0000', 'b'],
      ['a', '\u0000b'],
    ];
    for (const [model, tier] of pairs) endCall(pipeline, model as string, { [names.AGENT_VITALS_TIER]: tier });
    expect((await pipeline.collect()).get(names.METRIC_OPERATION_DURATION)).to.have.length(pairs.length);
  });

  it('of a call that says little have the labels it has', async () => {
    const pipeline = createPipeline();
    const attributes = {
      [names.GEN_AI_OPERATION_NAME]: 'chat',
      [names.SERVER_PORT]: 'http',
      [names.GEN_AI_REQUEST_MODEL]: 7,
    };
    pipeline.provider.getTracer('x').startSpan('chat', { attributes }).end();
    expect((await pipeline.collect()).get(names.METRIC_OPERATION_DURATION)?.[0]?.attributes).to.deep.equal({
      [names.GEN_AI_OPERATION_NAME]: 'chat',
    });
  });

  it('take no count that is none', async () => {
    const pipeline = createPipeline();
    for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY, '7']) {
      endCall(pipeline, 'gpt-4o', {
        [names.GEN_AI_USAGE_INPUT_TOKENS]: value,
        [names.AGENT_VITALS_COST_USD]: value,
        [names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]: value,
      });
    }
    const points = await pipeline.collect();
    expect(points.get(names.METRIC_TOKEN_USAGE)?.map(({ sum }) => sum)).to.deep.equal([4]);
    expect(points.get(names.METRIC_TIME_TO_FIRST_CHUNK)).to.equal(undefined);
    for (const series of points.values()) for (const { sum } of series) expect(sum).to.be.within(0, 10);
  });

  it('have no time per chunk of a stream of one chunk', async () => {
    const pipeline = createPipeline();
    endCall(pipeline, 'gpt-4o', { [names.AGENT_VITALS_STREAM_CHUNKS]: 1 });
    expect((await pipeline.collect()).has(names.METRIC_TIME_PER_OUTPUT_CHUNK)).to.equal(false);
  });

  it('go to the global meter provider from the moment there is one', async () => {
    class Reader extends MetricReader {
      protected override async onForceFlush(): Promise<void> {}
      protected override async onShutdown(): Promise<void> {}
    }
    const pipeline = createPipeline({ meterProvider: undefined });
    endCall(pipeline, 'gpt-4o');
    const reader = new Reader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    try {
      endCall(pipeline, 'gpt-4o');
      const { resourceMetrics } = await reader.collect();
      const [scope] = resourceMetrics.scopeMetrics;
      expect(scope?.scope.name).to.equal(names.SCOPE_NAME);
      expect(scope?.metrics.map(({ descriptor }) => [descriptor.name, descriptor.unit])).to.deep.equal([
        [names.METRIC_TOKEN_USAGE, '{token}'],
        [names.METRIC_OPERATION_DURATION, 's'],
        [names.METRIC_TIME_TO_FIRST_CHUNK, 's'],
        [names.METRIC_TIME_PER_OUTPUT_CHUNK, 's'],
        [names.METRIC_COST_USD, '{USD}'],
      ]);
    } finally {
      metrics.disable();
    }
  });
});
