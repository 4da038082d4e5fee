// What the journal says was measured: from a span of a model call the metrics it was counted in, from a line of metrics all others.
import type { Attributes } from '@opentelemetry/api';
import { unpricedReasonOf } from '../../pricing/unpriced-reason.ts';
import {
  type AnyValue,
  forEachAttribute,
  forEachSpan,
  isObject,
  millisOfNanos,
  numberOf,
  textOf,
} from '../../query/otlp-json.ts';
import * as names from '../../semconv.ts';
import { type Amounts, COUNTER, GAUGE, HISTOGRAM, type Kind, UP_DOWN } from '../window/bucket.ts';

/** One thing that was measured. */
export interface Measurement {
  readonly metric: string;
  readonly kind: Kind;
  readonly attributes: Attributes;
  /** Milliseconds since the epoch. */
  readonly atMillis: number;
  /** An increment or a reading, or the values of a histogram. */
  readonly amounts: number | Amounts;
}

/** Metrics that are counted from spans: taken from the spans, which have their own times. */
const SPAN_METRICS: ReadonlySet<string> = new Set([
  names.METRIC_TOKEN_USAGE,
  names.METRIC_OPERATION_DURATION,
  names.METRIC_TIME_TO_FIRST_CHUNK,
  names.METRIC_TIME_PER_OUTPUT_CHUNK,
  names.METRIC_COST_USD,
  names.METRIC_UNPRICED_CALLS,
  names.METRIC_CACHE_READ_TOKENS,
]);
const OPERATIONS: ReadonlySet<unknown> = new Set(names.INFERENCE_OPERATIONS);
/** Labels of a call's metrics: what `processing/measure.ts` counts them by. */
const LABELS = [
  names.AGENT_VITALS_TIER,
  names.GEN_AI_OPERATION_NAME,
  names.GEN_AI_PROVIDER_NAME,
  names.GEN_AI_REQUEST_MODEL,
  names.GEN_AI_RESPONSE_MODEL,
  names.GEN_AI_WORKFLOW_NAME,
  names.SERVER_ADDRESS,
  names.SERVER_PORT,
] as const;
const STATUS_ERROR = 2;
const DELTA = 1;

/** Whether lines of `signal` can tell of a metric. */
export function isCountedFrom(signal: 'traces' | 'metrics', metric: string): boolean {
  return SPAN_METRICS.has(metric) === (signal === 'traces');
}

/** Calls `take` for all that a line of traces tells. */
export function measureSpans(line: string, take: (measurement: Measurement) => void): void {
  forEachSpan(line, (span) => {
    const attributes: Attributes = {};
    forEachAttribute(span.attributes, (key, value) => {
      attributes[key] = valueOf(value);
      return true;
    });
    const isCall = OPERATIONS.has(attributes[names.GEN_AI_OPERATION_NAME]);
    if (
      !isCall ||
      attributes[names.AGENT_VITALS_COUNTED_BY] !== undefined ||
      attributes[names.AGENT_VITALS_CACHE_HIT] === true
    )
      return true;
    const start = millisOfNanos(span.startTimeUnixNano);
    const end = millisOfNanos(span.endTimeUnixNano);
    const seconds = Math.max(0, end.millis - start.millis + (end.rest - start.rest)) / 1000;
    if (!Number.isFinite(seconds)) return false;
    const hasFailed = isObject(span.status) && span.status.code === STATUS_ERROR;
    measureCall(attributes, seconds, hasFailed, (metric, kind, labels, amounts) =>
      take({ metric, kind, attributes: labels, atMillis: end.millis, amounts }),
    );
    return true;
  });
}

/** Calls `take` for all that a line of metrics tells which is not counted from spans. */
export function measureMetrics(line: string, take: (measurement: Measurement) => void): void {
  for (const resource of listOf(parse(line), 'resourceMetrics')) {
    for (const scope of listOf(resource, 'scopeMetrics')) {
      for (const metric of listOf(scope, 'metrics')) {
        if (typeof metric.name === 'string' && !SPAN_METRICS.has(metric.name)) measureMetric(metric.name, metric, take);
      }
    }
  }
}

