// The metrics of this process as they are now, in plain objects: for health pages, tests and the app's own eyes.
import type { Attributes } from '@opentelemetry/api';
import {
  type DataPoint,
  DataPointType,
  type Histogram,
  type IMetricReader,
  type MetricData,
} from '@opentelemetry/sdk-metrics';

export interface LivePoint {
  readonly attributes: Attributes;
  /** Since the process started; of a gauge, now. Of a histogram the sum of what was recorded. */
  readonly value: number;
  /** Of histograms: how many values were recorded. */
  readonly count?: number;
  /** Of histograms: values up to each boundary and above the one before it, and above the last. */
  readonly buckets?: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
}

export interface LiveMetric {
  /** As OpenTelemetry names it, for example `agent_vitals.cost.usd`. */
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly points: readonly LivePoint[];
}

/** Longest that callbacks of instruments may take. */
const TIMEOUT_MILLIS = 5000;

/** Of a reader of cumulative sums. */
export async function liveMetrics(reader: IMetricReader): Promise<LiveMetric[]> {
  const { resourceMetrics } = await reader.collect({ timeoutMillis: TIMEOUT_MILLIS });
  return resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics.map(liveMetric))
    .filter((metric) => metric !== undefined);
}

function liveMetric({ descriptor, dataPointType, dataPoints }: MetricData): LiveMetric | undefined {
  const { name, unit, description } = descriptor;
  // Exponential histograms are made by views alone, and we have none.
  if (dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) return undefined;
  const type =
    dataPointType === DataPointType.SUM ? 'counter' : dataPointType === DataPointType.GAUGE ? 'gauge' : 'histogram';
  return { name, unit, description, type, points: dataPoints.map(livePoint) };
}

function livePoint({ attributes, value }: DataPoint<unknown>): LivePoint {
  if (typeof value === 'number') return { attributes, value };
  const { count, sum = 0, buckets } = value as Histogram;
  return { attributes, value: sum, count, buckets };
}
