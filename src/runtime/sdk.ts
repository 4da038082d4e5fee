// Composes the OpenTelemetry SDK: NodeSDK brings the standard environment variables, limits and resources.
import { context, logs, metrics, propagation, trace } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { createAlwaysRecordSampler, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { guardSdk } from './guarded-sdk.ts';
import { samplerFromEnvironment } from './sampler-from-environment.ts';
import { keepTraceHeadersFromVendors } from './vendor-propagator.ts';

export interface SdkParts {
  readonly resource: Resource;
  readonly spanProcessor: SpanProcessor;
  readonly logRecordProcessor: LogRecordProcessor;
  readonly metricReaders: IMetricReader[];
  /** Whether LLM vendors are sent trace headers too. */
  readonly propagateToVendors: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts the SDK and makes its providers the global ones.
 * @returns what shuts it down and frees the global places again.
 */
export function startSdk({
  resource,
  spanProcessor,
  logRecordProcessor,
  metricReaders,
  propagateToVendors,
  env = process.env,
}: SdkParts): () => Promise<void> {
  // With this variable the constructor installs a logger that writes on stdout; ours reads it too, and writes on stderr.
  const logLevel = env.OTEL_LOG_LEVEL;
  delete env.OTEL_LOG_LEVEL;
  const sdk = new NodeSDK({
    resource,
    autoDetectResources: false,
    // Sampling decides what is exported, never what is counted: what is not sampled is recorded, measured and then dropped.
    sampler: createAlwaysRecordSampler(samplerFromEnvironment(env)),
    // None unless asked for: an HTTP instrumentation of the app would hand trace ids to every vendor.
    textMapPropagator: env.OTEL_PROPAGATORS || propagateToVendors ? undefined : null,
    spanProcessors: [spanProcessor],
    logRecordProcessors: [logRecordProcessor],
    metricReaders,
  });
  if (logLevel !== undefined) env.OTEL_LOG_LEVEL = logLevel;
  guardSdk();
  sdk.start();
  if (!propagateToVendors) keepTraceHeadersFromVendors();
  return async () => {
    await sdk.shutdown();
    for (const api of [trace, metrics, logs, context, propagation]) api.disable();
  };
}
