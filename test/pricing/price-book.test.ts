import {
  calcPrice,
  type MatchLogic,
  type ModelInfo,
  type Provider,
  type Usage,
  waitForUpdate,
} from '@pydantic/genai-prices';
import { expect } from 'chai';
import { costOf, type PricedUsage } from '../../src/pricing/cost.ts';
import { periodsOf, ratesAt } from '../../src/pricing/price-periods.ts';
import { createPricing } from '../../src/pricing/pricing.ts';

/** The same numbers at every run: a failure must be seen again. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function startsOfTiers(model: ModelInfo): number[] {
  const starts = new Set<number>();
  const records = Array.isArray(model.prices) ? model.prices.map(({ prices }) => prices) : [model.prices];
  for (const price of records.flatMap((record) => Object.values(record))) {
    if (typeof price === 'object') for (const { start } of price.tiers) starts.add(start);
  }
  return [...starts];
}

function edgesInTime(model: ModelInfo): Date[] {
  const times = [
    new Date('2024-01-15T12:00:00Z'),
    new Date('2026-11-23T01:02:03.004Z'),
    new Date('2030-06-01T23:59:59.999Z'),
  ];
  if (!Array.isArray(model.prices)) return times;
  for (const { constraint } of model.prices) {
    if (constraint === undefined) continue;
    const edges =
      constraint.type === 'start_date'
        ? [Date.parse(constraint.start_date)]
        : [constraint.start_time, constraint.end_time].map((time) => Date.parse(`2025-03-01T${time}`));
    for (const edge of edges) times.push(new Date(edge - 1), new Date(edge), new Date(edge + 1));
  }
  return times;
}

/** Usage whose parts are never more than their whole. */
function usageOf(input: number, random: (below: number) => number): PricedUsage {
  const output = random(20_000);
  const cacheRead = random(3) === 0 ? 0 : random(input + 1);
  const cacheWrite = random(3) === 0 ? 0 : random(input - cacheRead + 1);
  return {
    input,
    output,
    cacheRead,
    cacheWrite,
    cacheWrite1h: random(cacheWrite + 1),
    reasoning: random(output + 1),
  };
}

function asLibraryUsage(usage: PricedUsage): Usage {
  return {
    input_tokens: usage.input,
    output_tokens: usage.output,
    cache_read_tokens: usage.cacheRead,
    cache_write_tokens: usage.cacheWrite,
    cache_write_1h_tokens: usage.cacheWrite1h,
    output_reasoning_tokens: usage.reasoning,
  };
}

/** Whether tokens are billed at all, rather than hours of audio, pages or messages. */
function billsTokens(model: ModelInfo): boolean {
  const records = Array.isArray(model.prices) ? model.prices.map(({ prices }) => prices) : [model.prices];
  return records.every(
    (record) => Object.keys(record).length === 0 || 'input_mtok' in record || 'output_mtok' in record,
  );
}

/** Names that a record is found by: its own, and those its rule spells out. */
function namesOf({ id, match }: ModelInfo): string[] {
  const spelled = (rule: MatchLogic): string[] => {
    if ('or' in rule) return rule.or.flatMap(spelled);
    if ('equals' in rule) return [rule.equals];
    return 'starts_with' in rule ? [rule.starts_with] : [];
  };
  return [id, ...spelled(match)];
}

describe('the price book', () => {
  let book: Provider[];
  before(async () => {
    book = (await waitForUpdate()) ?? [];
    expect(book.length).to.be.greaterThan(30);
  });

  it('gives the total of the library for every record, at every tier, hour and date', () => {
    const random = randomNumbers(20_261_123);
    let compared = 0;
    for (const provider of book) {
      for (const model of provider.models) {
        const periods = periodsOf(model);
        // Names may match an earlier record of the provider: asked for on its own, each is compared.
        const only: Provider = { ...provider, id: 'only', models: [{ ...model, match: { equals: 'model' } }] };
        const sizes = [0, 1, random(1000), 50_000 + random(1_000_000)];
        for (const start of startsOfTiers(model)) sizes.push(start - 1, start, start + 1, start * 2);
        for (const timestamp of edgesInTime(model)) {
          const rates = ratesAt(periods, timestamp.getTime());
          if (!billsTokens(model)) {
            expect(rates, `${provider.id} ${model.id}`).to.equal(undefined);
            continue;
          }
          for (const size of sizes) {
            const usage = usageOf(size, random);
            const theirs = calcPrice(asLibraryUsage(usage), 'model', { provider: only, timestamp });
            const ours = rates && costOf(rates, usage);
            const parts = ours && [
              ours.totalUsd,
              ours.inputUsd + ours.cacheReadUsd + ours.cacheWriteUsd - (rates.perRequestUsd ?? 0),
              ours.outputUsd,
            ];
            const expected = theirs && [theirs.total_price, theirs.input_price, theirs.output_price];
            // Not an assertion each: there are some 40,000.
            const same = expected?.every((usd, i) => Math.abs((parts?.[i] ?? Number.NaN) - usd) <= 1e-12 * (1 + usd));
            if (!same) {
              const what = `${provider.id} ${model.id} ${JSON.stringify(usage)} ${timestamp.toISOString()}`;
              expect.fail(`${what}: ours ${String(parts)}, the library's ${String(expected)}`);
            }
            compared += 1;
          }
        }
      }
    }
    expect(compared).to.be.greaterThan(15_000);
  });

  it('finds the record of the library for every name in it', () => {
    const pricing = createPricing();
    const random = randomNumbers(7);
    const timestamp = new Date('2026-11-23T12:00:00Z');
    let priced = 0;
    for (const provider of book) {
      for (const id of provider.models.flatMap(namesOf)) {
        const usage = usageOf(random(300_000), random);
        const theirs = calcPrice(asLibraryUsage(usage), id, { providerId: provider.id, timestamp });
        const ours = pricing.priceOf({ provider: provider.id, model: id, usage, at: timestamp.getTime() });
        const what = `${provider.id}/${id}`;
        if (theirs === null) expect(ours, what).to.equal(undefined);
        else if (!billsTokens(theirs.model)) expect(ours, what).to.equal(undefined);
        else {
          expect(ours?.totalUsd, what).to.be.closeTo(theirs.total_price, 1e-12 + theirs.total_price * 1e-12);
          priced += 1;
        }
      }
    }
    expect(priced).to.be.greaterThan(1600);
  });

  it('has the edge of a tier as a cliff', () => {
    const at = Date.parse('2025-10-01');
    const pricing = createPricing();
    const total = (input: number): number | undefined =>
      pricing.priceOf({ provider: 'anthropic', model: 'claude-sonnet-4-5', usage: { input, output: 0 }, at })?.totalUsd;
    expect(total(200_000)).to.be.closeTo(0.6, 1e-12);
    expect(total(200_001)).to.be.closeTo(1.200006, 1e-12);
  });
});
