// Lines of metrics read back: each metric with its points, as plain numbers. Trusts nothing, as for spans: see otlp-json.
import type { Attributes } from '@opentelemetry/api';
import { type AnyValue, forEachAttribute, isObject, millisOfNanos, numberOf } from './otlp-json.ts';

interface MetricPoint {
  readonly attributes: Attributes;
  /** Milliseconds since the epoch: what is measured is of the time after it. Not before {@link endMillis} less what is sensible, but 0 where it is not told. */
  readonly startMillis: number;
  readonly endMillis: number;
  /** Of a sum or a gauge; of a histogram its sum, null when it is not told. */
  readonly value: number | null;
  /** Of histograms; else null. */
  readonly histogram: {
    readonly count: number;
    readonly min: number | null;
    readonly max: number | null;
    /** Upper bounds, without the last bucket's, which has none. Empty: only count and sum are known. */
    readonly bounds: readonly number[];
    readonly counts: readonly number[];
  } | null;
}

interface MetricLine {
  /** Of the instrumentation that made it. */
  readonly scope: string;
  readonly name: string;
  /** Empty when it has none. */
  readonly unit: string;
  readonly kind: 'counter' | 'non_monotonic' | 'gauge' | 'histogram';
  /** Whether the points tell what was added since the last ones, or since the start. Gauges are neither: false. */
  readonly isDelta: boolean;
  readonly points: readonly MetricPoint[];
}

const DELTA = 1;

/**
 * Calls `take` with every metric of a line. Exponential histograms are left out: nothing of ours asks for them.
 * @returns whether the line is whole. The sound metrics of a damaged line are taken all the same.
 */
export function forEachMetric(line: string, take: (metric: MetricLine) => void): boolean {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    return false;
  }
  if (!isObject(data)) return false;
  if (data.resourceMetrics === undefined) return Object.keys(data).length === 0;
  let whole = true;
  const each = (list: unknown, visit: (item: Record<string, unknown>) => void): void => {
    if (!Array.isArray(list)) {
      whole = false;
      return;
    }
    for (const item of list as unknown[]) {
      if (isObject(item)) visit(item);
      else whole = false;
    }
  };
  each(data.resourceMetrics, (resource) =>
    each(resource.scopeMetrics, (scope) => {
      const name = isObject(scope.scope) && typeof scope.scope.name === 'string' ? scope.scope.name : '';
      each(scope.metrics, (metric) => {
        const read = readMetric(metric, name, () => (whole = false));
        if (read) take(read);
      });
    }),
  );
  return whole;
}

function readMetric(metric: Record<string, unknown>, scope: string, damaged: () => void): MetricLine | undefined {
  const { name, unit, sum, gauge, histogram } = metric;
  const data = [sum, gauge, histogram].find(isObject);
  if (typeof name !== 'string' || name === '') {
    damaged();
    return undefined;
  }
  if (data === undefined || !Array.isArray(data.dataPoints)) {
    if (!isObject(metric.exponentialHistogram) && !isObject(metric.summary)) damaged();
    return undefined;
  }
  const points: MetricPoint[] = [];
  for (const point of data.dataPoints as unknown[]) {
    const read = isObject(point) ? readPoint(point, data === histogram) : undefined;
    if (read) points.push(read);
    else damaged();
  }
  return {
    scope,
    name,
    unit: typeof unit === 'string' ? unit : '',
    kind:
      data === sum ? (data.isMonotonic === true ? 'counter' : 'non_monotonic') : data === gauge ? 'gauge' : 'histogram',
    isDelta: data.aggregationTemporality === DELTA && data !== gauge,
    points,
  };
}

function readPoint(point: Record<string, unknown>, isHistogram: boolean): MetricPoint | undefined {
  const attributes: Attributes = {};
  const sound = forEachAttribute(point.attributes, (key, value) => {
    const read = attributeOf(value);
    if (read !== undefined) attributes[key] = read;
    return true;
  });
  const endMillis = millisOfNanos(point.timeUnixNano).millis;
  const startMillis = millisOfNanos(point.startTimeUnixNano ?? 0).millis;
  if (!sound || Number.isNaN(endMillis) || Number.isNaN(startMillis)) return undefined;
  if (isHistogram) return histogramPoint(point, { attributes, startMillis, endMillis });
  const value = numberOf({ intValue: point.asInt, doubleValue: point.asDouble });
  return Number.isFinite(value) ? { attributes, startMillis, endMillis, value, histogram: null } : undefined;
}

function histogramPoint(
  point: Record<string, unknown>,
  same: Pick<MetricPoint, 'attributes' | 'startMillis' | 'endMillis'>,
): MetricPoint | undefined {
  const count = integer(point.count);
  const counts = listOf(point.bucketCounts).map(integer);
  const bounds = listOf(point.explicitBounds).map(Number);
  const isSound =
    count >= 0 &&
    counts.every((each) => each >= 0) &&
    bounds.every((bound, index) => bound > (bounds[index - 1] ?? -Infinity));
  if (!isSound || (counts.length > 0 && counts.length !== bounds.length + 1)) return undefined;
  const { sum, min, max } = point;
  return {
    ...same,
    value: finite(sum),
    histogram: { count, min: finite(min), max: finite(max), bounds: counts.length > 0 ? bounds : [], counts },
  };
}

/** An attribute of a point; what is neither text, number nor truth is not a label of ours. */
function attributeOf(value: AnyValue): string | number | boolean | undefined {
  const { stringValue, boolValue } = value;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  const number = numberOf(value);
  return Number.isNaN(number) ? undefined : number;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** `NaN` when it is none. 64-bit integers are texts in protobuf's JSON. */
function integer(value: unknown): number {
  return numberOf({ intValue: value });
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
