import { expect } from 'chai';
import { createPricing, type PricedCall } from '../../src/pricing/pricing.ts';

const at = Date.parse('2026-11-23T12:00:00Z');
const million = { input: 1_000_000, output: 1_000_000 };

function call(provider: string | undefined, model: string | undefined, more: Partial<PricedCall> = {}): PricedCall {
  return { provider, model, usage: million, at, ...more };
}

describe('pricing', () => {
  const pricing = createPricing();

  it('splits a cost by what was billed', () => {
    const cost = pricing.priceOf(
      call('openai', 'gpt-4o', { usage: { input: 3000, cacheRead: 1000, output: 500, reasoning: 100 } }),
    );
    expect(cost).to.deep.equal({
      totalUsd: (2000 * 2.5 + 1000 * 1.25 + 500 * 10) / 1e6,
      inputUsd: 0.005,
      cacheReadUsd: 0.00125,
      cacheWriteUsd: 0,
      outputUsd: 0.005,
    });
  });

  it('bills what Anthropic caches for an hour at twice the input, for five minutes at 1.25 times', () => {
    // https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing
    const write = (cacheWrite1h?: number): number | undefined =>
      pricing.priceOf(
        call('anthropic', 'claude-sonnet-4-5', {
          usage: { input: 100_000, output: 0, cacheWrite: 100_000, cacheWrite1h },
        }),
      )?.cacheWriteUsd;
    expect(write()).to.be.closeTo(0.1 * 3.75, 1e-12);
    expect(write(100_000)).to.be.closeTo(0.1 * 6, 1e-12);
    expect(write(40_000)).to.be.closeTo(0.04 * 6 + 0.06 * 3.75, 1e-12);
  });

  it('knows the providers by their names in the conventions', () => {
    const known: [string, string][] = [
      ['openai', 'gpt-4o'],
      ['anthropic', 'claude-sonnet-4-5'],
      ['azure.ai.openai', 'gpt-4o'],
      ['azure.ai.inference', 'gpt-4o'],
      ['aws.bedrock', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
      ['gcp.gemini', 'gemini-2.5-pro'],
      ['gcp.vertex_ai', 'gemini-2.5-pro'],
      ['gcp.vertex_ai', 'claude-sonnet-4-5'],
      ['gcp.gen_ai', 'gemini-2.5-flash'],
      ['x_ai', 'grok-4-0709'],
      ['mistral_ai', 'mistral-large-latest'],
      ['deepseek', 'deepseek-chat'],
      ['groq', 'llama-3.3-70b-versatile'],
      ['perplexity', 'sonar'],
      ['openrouter', 'openai/gpt-4o'],
      ['together_ai', 'meta-llama/Llama-3.3-70B-Instruct-Turbo'],
      ['fireworks_ai', 'accounts/fireworks/models/deepseek-v3p2'],
      ['cohere', 'command-r-plus'],
      ['cerebras', 'llama3.1-8b'],
      ['moonshot_ai', 'kimi-k2-0711-preview'],
    ];
    for (const [provider, model] of known)
      expect(pricing.priceOf(call(provider, model)), `${provider}/${model}`).to.exist;
  });

  it('does not bill a model by a cloud that does not serve it', () => {
    expect(pricing.priceOf(call('openai', 'llama-3.3-70b-versatile'))).to.equal(undefined);
    expect(pricing.priceOf(call('ollama', 'llama3.2'))).to.equal(undefined);
    expect(pricing.priceOf(call('ollama', 'gpt-4o'))).to.equal(undefined);
    expect(pricing.priceOf(call('ollama', 'gpt-oss:20b'))).to.equal(undefined);
    expect(pricing.priceOf(call('vllm', 'mistral-large-latest'))).to.equal(undefined);
    expect(pricing.priceOf(call('gateway.example', 'gpt-oss-120b'))).to.equal(undefined);
    expect(pricing.priceOf(call('my-openai-proxy', 'deepseek-chat'))).to.equal(undefined);
    expect(pricing.priceOf(call(undefined, undefined))).to.equal(undefined);
  });

  it('bills what only its maker serves by the maker, whoever passed it on', () => {
    for (const [model, maker] of [
      ['gpt-4o-mini', 'openai'],
      ['claude-sonnet-4-5', 'anthropic'],
      ['gemini-2.5-pro', 'gcp.gemini'],
      ['grok-4-0709', 'x_ai'],
    ] as const) {
      expect(pricing.priceOf(call('gateway.example', model)), model).to.deep.equal(pricing.priceOf(call(maker, model)));
      expect(pricing.priceOf(call(undefined, model)), model).to.exist;
    }
  });

  it('takes the price of the model that answered, else of the one that was asked for', () => {
    const mini = pricing.priceOf(call('openai', 'gpt-4o-mini'));
    expect(pricing.priceOf(call('openai', 'gpt-4o-mini', { requestModel: 'gpt-4o' }))).to.deep.equal(mini);
    expect(pricing.priceOf(call('openai', 'internal-build-17', { requestModel: 'gpt-4o-mini' }))).to.deep.equal(mini);
    expect(pricing.priceOf(call('openai', undefined, { requestModel: 'gpt-4o-mini' }))).to.deep.equal(mini);
  });

  it('tells a price of 0 from an unknown one, and unknown usage from none', () => {
    expect(pricing.priceOf(call('openrouter', 'deepseek/deepseek-r1:free'))?.totalUsd).to.equal(0);
    expect(pricing.priceOf(call('openai', 'no-such-model'))).to.equal(undefined);
    expect(pricing.priceOf(call('openai', 'gpt-4o', { usage: {} }))).to.equal(undefined);
    expect(pricing.priceOf(call('openai', 'gpt-4o', { usage: { input: 0, output: 0 } }))?.totalUsd).to.equal(0);
    // Billed by the hour of audio, which nobody counted.
    expect(pricing.priceOf(call('openai', 'whisper-1'))).to.equal(undefined);
  });

  it('bills embeddings without output', () => {
    const cost = pricing.priceOf(call('openai', 'text-embedding-3-small', { usage: { input: 1_000_000 } }));
    expect(cost?.totalUsd).to.be.closeTo(0.02, 1e-12);
  });

  it('is not misled by counts that are none', () => {
    const cost = pricing.priceOf(
      call('openai', 'gpt-4o', { usage: { input: Number.NaN, output: -5, cacheRead: Number.POSITIVE_INFINITY } }),
    );
    expect(cost?.totalUsd).to.equal(0);
    const broken = pricing.priceOf(call('openai', 'gpt-4o', { usage: { input: 10, output: 0, cacheRead: 50 } }));
    expect(broken?.totalUsd).to.be.closeTo((10 * 1.25) / 1e6, 1e-15);
  });

  it('changes the price at the hour and on the day it changes', () => {
    const day = pricing.priceOf(call('deepseek', 'deepseek-reasoner', { at: Date.parse('2025-06-01T12:00:00Z') }));
    const night = pricing.priceOf(call('deepseek', 'deepseek-reasoner', { at: Date.parse('2025-06-01T20:00:00Z') }));
    expect(night?.totalUsd).to.be.lessThan(day?.totalUsd as number);
    const long = { input: 300_000, output: 0 };
    const model = 'claude-sonnet-4-6';
    const before = pricing.priceOf(
      call('anthropic', model, { usage: long, at: Date.parse('2026-03-12T23:59:59.999Z') }),
    );
    const after = pricing.priceOf(call('anthropic', model, { usage: long, at: Date.parse('2026-03-13') }));
    expect(before?.totalUsd).to.be.closeTo(1.8, 1e-12);
    expect(after?.totalUsd).to.be.closeTo(0.9, 1e-12);
  });

  it('lets prices of the user win, the narrower name first', () => {
    const own = createPricing({
      'gpt-4o': { input: 1, output: 2 },
      'azure.ai.openai/gpt-4o': { input: 3, cacheRead: 0, output: 4 },
      'llama3.2': { input: 0 },
    });
    expect(own.priceOf(call('openai', 'gpt-4o'))?.totalUsd).to.equal(3);
    expect(own.priceOf(call('openai', 'gpt-4o-2024-08-06', { requestModel: 'gpt-4o' }))?.totalUsd).to.equal(3);
    expect(own.priceOf(call('azure.ai.openai', 'gpt-4o'))?.totalUsd).to.equal(7);
    expect(own.priceOf(call('ollama', 'llama3.2'))?.totalUsd).to.equal(0);
    // What is left out costs what it is part of.
    const cached = { input: 1_000_000, output: 0, cacheRead: 400_000, cacheWrite: 100_000 };
    expect(own.priceOf(call('openai', 'gpt-4o', { usage: cached }))?.totalUsd).to.equal(1);
    expect(own.priceOf(call('azure.ai.openai', 'gpt-4o', { usage: cached }))?.totalUsd).to.be.closeTo(1.8, 1e-12);
  });

  it('stays bounded and right with endless names', () => {
    const own = createPricing();
    for (let i = 0; i < 10_000; i++) own.priceOf(call('ollama', `model-${i}`));
    expect(own.priceOf(call('openai', 'gpt-4o'))?.totalUsd).to.be.closeTo(12.5, 1e-12);
    for (const model of ['__proto__', 'constructor', 'toString', 'x'.repeat(100_000)]) {
      expect(own.priceOf(call('openai', model)), model.slice(0, 20)).to.equal(undefined);
      expect(own.priceOf(call(model, 'some-model')), model.slice(0, 20)).to.equal(undefined);
    }
  });
});