function measureMetric(metric: string, data: Record<string, unknown>, take: (measurement: Measurement) => void): void {
  const { sum, gauge, histogram } = data;
  const points = (of: unknown, kind: Kind, read: (point: Record<string, unknown>) => number | Amounts): void => {
    for (const point of listOf(of, 'dataPoints')) {
      const { millis } = millisOfNanos(point.timeUnixNano);
      const attributes: Attributes = {};
      forEachAttribute(point.attributes, (key, value) => {
        attributes[key] = valueOf(value);
        return true;
      });
      const amounts = read(point);
      if (millis >= 0 && (typeof amounts !== 'number' || Number.isFinite(amounts))) {
        take({ metric, kind, attributes, atMillis: millis, amounts });
      }
    }
  };
  if (isObject(gauge)) points(gauge, GAUGE, numberOfPoint);
  if (isObject(sum) && sum.isMonotonic !== true) points(sum, UP_DOWN, numberOfPoint);
  // Ours are increments. Totals, of a file that somebody else put there, would have to be told apart by who wrote them.
  if (isObject(sum) && sum.isMonotonic === true && sum.aggregationTemporality === DELTA)
    points(sum, COUNTER, numberOfPoint);
  if (isObject(histogram) && histogram.aggregationTemporality === DELTA) {
    points(histogram, HISTOGRAM, (point) => {
      const bounds = numbersOf(point.explicitBounds);
      const counts = numbersOf(point.bucketCounts);
      return {
        count: numberOf({ intValue: point.count }),
        sum: typeof point.sum === 'number' ? point.sum : 0,
        min: typeof point.min === 'number' ? point.min : Number.POSITIVE_INFINITY,
        max: typeof point.max === 'number' ? point.max : Number.NEGATIVE_INFINITY,
        bounds,
        counts: counts.length === bounds.length + 1 ? counts : undefined,
      };
    });
  }
}

function measureCall(
  call: Attributes,
  seconds: number,
  hasFailed: boolean,
  take: (metric: string, kind: Kind, labels: Attributes, amounts: number | Amounts) => void,
): void {
  const labels: Attributes = {};
  for (const name of LABELS) if (call[name] !== undefined) labels[name] = call[name];
  const amount = (name: string): number | undefined => {
    const value = call[name];
    return typeof value === 'number' && value >= 0 ? value : undefined;
  };
  const observe = (metric: string, value: number, bounds: readonly number[], own: Attributes = {}): void =>
    take(metric, HISTOGRAM, { ...labels, ...own }, oneValue(value, bounds));

  const input = amount(names.GEN_AI_USAGE_INPUT_TOKENS);
  const output = amount(names.GEN_AI_USAGE_OUTPUT_TOKENS);
  for (const [type, tokens] of [['input', input] as const, ['output', output] as const]) {
    if (tokens !== undefined) {
      observe(names.METRIC_TOKEN_USAGE, tokens, names.TOKEN_USAGE_BOUNDARIES, { [names.GEN_AI_TOKEN_TYPE]: type });
    }
  }
  const errorType = call[names.ERROR_TYPE] ?? (hasFailed ? names.ERROR_TYPE_OTHER : undefined);
  const ofError = errorType === undefined ? {} : { [names.ERROR_TYPE]: errorType };
  observe(names.METRIC_OPERATION_DURATION, seconds, names.DURATION_BOUNDARIES, ofError);
  const first = amount(names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK);
  if (first !== undefined) {
    observe(names.METRIC_TIME_TO_FIRST_CHUNK, first, names.DURATION_BOUNDARIES);
    const chunks = amount(names.AGENT_VITALS_STREAM_CHUNKS) ?? 0;
    if (chunks >= 2 && seconds >= first) {
      observe(names.METRIC_TIME_PER_OUTPUT_CHUNK, (seconds - first) / (chunks - 1), names.TIME_PER_CHUNK_BOUNDARIES);
    }
  }
  const cacheRead = amount(names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS);
  if (cacheRead) take(names.METRIC_CACHE_READ_TOKENS, COUNTER, labels, cacheRead);
  const cost = amount(names.AGENT_VITALS_COST_USD);
  if (cost !== undefined) {
    take(names.METRIC_COST_USD, COUNTER, labels, cost);
    return;
  }
  const reason = unpricedReasonOf(input !== undefined || output !== undefined, errorType !== undefined);
  if (reason === undefined) return;
  const of = [names.GEN_AI_PROVIDER_NAME, names.GEN_AI_REQUEST_MODEL, names.GEN_AI_RESPONSE_MODEL];
  const unpriced: Attributes = { [names.AGENT_VITALS_UNPRICED_REASON]: reason };
  for (const name of of) if (call[name] !== undefined) unpriced[name] = call[name];
  take(names.METRIC_UNPRICED_CALLS, COUNTER, unpriced, 1);
}

function oneValue(value: number, bounds: readonly number[]): Amounts {
  const counts = [...bounds.map(() => 0), 0];
  const above = bounds.findIndex((bound) => value <= bound);
  counts[above === -1 ? bounds.length : above] = 1;
  return { count: 1, sum: value, min: value, max: value, bounds, counts };
}

function numberOfPoint(point: Record<string, unknown>): number {
  return numberOf({ intValue: point.asInt, doubleValue: point.asDouble });
}

function numbersOf(list: unknown): number[] {
  return Array.isArray(list) ? list.map(Number) : [];
}

function listOf(of: unknown, name: string): Record<string, unknown>[] {
  const list = isObject(of) ? of[name] : undefined;
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function valueOf(value: AnyValue): string | number | boolean | undefined {
  const number = numberOf(value);
  return (
    textOf(value) ??
    (Number.isNaN(number) ? (typeof value.boolValue === 'boolean' ? value.boolValue : undefined) : number)
  );
}

/** `undefined` when it is no JSON. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
