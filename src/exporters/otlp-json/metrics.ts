// One collection of metrics as one OTLP/JSON line. Written by hand because the official serialiser gives 64-bit integers as numbers and turns
// NaN and infinities into null, which collectors refuse together with the whole request.
import { type Attributes, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { encodeAttributes, encodeDouble, encodeTime, quote } from './any-value.ts';
import { resourceHead, scopeHead } from './line.ts';

/**
 * A complete `MetricsData` line without the newline; empty when there is no data point in it.
 * @param isWanted by the name of the metric; all are when absent.
 */
export function encodeMetrics(
  { resource, scopeMetrics }: ResourceMetrics,
  isWanted: (name: string) => boolean = () => true,
): string {
  const scopes: string[] = [];
  for (const { scope, metrics } of scopeMetrics) {
    const encoded = metrics
      .filter(({ dataPoints, descriptor }) => dataPoints.length > 0 && isWanted(descriptor.name))
      .map(encodeMetric);
    if (encoded.length > 0) scopes.push(`${scopeHead('metrics', scope)}${encoded.join(',')}]}`);
  }
  return scopes.length === 0 ? '' : `${resourceHead('metrics', resource)}${scopes.join(',')}]}]}`;
}

function encodeMetric(metric: MetricData): string {
  const { name, description, unit } = metric.descriptor;
  const head = `{"name":${quote(name)}${description ? `,"description":${quote(description)}` : ''}${unit ? `,"unit":${quote(unit)}` : ''}`;
  return `${head},${encodeData(metric)}}`;
}

function encodeData(metric: MetricData): string {
  // > AGGREGATION_TEMPORALITY_DELTA = 1, AGGREGATION_TEMPORALITY_CUMULATIVE = 2
  const temporality = `"aggregationTemporality":${metric.aggregationTemporality === AggregationTemporality.DELTA ? 1 : 2}`;
  const isInt = metric.descriptor.valueType === ValueType.INT;
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return `"sum":{${temporality},"isMonotonic":${metric.isMonotonic},${points(metric.dataPoints, (value) => number(value, isInt))}}`;
    case DataPointType.GAUGE:
      return `"gauge":{${points(metric.dataPoints, (value) => number(value, isInt))}}`;
    case DataPointType.HISTOGRAM:
      return `"histogram":{${temporality},${points(metric.dataPoints, ({ buckets, ...totals }) => {
        return `${summary(totals)},"bucketCounts":${integers(buckets.counts)},"explicitBounds":[${buckets.boundaries.map(encodeDouble).join(',')}]`;
      })}}`;
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return `"exponentialHistogram":{${temporality},${points(metric.dataPoints, (value) => {
        const sides = (['positive', 'negative'] as const).map(
          (side) => `"${side}":{"offset":${value[side].offset},"bucketCounts":${integers(value[side].bucketCounts)}}`,
        );
        return `${summary(value)},"scale":${value.scale},"zeroCount":"${value.zeroCount}",${sides.join(',')}`;
      })}}`;
  }
}

function points<T>(dataPoints: readonly DataPoint<T>[], encodeFields: (value: T) => string): string {
  const encoded = dataPoints.map(({ startTime, endTime, attributes, value }) => {
    return `{"startTimeUnixNano":${encodeTime(startTime)},"timeUnixNano":${encodeTime(endTime)}${labels(attributes)},${encodeFields(value)}}`;
  });
  return `"dataPoints":[${encoded.join(',')}]`;
}

function labels(attributes: Attributes): string {
  const { text } = encodeAttributes(attributes);
  return text && `,"attributes":[${text}]`;
}

function number(value: number, isInt: boolean): string {
  return isInt && Number.isSafeInteger(value) ? `"asInt":"${value}"` : `"asDouble":${encodeDouble(value)}`;
}

/** What both kinds of histogram have. `min` and `max` of no values are infinities, which say nothing. */
function summary(value: { count: number; sum?: number; min?: number; max?: number }): string {
  const given = (['sum', 'min', 'max'] as const).filter(
    (key) => value[key] !== undefined && (key === 'sum' || Number.isFinite(value[key])),
  );
  return [`"count":"${value.count}"`, ...given.map((key) => `"${key}":${encodeDouble(value[key] as number)}`)].join(
    ',',
  );
}

function integers(values: readonly number[]): string {
  return `[${values.map((value) => `"${value}"`).join(',')}]`;
}
