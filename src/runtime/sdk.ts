// Composes the OpenTelemetry SDK: NodeSDK brings the standard environment variables, limits and resources.
import { context, logs, metrics, propagation, trace } from '@opentelemetry/api';
import { envDetector, serviceInstanceIdDetector } from '@opentelemetry/resources';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { createAlwaysRecordSampler, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { SERVICE_NAME } from '../semconv.ts';
import { installDiagnostics } from './diagnostics.ts';
import { samplerFromEnvironment } from './sampler-from-environment.ts';
import { keepTraceHeadersFromVendors } from './vendor-propagator.ts';

export interface SdkParts {
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
  spanProcessor,
  logRecordProcessor,
  metricReaders,
  propagateToVendors,
  env = process.env,
}: SdkParts): () => Promise<void> {
  const sdk = new NodeSDK({
    // Not the detectors that are on by default: that of the process writes the whole command line, with the keys on it.
    ...(env.OTEL_NODE_RESOURCE_DETECTORS ? {} : { resourceDetectors: [envDetector, serviceInstanceIdDetector] }),
    serviceName: hasServiceName(env) ? undefined : 'unknown_service:node',
    // Sampling decides what is exported, never what is counted: what is not sampled is recorded, measured and then dropped.
    sampler: createAlwaysRecordSampler(samplerFromEnvironment(env)),
    // None unless asked for: an HTTP instrumentation of the app would hand trace ids to every vendor.
    textMapPropagator: env.OTEL_PROPAGATORS || propagateToVendors ? undefined : null,
    spanProcessors: [spanProcessor],
    logRecordProcessors: [logRecordProcessor],
    metricReaders,
  });
  // After the constructor: with OTEL_LOG_LEVEL it installs a logger that writes on stdout.
  installDiagnostics(env);
  sdk.start();
  if (!propagateToVendors) keepTraceHeadersFromVendors();
  return async () => {
    await sdk.shutdown();
    for (const api of [trace, metrics, logs, context, propagation]) api.disable();
  };
}

function hasServiceName(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.OTEL_SERVICE_NAME?.trim()) || `,${env.OTEL_RESOURCE_ATTRIBUTES}`.includes(`,${SERVICE_NAME}=`);
}
