// A collection of metrics as the text Prometheus scrapes, written by the official serialiser.
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { toPrometheus } from './to-prometheus.ts';

export const EXPOSITION_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const serializer = new PrometheusSerializer();

export interface Exposition {
  readonly text: string;
  /** See {@link toPrometheus}. */
  readonly conflicts: number;
}

export function toExposition(collected: ResourceMetrics): Exposition {
  const { resourceMetrics, conflicts } = toPrometheus(collected);
  const text = serializer.serialize(resourceMetrics);
  return { text: text.endsWith('\n') ? text : `${text}\n`, conflicts };
}
