import { expect } from 'chai';
import { createTierOf } from '../../src/config/tier-of.ts';

describe('createTierOf', () => {
  const tierOf = createTierOf({
    cheap: ['gpt-4o-mini', '*haiku*', 'groq/*'],
    capable: ['gpt-4o', 'claude-*', 'azure.ai.openai/gpt-4o-mini'],
    premium: ['claude-opus-*', 'o1', 'gpt-4o-2024-05-13'],
  });

  for (const [provider, model, tier] of [
    ['openai', 'gpt-4o', 'capable'],
    ['openai', 'gpt-4o-2024-08-06', 'capable'],
    ['openai', 'gpt-4o-mini-2024-07-18', 'cheap'],
    ['openai', 'GPT-4o', 'capable'],
    ['openai', 'gpt-4o-audio', undefined],
    ['openai', 'ft:gpt-4o:acme', undefined],
    ['azure.ai.openai', 'gpt-4o-mini', 'capable'],
    ['openai', 'gpt-4o-2024-05-13', 'premium'],
    ['anthropic', 'claude-haiku-4-5-20251001', 'capable'],
    ['aws.bedrock', 'anthropic.claude-3-haiku-20240307-v1:0', 'cheap'],
    ['anthropic', 'claude-opus-4-1', 'premium'],
    ['groq', 'anything', 'cheap'],
    [undefined, 'o1', 'premium'],
    ['openai', undefined, undefined],
    ['openai', 'o1.', undefined],
  ] as const) {
    it(`puts ${provider}/${model} into ${tier ?? 'none'}`, () => {
      expect(tierOf(provider, model)).to.equal(tier);
      expect(tierOf(provider, model), 'when asked again').to.equal(tier);
    });
  }

  it('has none without a map', () => {
    expect(createTierOf({})('openai', 'gpt-4o')).to.equal(undefined);
  });
});
