import { readdirSync } from 'node:fs';
import type { Meter } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { AlertReader } from '../../src/alerting/alert-reader.ts';
import { openAlertsDatabase } from '../../src/alerting/alerts-database.ts';
import { readHistory, type Transition } from '../../src/alerting/notify/history.ts';
import type { RuleInput } from '../../src/alerting/rule.ts';
import { RuleStore } from '../../src/alerting/store/rule-store.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('AlertReader', () => {
  let dir: string;
  beforeEach(() => {
    dir = tempDir();
  });
  after(removeTempDirs);

  function start(rules: readonly RuleInput[] = []): { provider: MeterProvider; meter: Meter } {
    const { config } = resolveConfig({ code: { dir, alerts: { rules } }, env: {}, cwd: dir });
    const reader = new AlertReader({ config, origin: 'test', writer: () => '0000cafe' });
    const provider = new MeterProvider({ readers: [reader] });
    return { provider, meter: provider.getMeter('test') };
  }

  function fired(): Record<string, number | null> {
    const database = openAlertsDatabase(dir);
    const history = readHistory(database) as Transition[];
    database.close();
    return Object.fromEntries(history.filter(({ to }) => to === 'firing').map(({ rule, value }) => [rule, value]));
  }

  it('sees every kind of instrument, whoever made it', async () => {
    const rule = (metric: string, statistic: Exclude<RuleInput['statistic'], undefined>): RuleInput => {
      return { name: `${metric} ${statistic}`, metric, statistic, threshold: -1e9, window: '5m' };
    };
    const { provider, meter } = start([
      ...(['sum', 'count', 'rate'] as const).map((statistic) => rule('a.counter', statistic)),
      ...(['sum', 'count', 'rate', 'avg', 'min', 'max', 'p50', 'p90'] as const).map((statistic) =>
        rule('a.histogram', statistic),
      ),
      ...(['last', 'sum', 'avg', 'min', 'max', 'count'] as const).map((statistic) => rule('an.up.down', statistic)),
      ...(['last', 'avg', 'min', 'max'] as const).map((statistic) => rule('a.gauge', statistic)),
      rule('an.observable.counter', 'sum'),
      rule('an.observable.up.down', 'last'),
      rule('an.observable.gauge', 'last'),
      // What means nothing is no data.
      rule('a.counter', 'p95'),
      rule('a.gauge', 'rate'),
    ]);
    const counter = meter.createCounter('a.counter');
    const histogram = meter.createHistogram('a.histogram', { advice: { explicitBucketBoundaries: [1, 2, 4] } });
    const upDown = meter.createUpDownCounter('an.up.down');
    const gauge = meter.createGauge('a.gauge');
    let total = 100;
    meter.createObservableCounter('an.observable.counter').addCallback((result) => result.observe(total));
    meter.createObservableUpDownCounter('an.observable.up.down').addCallback((result) => result.observe(-3));
    meter.createObservableGauge('an.observable.gauge').addCallback((result) => {
      result.observe(0.5, { of: 'a' });
      result.observe(0.25, { of: 'b' });
    });
    counter.add(2, { x: 'a' });
    counter.add(3, { x: 'b' });
    for (const value of [0.5, 1.5, 3]) histogram.record(value);
    upDown.add(5, { x: 'a' });
    upDown.add(-1, { x: 'b' });
    gauge.record(7);
    await provider.forceFlush();
    expect(fired()).to.deep.equal({
      'a.counter sum': 5,
      'a.counter count': 5,
      'a.counter rate': 5 / 300,
      'a.histogram sum': 5,
      'a.histogram count': 3,
      'a.histogram rate': 3 / 300,
      'a.histogram avg': 5 / 3,
      'a.histogram min': 0.5,
      'a.histogram max': 3,
      'a.histogram p50': 1.5,
      'a.histogram p90': 2 + (2 * (0.9 * 3 - 2)) / 1,
      'an.up.down last': 4,
      'an.up.down sum': 4,
      'an.up.down avg': 2,
      'an.up.down min': -1,
      'an.up.down max': 5,
      'an.up.down count': 2,
      'a.gauge last': 7,
      'a.gauge avg': 7,
      'a.gauge min': 7,
      'a.gauge max': 7,
      'an.observable.counter sum': 100,
      'an.observable.up.down last': -3,
      'an.observable.gauge last': 0.75,
    });
    // The observed total begins anew: what it shows is all new.
    total = 30;
    await provider.shutdown();
    const database = openAlertsDatabase(dir);
    const row = database
      .prepare(
        `SELECT total(sum) AS sum FROM bucket JOIN series ON series.id = bucket.series JOIN selection ON selection.id = series.selection
         WHERE key LIKE '["an.observable.counter"%'`,
      )
      .get();
    database.close();
    expect(row?.sum).to.equal(130);
  });

  it('makes and opens nothing where there is no rule, and finds one that is added', async () => {
    const { provider, meter } = start();
    const counter = meter.createCounter('app.orders');
    counter.add(9);
    await provider.forceFlush();
    expect(readdirSync(dir)).to.deep.equal([]);
    const database = openAlertsDatabase(dir);
    new RuleStore(database).save({
      name: 'orders',
      metric: 'app.orders',
      statistic: 'sum',
      threshold: 10,
      window: '1h',
    });
    database.close();
    counter.add(2);
    await provider.forceFlush();
    expect(fired()).to.deep.equal({ orders: 11 });
    await provider.shutdown();
  });

  it('counts what was measured before a first tick that comes late', async () => {
    const now = Date.now;
    try {
      const { provider, meter } = start([
        { name: 'orders', metric: 'app.orders', statistic: 'sum', threshold: 1, window: '1h' },
      ]);
      meter.createCounter('app.orders').add(9);
      Date.now = () => now() + 60_000;
      await provider.forceFlush();
      expect(fired()).to.deep.equal({ orders: 9 });
      await provider.shutdown();
    } finally {
      Date.now = now;
    }
  });

  it('does nothing when it is switched off', async () => {
    const { config } = resolveConfig({
      code: { dir, alerts: { enabled: false, rules: [{ name: 'a', preset: 'daily_cost' }] } },
      env: {},
      cwd: dir,
    });
    const provider = new MeterProvider({
      readers: [new AlertReader({ config, origin: 'test', writer: () => '0000cafe' })],
    });
    await provider.forceFlush();
    await provider.shutdown();
    expect(readdirSync(dir)).to.deep.equal([]);
  });
});
