// A tracer provider with our processor and a meter provider with a real reader: what goes in as spans comes out as spans and series.
import type { Attributes } from '@opentelemetry/api';
import { AggregationTemporality, type DataPoint, type Histogram, MeterProvider } from '@opentelemetry/sdk-metrics';
import { type ReadableSpan, type Sampler, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { VitalsSpanProcessor, type VitalsSpanProcessorOptions } from '../../src/processing/vitals-span-processor.ts';
import { ManualReader } from './manual-reader.ts';
import { tempDir } from './temp-dir.ts';

export interface Point {
  readonly attributes: Attributes;
  /** Of a counter its value, of a histogram the sum. */
  readonly sum: number;
  readonly count?: number;
  readonly boundaries?: readonly number[];
}

export interface Pipeline {
  readonly provider: TracerProvider;
  /** What was handed on, in order of the ends. */
  readonly emitted: ReadableSpan[];
  readonly processor: VitalsSpanProcessor;
  /** All points by instrument. */
  collect(): Promise<ReadonlyMap<string, readonly Point[]>>;
}

export interface PipelineOptions extends Partial<Omit<VitalsSpanProcessorOptions, 'config'>> {
  readonly config?: Partial<VitalsSpanProcessorOptions['config']>;
  readonly sampler?: Sampler;
  readonly temporality?: AggregationTemporality;
  /** Beside ours, after it. */
  readonly processors?: readonly SpanProcessor[];
}

export function createPipeline(options: PipelineOptions = {}): Pipeline {
  const { config, sampler, temporality = AggregationTemporality.CUMULATIVE, processors = [], ...rest } = options;
  const reader = new ManualReader({ aggregationTemporalitySelector: () => temporality });
  const emitted: ReadableSpan[] = [];
  const processor = new VitalsSpanProcessor({
    config: {
      captureContent: 'none',
      contentMaxBytes: 16_384,
      dir: tempDir(),
      maxSeries: 2000,
      prices: {},
      tiers: {},
      userIdKey: 'test key',
      ...config,
    },
    emit: (span) => void emitted.push(span),
    meterProvider: new MeterProvider({ readers: [reader] }),
    ...rest,
  });
  const provider = new TracerProvider({
    spanProcessors: [processor, ...processors],
    ...(sampler ? { sampler } : {}),
    spanLimits: { attributeCountLimit: 1000 },
  });
  return {
    provider,
    emitted,
    processor,
    async collect() {
      const { resourceMetrics } = await reader.collect();
      const points = new Map<string, Point[]>();
      for (const { metrics } of resourceMetrics.scopeMetrics) {
        for (const { descriptor, dataPoints } of metrics) {
          points.set(
            descriptor.name,
            (dataPoints as (DataPoint<number> | DataPoint<Histogram>)[]).map(({ attributes, value }) =>
              typeof value === 'number'
                ? { attributes, sum: value }
                : { attributes, sum: value.sum ?? 0, count: value.count, boundaries: value.buckets.boundaries },
            ),
          );
        }
      }
      return points;
    },
  };
}
