import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import { partialSampler } from '../../src/cli/partial-sampler.ts';
import { samplerFromEnvironment } from '../../src/runtime/sampler-from-environment.ts';

describe('partialSampler', () => {
  const cases: readonly (readonly [
    name: string | undefined,
    argument: string | undefined,
    expected: string | undefined,
  ])[] = [
    [undefined, undefined, undefined],
    [' ', '0.1', undefined],
    ['always_on', '0.1', undefined],
    ['parentbased_always_on', undefined, undefined],
    ['no_such_sampler', '0.1', undefined],
    ['traceidratio', undefined, undefined],
    ['traceidratio', '1', undefined],
    ['traceidratio', 'x', undefined],
    ['traceidratio', '-1', undefined],
    ['traceidratio', '0', 'traceidratio 0'],
    [' parentbased_traceidratio ', ' 0.1 ', 'parentbased_traceidratio 0.1'],
    ['always_off', undefined, 'always_off'],
    ['parentbased_always_off', '1', 'parentbased_always_off'],
  ];
  for (const [name, argument, expected] of cases) {
    it(`is ${expected} of ${name} ${argument}, as what is sampled says`, () => {
      const env = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument };
      expect(partialSampler(env)).to.equal(expected);
      const sampler = samplerFromEnvironment(env);
      // The last trace to be sampled, whatever the ratio below 1 is.
      const { decision } = sampler.shouldSample(
        ROOT_CONTEXT,
        `${'0'.repeat(24)}ffffffff`,
        'chat',
        SpanKind.CLIENT,
        {},
        [],
      );
      expect(decision === SamplingDecision.RECORD_AND_SAMPLED).to.equal(expected === undefined);
    });
  }
});
