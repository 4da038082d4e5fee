// For an app that runs an OpenTelemetry SDK of its own: our parts, to be plugged into it. Its exporters stay its own; ours are the journal
// and the scrape endpoint.
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { NoopSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { PrometheusBackend } from '../backends/prometheus/prometheus-backend.ts';
import type { Options } from '../config/option-table.ts';
import { configureCoordination } from '../coordination/settings.ts';
import { alertReaderFor } from './alert-reader-for.ts';
import { createJournal } from './create-journal.ts';
import { Pipeline } from './pipeline.ts';
import { readConfig } from './start.ts';

/**
 * A span processor for your own tracer provider. It captures LLM calls as the flag does, adds cost and the conventions' names to their spans
 * (your exporters see them too), measures them through the global meter provider, and writes their spans to the journal.
 * Metrics, events and OTLP stay your SDK's affair, and so does whether your propagator sends trace headers to vendors.
 * Put it first, so that processors after it see what it adds. Spans your sampler does not record are not seen; wrap it with
 * `createAlwaysRecordSampler` of `@opentelemetry/sdk-trace` to have them counted.
 * @throws {ConfigError} when an option cannot be used.
 */
export function createSpanProcessor(options: Options = {}): SpanProcessor {
  const config = readConfig(options);
  configureCoordination(config);
  if (config.disabled) return new NoopSpanProcessor();
  const journal = createJournal(config)?.journal;
  const pipeline = new Pipeline({ config, backends: journal ? [journal] : [], annotate: true });
  pipeline.start();
  const { spanProcessor } = pipeline;
  return {
    onStart: (span, context) => spanProcessor.onStart(span, context),
    onEnding: (span) => spanProcessor.onEnding(span),
    onEnd: (span) => spanProcessor.onEnd(span),
    forceFlush: () => pipeline.flush(),
    shutdown: () => pipeline.shutdown(),
  };
}

/**
 * A metric reader for your own meter provider that serves `/metrics` as the flag does, until the provider is shut down.
 * @throws {ConfigError} when an option cannot be used.
 */
export function createMetricReader(options: Options = {}): IMetricReader {
  const { prometheus, maxSeries, disabled } = readConfig(options);
  const backend = new PrometheusBackend({ ...prometheus, maxSeries });
  const { reader } = backend;
  if (disabled || !prometheus.enabled) return reader;
  backend.start();
  const shutdown = reader.shutdown.bind(reader);
  reader.shutdown = async () => {
    await Promise.all([shutdown(), backend.shutdown()]);
  };
  return reader;
}

/**
 * A metric reader for your own meter provider that checks alert rules, those of the configuration and those of `agent-vitals alerts`, and tells
 * people, as the flag does.
 * @throws {ConfigError} when an option cannot be used.
 */
export function createAlertReader(options: Options = {}): IMetricReader {
  const config = readConfig(options);
  const enabled = config.alerts.enabled && !config.disabled;
  return alertReaderFor({ ...config, alerts: { ...config.alerts, enabled } });
}
