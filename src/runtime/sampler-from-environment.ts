// The sampler that OTEL_TRACES_SAMPLER asks for. NodeSDK reads it too but does not give it out, and it must be wrapped so that unsampled is still counted.
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import { warnOnce } from '../internal/log.ts';

/** Default: `parentbased_always_on`, as the OpenTelemetry specification has it. */
export function samplerFromEnvironment(env: NodeJS.ProcessEnv = process.env): Sampler {
  const name = env.OTEL_TRACES_SAMPLER?.trim() || 'parentbased_always_on';
  const root = rootSampler(name.replace(/^parentbased_/, ''), env.OTEL_TRACES_SAMPLER_ARG);
  if (!root) {
    warnOnce(
      'sampler',
      `OTEL_TRACES_SAMPLER is ignored, it is none of always_on, always_off, traceidratio and these with parentbased_ before; using parentbased_always_on.`,
    );
    return new ParentBasedSampler({ root: new AlwaysOnSampler() });
  }
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, argument: string | undefined): Sampler | undefined {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio(argument));
    default:
      return undefined;
  }
}

/** > OTEL_TRACES_SAMPLER_ARG: Sampling probability, a number in the [0..1] range [...] Default is 1.0 if unset. */
function ratio(argument: string | undefined): number {
  const text = argument?.trim();
  if (!text) return 1;
  const value = Number(text);
  if (value >= 0 && value <= 1) return value;
  warnOnce('sampler-arg', 'OTEL_TRACES_SAMPLER_ARG is ignored, it is not a number from 0 to 1; using 1.');
  return 1;
}
