// Brings a collection of metrics into the form in which the official serialiser gives what Prometheus takes: one bad label, duplicate or
// type clash makes Prometheus throw away the whole scrape. Pure; it never throws for what a user put into a label.
import type { Attributes } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  type DataPoint,
  DataPointType,
  type ExponentialHistogramMetricData,
  type HistogramMetricData,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { resourceAttributes } from '../otlp-json/line.ts';
import { toClassicHistogram } from './classic-histogram.ts';
import { labelName, metricName, type PrometheusKind } from './metric-name.ts';

export interface PrometheusMetrics {
  readonly resourceMetrics: ResourceMetrics;
  /** Metrics left out because another of the same name has another type, and points left out because another has the same labels. */
  readonly conflicts: number;
}

/** Labels of a point and what they are told apart by; the SDK keeps the attributes of a series, so both are made once. */
const known = new WeakMap<Attributes, { readonly labels: Attributes; readonly key: string }>();

export function toPrometheus({ resource, scopeMetrics }: ResourceMetrics): PrometheusMetrics {
  const kinds = new Map<string, string>([['target_info', 'info']]);
  const series = new Set<string>();
  let conflicts = 0;
  const takePoints = <T>(name: string, scope: string, points: readonly DataPoint<T>[]): DataPoint<T>[] =>
    points.flatMap((point) => {
      const { labels, key } = labelsOf(point.attributes);
      const id = `${name} ${scope} ${key}`;
      if (series.has(id)) {
        conflicts += 1;
        return [];
      }
      series.add(id);
      return [{ ...point, attributes: labels }];
    });
  const takeMetric = (metric: MetricData, scope: string): MetricData | undefined => {
    const kind = kindOf(metric);
    const name = metricName(metric.descriptor.name, metric.descriptor.unit, kind);
    if (name === '' || !take(kinds, name, kind)) {
      conflicts += 1;
      return undefined;
    }
    const classic = metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM ? withClassicBuckets(metric) : metric;
    return {
      ...classic,
      // Without a unit the serialiser writes no `# UNIT` line, which the text format 0.0.4 does not have.
      descriptor: { ...classic.descriptor, name, unit: '' },
      dataPoints: takePoints(name, scope, classic.dataPoints as DataPoint<never>[]),
    };
  };
  const taken = scopeMetrics.map(({ scope, metrics }): ScopeMetrics => {
    const scopeKey = `${scope.name}@${scope.version ?? ''}:${scope.schemaUrl ?? ''}`;
    return {
      scope,
      metrics: metrics.map((metric) => takeMetric(metric, scopeKey)).filter((metric) => metric !== undefined),
    };
  });
  // Becomes the labels of `target_info`.
  const target = resourceFromAttributes(toLabels(resourceAttributes(resource, true)));
  return { resourceMetrics: { resource: target, scopeMetrics: taken }, conflicts };
}

function kindOf(metric: MetricData): PrometheusKind {
  if (metric.dataPointType === DataPointType.SUM) return metric.isMonotonic ? 'counter' : 'non_monotonic';
  return metric.dataPointType === DataPointType.GAUGE ? 'gauge' : 'histogram';
}

/** Whether `name`, with all the names its samples have, is free or of the same kind. */
function take(kinds: Map<string, string>, name: string, kind: PrometheusKind): boolean {
  const type = kind === 'non_monotonic' ? 'gauge' : kind;
  const names = [name, ...(type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [])];
  if (names.some((each) => (kinds.get(each) ?? type) !== type)) return false;
  for (const each of names) kinds.set(each, type);
  return true;
}

function labelsOf(attributes: Attributes): { labels: Attributes; key: string } {
  let found = known.get(attributes);
  if (!found) {
    const labels = toLabels(attributes);
    found = { labels, key: JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) };
    known.set(attributes, found);
  }
  return found;
}

/** > Multiple attributes that become one label MUST be joined, their values separated by `;`, in the order of their keys. */
function toLabels(attributes: Attributes): Attributes {
  const values = new Map<string, string[]>();
  for (const key of Object.keys(attributes).sort()) {
    const label = labelName(key);
    const value = labelValue(attributes[key]);
    const others = values.get(label);
    if (others) others.push(value);
    else values.set(label, [value]);
  }
  return Object.fromEntries([...values].map(([label, all]) => [label, all.join(';')]));
}

function labelValue(value: unknown): string {
  if (typeof value === 'string') return value.toWellFormed();
  try {
    return (JSON.stringify(value) ?? '').toWellFormed();
  } catch {
    // A bigint or a circular object: the serialiser would fail with the whole scrape.
    return '';
  }
}

function withClassicBuckets(metric: ExponentialHistogramMetricData): HistogramMetricData {
  return {
    ...metric,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: metric.dataPoints.map((point) => ({ ...point, value: toClassicHistogram(point.value) })),
  };
}
