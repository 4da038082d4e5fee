// Metrics for the journal: what was added since the last line, at an interval. Writes nothing when nothing happened.
import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { metricLineExporter } from '../../exporters/otlp-json/metric-line-exporter.ts';
import { BACKEND_METRIC_PREFIX } from '../../semconv.ts';

export interface JournalMetricReaderOptions {
  readonly intervalMillis: number;
  /** Takes one OTLP/JSON `MetricsData` line. */
  readonly push: (line: string) => void;
  /** See `PrometheusOptions.maxSeries`. */
  readonly maxSeries?: number;
}

/** Longest time in milliseconds for metric callbacks: the SDK's timer for it holds the process open. */
const COLLECT_TIMEOUT_MILLIS = 1000;
/** Data points a line may hold: a line is read, and sent, as a whole. */
const MAX_POINTS = 1000;

/** To be given to the `MeterProvider`; collects at each interval, at `forceFlush()` and at `shutdown()`. */
export function createJournalMetricReader({
  intervalMillis,
  push,
  maxSeries = 2000,
}: JournalMetricReaderOptions): PeriodicExportingMetricReader {
  return new PeriodicExportingMetricReader({
    exporter: metricLineExporter(push, { temporalityPreference: AggregationTemporalityPreference.DELTA }, isOfTheApp),
    exportIntervalMillis: intervalMillis,
    exportTimeoutMillis: Math.min(intervalMillis, COLLECT_TIMEOUT_MILLIS),
    maxExportBatchSize: MAX_POINTS,
    cardinalityLimits: { default: 2 * maxSeries },
  });
}

/** How the backends do is in the status file: a journal that told of itself would write a line a minute where nothing happens. */
function isOfTheApp(name: string): boolean {
  return !name.startsWith(BACKEND_METRIC_PREFIX);
}
