import type { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { openAlertsDatabase } from '../../../src/alerting/alerts-database.ts';
import { ChannelBook } from '../../../src/alerting/notify/channel-book.ts';
import { readHistory } from '../../../src/alerting/notify/history.ts';
import { Notifier } from '../../../src/alerting/notify/notifier.ts';
import { addSilence } from '../../../src/alerting/notify/silence.ts';
import type { RuleInput } from '../../../src/alerting/rule.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';
import { AnEngine, TestClock } from '../an-engine.ts';

const HOUR = 3_600_000;
const rule = (name: string): RuleInput => ({ name, metric: name, statistic: 'sum', window: '1m', threshold: 5 });

describe('while alerts.db is locked for long, people', () => {
  let dir: string;
  let clock: TestClock;
  let printed: string[];
  let one: AnEngine;
  let notifier: Notifier;
  let lock: DatabaseSync;

  beforeEach(() => {
    dir = tempDir();
    clock = new TestClock();
    printed = [];
    const database = (): DatabaseSync => one.engine.database();
    const channels = new ChannelBook({ database, configured: { screen: { type: 'stdout' } }, privateHosts: [] });
    notifier = new Notifier({
      database,
      channels,
      privateHosts: [],
      smtp: undefined,
      print: (line) => printed.push(line.slice(0, line.indexOf(':'))),
      warn: (key, message) => printed.push(`${key} ${message}`),
      groupBy: [],
      groupWaitMillis: 0,
      groupIntervalMillis: 0,
      historyDays: 90,
      now: () => clock.now(),
    });
    one = new AnEngine({
      dir,
      clock,
      rules: ['early', 'late', 'silent'].map(rule),
      publish: (alert, cooldownMillis) => notifier.publish(alert, cooldownMillis),
    });
    lock = openAlertsDatabase(dir);
  });
  afterEach(async () => {
    lock.close();
    notifier.stop();
    await one.engine.close();
  });
  after(removeTempDirs);

  const ticks = async (times: number, ...metrics: readonly string[]): Promise<void> => {
    for (let i = 0; i < times; i++) {
      for (const metric of metrics) one.add(metric, 9);
      await one.tick();
      await notifier.flush(10_000);
    }
  };

  it('hear of each alert once, and not of what is silenced; the history has it all afterwards', async function () {
    this.timeout(30_000);
    addSilence(lock, { matchers: ['rule=silent'], endsAtMillis: clock.now() + HOUR }, clock.now());
    await ticks(1, 'early');
    lock.exec('BEGIN EXCLUSIVE');
    await ticks(5, 'early', 'late', 'silent');
    lock.exec('ROLLBACK');
    await ticks(3, 'early', 'late', 'silent');
    expect(printed).to.deep.equal(['WARNING early', 'WARNING late']);
    const history = readHistory(lock, {}).map((entry) =>
      entry.kind === 'transition' ? `${entry.rule} ${entry.to}` : `told ${entry.alerts[0]?.rule}`,
    );
    expect(history.toSorted()).to.deep.equal([
      'early firing',
      'late firing',
      'silent firing',
      'told early',
      'told late',
    ]);
  });

  it('hear that it is over, and no more of it then', async function () {
    this.timeout(30_000);
    await ticks(1, 'early');
    lock.exec('BEGIN EXCLUSIVE');
    await ticks(8);
    expect(printed).to.deep.equal(['WARNING early', 'RESOLVED early']);
    lock.exec('ROLLBACK');
    await ticks(2);
    clock.advance(2 * HOUR);
    await ticks(2);
    expect(printed.filter((line) => line !== 'RESOLVED early')).to.deep.equal(['WARNING early']);
  });
});
