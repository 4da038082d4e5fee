// Whether the environment asks for a sampler that drops calls. What it drops is counted in the metrics, and is not in the journal.

/** As OTEL_TRACES_SAMPLER and its argument name it, for example `traceidratio 0.1`; `undefined` when all that is begun here is sampled. */
export function partialSampler(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const name = env.OTEL_TRACES_SAMPLER?.trim() ?? '';
  const root = name.replace(/^parentbased_/, '');
  if (root === 'always_off') return name;
  const argument = env.OTEL_TRACES_SAMPLER_ARG?.trim() || '1';
  return root === 'traceidratio' && Number(argument) >= 0 && Number(argument) < 1 ? `${name} ${argument}` : undefined;
}
