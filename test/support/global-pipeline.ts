// The pipeline of `pipeline.ts` as the OpenTelemetry SDK of this process, with contexts that go across `await`: for tests of what makes spans.
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { configureInstrumentation, settings } from '../../src/instrumentation/inference/settings.ts';
import { abandonOpenRuns } from '../../src/instrumentation/run/run.ts';
import { createPipeline, type Pipeline, type PipelineOptions } from './pipeline.ts';

const unchanged = settings;

/** In place of the one before. Its instrumentation captures content as its config says. */
export function startPipeline({ sampler, ...options }: PipelineOptions = {}): Pipeline {
  stopPipeline();
  const pipeline = createPipeline(options);
  configureInstrumentation({ ...unchanged, ...options.config });
  new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [pipeline.processor],
    metricReaders: [],
    logRecordProcessors: [],
    textMapPropagator: null,
    ...(sampler && { sampler }),
  }).start();
  return pipeline;
}

export function stopPipeline(): void {
  abandonOpenRuns();
  for (const api of [trace, context, propagation, metrics]) api.disable();
  configureInstrumentation(unchanged);
}
