import { expect } from 'chai';
import { type Call, readCalls } from '../../src/query/call.ts';
import { type Statistics, type StatisticsOptions } from '../../src/query/statistics.ts';
import * as names from '../../src/semconv.ts';
import { type CallSpec, callLine } from '../support/journal-builder.ts';
import { statisticsOfCalls } from '../support/statistics-of-calls.ts';

function statistics(specs: readonly CallSpec[], options?: StatisticsOptions): Statistics {
  const calls: Call[] = [];
  for (const spec of specs) readCalls(callLine(spec), calls);
  return statisticsOfCalls(calls, options);
}

describe('statisticsOf', () => {
  it('counts outcomes, errors by type and tokens', () => {
    const { totals } = statistics([
      { input: 100, output: 10, attributes: { [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: 75 } },
      { input: 50, output: 5, outcome: 'cancelled' },
      { outcome: 'error', errorType: '429' },
      { outcome: 'error', errorType: '429' },
      { outcome: 'error', errorType: 'timeout' },
    ]);
    expect(totals).to.deep.include({
      calls: 5,
      errors: 3,
      errorRate: 0.6,
      errorsByType: { 429: 2, timeout: 1 },
      outcomes: { completed: 1, cancelled: 1, abandoned: 0, error: 3 },
      tokens: { input: 150, output: 15, cacheRead: 75, cacheCreation: 0, reasoning: 0, total: 165 },
      cacheHitRate: 0.5,
    });
  });

  it("tells hits of the app's own cache from those of the provider's", () => {
    const hit = { attributes: { [names.AGENT_VITALS_CACHE_HIT]: true, [names.AGENT_VITALS_CACHE_TYPE]: 'semantic' } };
    const unnamed = { workflow: 'w', attributes: { [names.AGENT_VITALS_CACHE_HIT]: true } };
    const cached = { input: 100, attributes: { [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: 50 } };
    const { totals, by } = statistics([hit, unnamed, cached, { workflow: 'w' }]);
    expect(totals).to.deep.include({ ownCacheHits: 2, ownCacheHitRate: 0.5, cacheHitRate: 0.5 });
    expect(by.workflow?.map(({ key, totals: { ownCacheHits } }) => [key, ownCacheHits])).to.deep.equal([
      ['w', 1],
      [null, 1],
    ]);
    expect(statistics([]).totals).to.include({ ownCacheHits: 0, ownCacheHitRate: null });
  });

  it('gives the percentiles by nearest rank, whatever the order', () => {
    const millis = Array.from({ length: 100 }, (_, index) => ((index * 37) % 100) + 1);
    const { latencyMillis } = statistics(millis.map((each) => ({ millis: each }))).totals;
    expect(latencyMillis).to.deep.equal({ avg: 50.5, p50: 50, p95: 95, p99: 99 });
    expect(statistics([{ millis: 5 }]).totals.latencyMillis).to.deep.equal({ avg: 5, p50: 5, p95: 5, p99: 5 });
    expect(statistics([{ millis: 1 }, { millis: 2 }]).totals.latencyMillis.p50).to.equal(1);
  });

  it('leaves hits of the own caches of an app out of latency', () => {
    const hit = { [names.AGENT_VITALS_CACHE_HIT]: true, [names.AGENT_VITALS_CACHE_TYPE]: 'exact' };
    const { totals, by } = statistics([
      { model: 'a', millis: 100 },
      { model: 'a', millis: 300 },
      ...Array.from({ length: 8 }, () => ({ model: 'a', millis: 1, attributes: hit })),
      { model: 'b', millis: 2, attributes: hit },
    ]);
    expect(totals.calls).to.equal(11);
    expect(totals.latencyMillis).to.deep.equal({ avg: 200, p50: 100, p95: 300, p99: 300 });
    expect(by.model?.map(({ totals: { latencyMillis } }) => latencyMillis.avg)).to.deep.equal([200, null]);
  });

  it('sums money without drift', () => {
    const cents = statistics(Array.from({ length: 10_000 }, () => ({ cost: 0.1 })));
    expect(cents.totals.costUsd?.total).to.equal(1000);
    const mixed = statistics([
      { cost: 1e6 },
      ...Array.from({ length: 1000 }, () => ({ cost: 0.000_000_001 })),
      { cost: 0.1 },
    ]);
    expect(mixed.totals.costUsd?.total).to.equal(1_000_000.100_001);
  });

  it('never makes an unknown cost nothing', () => {
    const unknown = statistics([{ input: 1, model: 'a' }, { input: 1, model: 'a' }, { outcome: 'abandoned' }]);
    expect(unknown.totals).to.deep.include({
      costUsd: null,
      pricedCalls: 0,
      unpricedCalls: 3,
      unpricedReasons: { unknown_price: 2, unknown_usage: 1 },
      unpricedModels: { a: 2 },
    });
    const partly = statistics([{ input: 1 }, { input: 1, cost: 0.25 }]).totals;
    expect(partly.costUsd?.total).to.equal(0.25);
    expect(partly.unpricedCalls).to.equal(1);
  });

  it('never makes an unknown part of a cost nothing', () => {
    const whole = { cost: 0.5 };
    const parts = (input: number): CallSpec => ({
      cost: 0.25,
      attributes: { [names.AGENT_VITALS_COST_USD_INPUT]: input, [names.AGENT_VITALS_COST_USD_OUTPUT]: 0.25 - input },
    });
    expect(statistics([whole]).totals).to.deep.include({
      costUsd: { total: 0.5, input: null, cacheRead: null, cacheWrite: null, output: null },
      undividedCalls: 1,
    });
    expect(statistics([whole, parts(0.125), parts(0.0625), { cost: 0 }, { input: 1 }]).totals).to.deep.include({
      costUsd: { total: 1, input: 0.1875, cacheRead: 0, cacheWrite: 0, output: 0.3125 },
      // The free one has nothing to divide.
      undividedCalls: 3,
      unpricedCalls: 1,
    });
  });

  it('says nothing that it does not know of no calls', () => {
    const { totals, by } = statistics([]);
    expect(totals).to.deep.include({ calls: 0, errorRate: null, cacheHitRate: null, pricedCalls: 0 });
    expect(totals.costUsd?.total).to.equal(0);
    expect(totals.latencyMillis).to.deep.equal({ avg: null, p50: null, p95: null, p99: null });
    expect(by.model).to.deep.equal([]);
  });

  it('breaks down by each dimension, with what has none under null', () => {
    const { by } = statistics([
      { model: 'a', provider: 'x', workflow: 'w', tier: 't' },
      { model: 'b', provider: 'x' },
      {
        model: 'b',
        provider: 'y',
        attributes: { [names.GEN_AI_REQUEST_MODEL]: undefined, [names.GEN_AI_RESPONSE_MODEL]: 'a' },
      },
    ]);
    const counts = (dimension: keyof typeof by): unknown =>
      by[dimension]?.map(({ key, totals }) => [key, totals.calls]);
    expect(counts('model')).to.deep.equal([
      ['a', 2],
      ['b', 1],
    ]);
    expect(counts('provider')).to.deep.equal([
      ['x', 2],
      ['y', 1],
    ]);
    expect(counts('workflow')).to.deep.equal([
      [null, 2],
      ['w', 1],
    ]);
    expect(counts('tier')).to.deep.equal([
      [null, 2],
      ['t', 1],
    ]);
  });

  it('puts calls into days of UTC, in order, to the millisecond', () => {
    const midnight = Date.UTC(2026, 10, 23);
    const { by } = statistics([{ at: midnight }, { at: midnight - 1 }, { at: midnight + 86_400_000 }], {
      zone: 'UTC',
      by: ['day'],
    });
    expect(by.day?.map(({ key }) => key)).to.deep.equal(['2026-11-22', '2026-11-23', '2026-11-24']);
  });

  it('puts calls into local days too, over a change of the clocks', () => {
    const { TZ } = process.env;
    process.env.TZ = 'Europe/Berlin';
    try {
      // The day of 25 hours: 2026-10-25 ends at 23:00 UTC.
      const ats = ['2026-10-24T22:00Z', '2026-10-25T22:59Z', '2026-10-25T23:00Z'].map((iso) => ({
        at: Date.parse(iso),
      }));
      const { by } = statistics(ats, { by: ['day'] });
      expect(by.day?.map(({ key, totals }) => [key, totals.calls])).to.deep.equal([
        ['2026-10-25', 2],
        ['2026-10-26', 1],
      ]);
    } finally {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
  });

  it('is not misled by names that objects have themselves', () => {
    const { totals } = statistics([
      { outcome: 'error', errorType: '__proto__' },
      { outcome: 'error', errorType: 'constructor' },
      { model: '__proto__', input: 1 },
    ]);
    expect(Object.entries(totals.errorsByType)).to.deep.equal([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
    expect(Object.entries(totals.unpricedModels)).to.deep.equal([['__proto__', 1]]);
  });
});
