// Sampling decides what is exported, never what is metered: a span that is not sampled is still recorded, measured and then dropped.
import { createAlwaysRecordSampler, type Sampler } from '@opentelemetry/sdk-trace';

/** Wraps a sampler so that its NOT_RECORD becomes RECORD; what it samples stays what it samples. */
export function createMeteringSampler(inner: Sampler): Sampler {
  return createAlwaysRecordSampler(inner);
}
