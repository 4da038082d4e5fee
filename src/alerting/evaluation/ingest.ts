// From a collection of metrics to the windows of the rules that look at them. What no rule looks at is not touched.
import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { type Amounts, GAUGE, UP_DOWN } from '../window/bucket.ts';
import type { Evaluator } from './evaluator.ts';
import type { Slices } from './slices.ts';

/** What a cumulative series stood at. */
interface Total {
  readonly startNanos: string;
  readonly value: number;
  readonly count: number;
  readonly counts: readonly number[] | undefined;
}

/** Points that are taken without a look at the time. */
const POINTS_AT_ONCE = 50;

export class Ingest {
  readonly #evaluator: Evaluator;
  /** Of cumulative counters and histograms, which the SDK's own reader never gives: by metric and label set. */
  readonly #totals = new Map<string, Total>();
  #collection = 0;

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator;
  }

  /**
   * Takes one collection. Increments count at `atMillis`, by the wall clock: the SDK's own times do not follow a clock that is set.
   * @param discard increments are forgotten: they are counted elsewhere already.
   */
  async take({ scopeMetrics }: ResourceMetrics, atMillis: number, discard: boolean, slices: Slices): Promise<void> {
    this.#collection += 1;
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        if (!this.#evaluator.selectionsOf(metric.descriptor.name)) continue;
        for (let from = 0; from < metric.dataPoints.length; from += POINTS_AT_ONCE) {
          this.#takePoints(piece(metric, from), atMillis, discard);
          await slices.pause();
        }
      }
    }
  }

  #takePoints(metric: MetricData, atMillis: number, discard: boolean): void {
    const { name } = metric.descriptor;
    const isDelta = metric.aggregationTemporality === AggregationTemporality.DELTA;
    switch (metric.dataPointType) {
      case DataPointType.GAUGE:
        for (const { attributes, value } of metric.dataPoints) {
          this.#evaluator.read(name, GAUGE, attributes, atMillis, value, this.#collection);
        }
        return;
      case DataPointType.SUM:
        for (const { attributes, value, startTime } of metric.dataPoints) {
          if (!metric.isMonotonic) {
            this.#evaluator.read(name, UP_DOWN, attributes, atMillis, value, this.#collection);
            continue;
          }
          const increment = isDelta ? value : this.#increment(name, attributes, startTime, value);
          if (!discard) this.#evaluator.add(name, attributes, atMillis, increment);
        }
        return;
      case DataPointType.HISTOGRAM:
        for (const { attributes, value, startTime } of metric.dataPoints) {
          const { count, sum = 0, min, max, buckets } = value;
          const amounts: Amounts = {
            count,
            sum,
            min: min ?? Number.POSITIVE_INFINITY,
            max: max ?? Number.NEGATIVE_INFINITY,
            bounds: buckets.boundaries,
            counts: buckets.counts,
          };
          const added = isDelta ? amounts : this.#amounts(name, attributes, startTime, amounts);
          if (!discard && added.count > 0) this.#evaluator.add(name, attributes, atMillis, added);
        }
        return;
      case DataPointType.EXPONENTIAL_HISTOGRAM:
        // Only where a view of the user makes one. Its percentiles are no data.
        for (const { attributes, value } of metric.dataPoints) {
          const { count, sum = 0, min = Number.POSITIVE_INFINITY, max = Number.NEGATIVE_INFINITY } = value;
          if (isDelta && !discard && count > 0) {
            this.#evaluator.add(name, attributes, atMillis, {
              count,
              sum,
              min,
              max,
              bounds: undefined,
              counts: undefined,
            });
          }
        }
    }
  }

  /** What a cumulative counter has grown by. One that has shrunk, or begun anew, was reset: all it shows is new. */
  #increment(name: string, attributes: Attributes, startTime: HrTime, value: number): number {
    const before = this.#replace(name, attributes, {
      startNanos: startTime.join('.'),
      value,
      count: 0,
      counts: undefined,
    });
    return before === undefined || value < before.value ? value : value - before.value;
  }

  #amounts(name: string, attributes: Attributes, startTime: HrTime, now: Amounts): Amounts {
    const { counts } = now;
    const before = this.#replace(name, attributes, {
      startNanos: startTime.join('.'),
      value: now.sum,
      count: now.count,
      counts,
    });
    if (before === undefined || now.count < before.count) return now;
    return {
      count: now.count - before.count,
      sum: now.sum - before.value,
      // Since its beginning: of the increment nobody knows them.
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
      bounds: now.bounds,
      counts: counts?.map((count, i) => count - (before.counts?.[i] ?? 0)),
    };
  }

  /** Remembers where a series stands. @returns where it stood, `undefined` when it has begun anew. */
  #replace(name: string, attributes: Attributes, total: Total): Total | undefined {
    const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([name, sorted]);
    const before = this.#totals.get(key);
    this.#totals.set(key, total);
    return before?.startNanos === total.startNanos ? before : undefined;
  }
}

/** Some of its points. */
function piece(metric: MetricData, from: number): MetricData {
  return { ...metric, dataPoints: metric.dataPoints.slice(from, from + POINTS_AT_ONCE) } as MetricData;
}
