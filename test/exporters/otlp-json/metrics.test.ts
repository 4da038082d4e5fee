// Lines of metrics, from a real MeterProvider, against the official serialiser.
import { ValueType } from '@opentelemetry/api';
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { encodeMetrics } from '../../../src/exporters/otlp-json/metrics.ts';
import { comparable } from '../../support/otlp-records.ts';

class Reader extends MetricReader {
  protected override onForceFlush = () => Promise.resolve();
  protected override onShutdown = () => Promise.resolve();
}

describe('encodeMetrics', () => {
  for (const temporality of [AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE]) {
    it(`means the same as the official serialiser, ${AggregationTemporality[temporality].toLowerCase()}`, async () => {
      const collected = await collect(temporality, (provider) => {
        const meter = provider.getMeter('one', '1.0', { schemaUrl: 'https://example.com/s' });
        meter.createCounter('tokens', { unit: '{token}', valueType: ValueType.INT }).add(5, { model: 'a "b"' });
        meter.createUpDownCounter('open').add(-2.5);
        meter.createGauge('level', { description: 'How full' }).record(0.25, { list: ['x', 'y'] });
        const histogram = meter.createHistogram('duration', {
          unit: 's',
          advice: { explicitBucketBoundaries: [0.1, 1, 10] },
        });
        for (const value of [0.05, 0.5, 5, 50]) histogram.record(value, { model: 'a' });
        const exponential = provider.getMeter('two').createHistogram('exponential');
        for (const value of [0, 0.001, 3, 3.1, 1e6]) exponential.record(value);
      });
      const official = Buffer.from(JsonMetricsSerializer.serializeRequest(collected) as Uint8Array).toString();
      const line = encodeMetrics(collected);
      expect(line).not.to.include('\n');
      expect(comparable([line])).to.deep.equal(comparable([official]));
    });
  }

  it('writes 64-bit integers as text, and NaN and infinities as text too', async () => {
    const line = encodeMetrics(
      await collect(AggregationTemporality.DELTA, (provider) => {
        const meter = provider.getMeter('m');
        meter.createCounter('c', { valueType: ValueType.INT }).add(3);
        meter.createGauge('g').record(Number.NaN);
        meter.createGauge('h').record(-Infinity);
        meter.createHistogram('d').record(1);
      }),
    );
    expect(line).to.include('"asInt":"3"').and.to.include('"asDouble":"NaN"').and.to.include('"asDouble":"-Infinity"');
    expect(line)
      .to.include('"count":"1"')
      .and.to.match(/"bucketCounts":\["0","1",/);
  });

  it('is empty when nothing was measured', async () => {
    expect(
      encodeMetrics(
        await collect(AggregationTemporality.DELTA, (provider) => provider.getMeter('m').createCounter('c')),
      ),
    ).to.equal('');
  });
});

async function collect(
  temporality: AggregationTemporality,
  record: (provider: MeterProvider) => void,
): Promise<ResourceMetrics> {
  const reader = new Reader({ aggregationTemporalitySelector: () => temporality });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': 'test' }),
    readers: [reader],
    views: [{ instrumentName: 'exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  record(provider);
  const { resourceMetrics } = await reader.collect();
  await provider.shutdown();
  return resourceMetrics;
}
