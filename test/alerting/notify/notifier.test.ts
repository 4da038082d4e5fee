import { context, metrics } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import type { Alert } from '../../../src/alerting/alert.ts';
import { openAlertsDatabase } from '../../../src/alerting/alerts-database.ts';
import { addSilence } from '../../../src/alerting/notify/silence.ts';
import { recordTelemetry } from '../../instrumentation/recorded-telemetry.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeCollector } from '../../support/fake-collector.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { anAlert, HOUR, MINUTE, START } from './an-alert.ts';
import { Notifying } from './notifying.ts';

describe('the notifier', () => {
  let receiver: FakeCollector;
  let notifying: Notifying;
  beforeEach(async () => (receiver = await FakeCollector.start()));
  afterEach(async () => {
    notifying.close();
    await receiver.stop();
  });

  const begin = (settings: ConstructorParameters<typeof Notifying>[1] = {}, changes: object = {}): Notifying =>
    (notifying = new Notifying({ ops: { type: 'webhook', url: `${receiver.endpoint}/hook`, ...changes } }, settings));
  const publish = (changes: Partial<Alert> = {}, cooldownMillis = HOUR): void =>
    notifying.notifier.publish(anAlert(changes), cooldownMillis);
  const bodies = (): { id: string; status: string; title: string; alerts: { rule: string; status: string }[] }[] =>
    receiver.taken.map(({ body }) => JSON.parse(body));
  const titles = (): string[] => bodies().map(({ title }) => title);

  it('tells that an alert fires and that it is over, each once', async () => {
    begin();
    publish();
    await notifying.told(1);
    notifying.now += MINUTE;
    publish({ state: 'resolved', endsAtMillis: notifying.now });
    expect(await notifying.told(2)).to.deep.equal(['ops delivered', 'ops delivered']);
    notifying.now += HOUR * 3;
    await notifying.notifier.flush(1000);
    expect(titles()).to.deep.equal(['[FIRING:1] daily_cost', '[RESOLVED:1] daily_cost']);
    expect(notifying.database.prepare('SELECT COUNT(*) AS count FROM telling').get()?.count).to.equal(0);
  });

  it('puts alerts that fire together into one message, the gravest first', async () => {
    begin({ groupWaitMillis: 10_000 });
    publish();
    notifying.now += 4000;
    publish({ rule: 'error_rate', severity: 'critical' });
    await notifying.notifier.flush(0);
    await eventually('the message', () => receiver.taken.length === 1);
    expect(bodies()[0]?.alerts.map(({ rule }) => rule)).to.deep.equal(['error_rate', 'daily_cost']);
  });

  it('waits for others, and then between two messages, and wakes by itself', async () => {
    begin({ groupWaitMillis: 10_000, groupIntervalMillis: MINUTE });
    publish();
    notifying.notifier.check();
    notifying.now += 9999;
    notifying.notifier.check();
    expect(receiver.received).to.deep.equal([]);
    // A millisecond later by its own timer.
    notifying.now += 1;
    await eventually('the first message', () => receiver.taken.length === 1);
    publish({ rule: 'error_rate' });
    notifying.now += MINUTE - 1;
    notifying.notifier.check();
    notifying.now += 1;
    await notifying.told(2);
    expect(titles()).to.deep.equal(['[FIRING:1] daily_cost', '[FIRING:1] error_rate']);
  });

  it('parts alerts by the labels it is told to', async () => {
    begin({ groupBy: ['team'] });
    for (const team of ['blue', 'red', 'blue']) {
      publish({ rule: `cost_${notifying.now}`, labels: { team } });
      notifying.now += 1;
    }
    await notifying.told(2);
    expect(
      bodies()
        .map(({ alerts }) => alerts.length)
        .sort((a, b) => a - b),
    ).to.deep.equal([1, 2]);
  });

  it('tells again after the cooldown of each series, with its value then', async () => {
    begin();
    publish({ rule: 'hourly' });
    publish({ rule: 'daily' }, 24 * HOUR);
    publish({ rule: 'once' }, 0);
    await notifying.told(1);
    notifying.now += HOUR;
    publish({ rule: 'hourly', value: 99 });
    await notifying.told(2);
    expect(bodies()[1]).to.deep.include({ title: '[FIRING:1] hourly' });
    expect(bodies()[1]?.alerts[0]).to.deep.include({ value: 99 });
    expect(bodies()[1]?.id).not.to.equal(bodies()[0]?.id);
    notifying.now += 23 * HOUR;
    await notifying.told(3);
    expect(titles()[2]).to.equal('[FIRING:2] hourly, daily');
  });

  it('goes to all channels when the alert names none', async () => {
    notifying = new Notifying({
      one: { type: 'webhook', url: `${receiver.endpoint}/one` },
      two: { type: 'webhook', url: `${receiver.endpoint}/two` },
    });
    publish({ channels: [] });
    await notifying.told(2);
    expect(receiver.taken.map(({ path }) => path).sort()).to.deep.equal(['/one', '/two']);
  });

  it('tries again with backoff what failed, with what is true then', async () => {
    begin();
    receiver.answer = () => ({ status: 503 });
    publish();
    expect(await notifying.told(1)).to.deep.equal(['ops failed http_503']);
    notifying.now += 3000;
    notifying.notifier.check();
    notifying.now += 3001;
    expect(await notifying.told(2)).to.deep.equal(['ops failed http_503', 'ops failed http_503']);
    publish({ state: 'resolved', endsAtMillis: notifying.now });
    receiver.answer = () => ({});
    notifying.now += 12_001;
    await notifying.told(3);
    // Somebody may have seen the first: they are told that it is over.
    expect(titles()).to.deep.equal(['[RESOLVED:1] daily_cost']);
    expect(notifying.history().map((entry) => entry.kind === 'delivery' && entry.attempt)).to.deep.equal([1, 2, 3]);
  });

  it('gives a message the same id however often it is sent', async () => {
    begin();
    receiver.answer = () => ({ status: 500 });
    publish();
    await notifying.told(1);
    notifying.now += 6001;
    await notifying.told(2);
    const ids = receiver.received.map(({ body }) => JSON.parse(body).id);
    expect(new Set(ids).size).to.equal(1);
  });

  it('waits as long as the receiver asks', async () => {
    begin();
    receiver.answer = () => ({ status: 429, headers: { 'retry-after': '600' } });
    publish();
    await notifying.told(1);
    notifying.now += 599_000;
    notifying.notifier.check();
    notifying.now += 1000;
    await notifying.told(2);
    expect(receiver.received).to.have.length(2);
  });

  it('gives up what cannot succeed, says it once, and tries when it is due anew', async () => {
    begin();
    receiver.answer = () => ({ status: 404, body: 'no such hook: SECRETBODY' });
    publish();
    expect(await notifying.told(1)).to.deep.equal(['ops given_up http_404']);
    notifying.now += HOUR;
    receiver.answer = () => ({});
    expect(await notifying.told(2)).to.deep.equal(['ops given_up http_404', 'ops delivered']);
    expect(notifying.warnings).to.deep.equal([
      'channel "ops" cannot be told of alerts: http_404. The receiver knows no such webhook: it may have been deleted there.',
    ]);
  });

  it('gives up after a day of failures', async () => {
    begin();
    receiver.answer = () => ({ status: 500 });
    publish();
    await notifying.told(1);
    notifying.now += 24 * HOUR + 1;
    expect(await notifying.told(2)).to.deep.equal(['ops failed http_500', 'ops given_up http_500']);
  });

  it('is not held up by one channel that fails or hangs', async () => {
    notifying = new Notifying(
      {
        hanging: { type: 'webhook', url: `${receiver.endpoint}/hang` },
        sound: { type: 'webhook', url: `${receiver.endpoint}/sound` },
      },
      { timeoutMillis: 500 },
    );
    receiver.answer = ({ path }) => (path === '/hang' ? 'hang' : {});
    publish({ channels: ['hanging', 'sound'] });
    expect(await notifying.told(2)).to.deep.equal(['sound delivered', 'hanging failed timeout']);
  });

  it('holds back what is silenced, and tells it when the silence is over', async () => {
    begin();
    addSilence(notifying.database, { matchers: ['rule=daily_cost'], endsAtMillis: START + HOUR }, START);
    publish();
    publish({ rule: 'error_rate' });
    await notifying.told(1);
    expect(titles()).to.deep.equal(['[FIRING:1] error_rate']);
    notifying.now = START + HOUR;
    await notifying.told(2);
    expect(bodies()[1]?.alerts.map(({ rule }) => rule)).to.include('daily_cost');
  });

  it('wakes by itself when a silence ends', async () => {
    begin();
    addSilence(notifying.database, { matchers: ['rule=daily_cost'], endsAtMillis: START + 50 }, START);
    publish();
    notifying.notifier.check();
    expect(receiver.received).to.deep.equal([]);
    notifying.now = START + 50;
    await eventually('the message', () => receiver.taken.length === 1);
  });

  it('does not tell the end to a channel that does not want it', async () => {
    begin({}, { sendResolved: false });
    publish();
    await notifying.told(1);
    publish({ state: 'resolved', endsAtMillis: START + 1 });
    await notifying.notifier.flush(1000);
    expect(titles()).to.deep.equal(['[FIRING:1] daily_cost']);
    expect(notifying.database.prepare('SELECT COUNT(*) AS count FROM alert').get()?.count).to.equal(0);
  });

  it('makes several messages of more alerts than fit into one, without a pause', async () => {
    begin({ groupIntervalMillis: HOUR });
    for (let i = 0; i < 700; i++) publish({ rule: `rule_${i}` });
    await notifying.told(2);
    expect(bodies().map(({ alerts }) => alerts.length)).to.deep.equal([500, 200]);
  });

  it('tells at the end of the process what waits, and no longer than it may', async () => {
    begin({ groupWaitMillis: HOUR });
    publish();
    await notifying.notifier.flush(5000);
    expect(titles()).to.deep.equal(['[FIRING:1] daily_cost']);
    receiver.answer = () => 'hang';
    publish({ rule: 'error_rate' });
    notifying.now += MINUTE;
    const startedAt = performance.now();
    await notifying.notifier.flush(100);
    expect(performance.now() - startedAt).to.be.below(5000);
  });

  it('warns once of a channel there is not, and tells the others', async () => {
    begin();
    publish({ channels: ['nobody', 'ops'] });
    await notifying.told(1);
    notifying.notifier.check();
    expect(new Set(notifying.warnings)).to.deep.equal(
      new Set(['there is no channel "nobody" that can be used. Its alerts are told to nobody here.']),
    );
  });

  it('sends a test and plain messages, and writes them down', async () => {
    begin();
    expect(await notifying.notifier.test('ops')).to.deep.equal({ outcome: 'delivered' });
    expect(
      await notifying.notifier.send('ops', {
        title: 'Approve?',
        text: 'deploy 7',
        severity: 'warning',
        about: 'approval',
      }),
    ).to.deep.equal({
      outcome: 'delivered',
    });
    expect(await notifying.notifier.send('nobody', { title: 'x' })).to.deep.equal({
      outcome: 'given_up',
      reason: 'no_such_channel',
    });
    expect(titles()).to.deep.equal(['Test of channel ops', 'Approve?']);
    expect(notifying.history().map((entry) => entry.kind === 'delivery' && entry.about)).to.deep.equal([
      'test',
      'approval',
    ]);
  });

  it('counts what it tells, by type of channel and outcome', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter });
    const provider = new MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    try {
      begin();
      receiver.answer = () => ({ status: 503 });
      publish();
      await notifying.told(1);
      receiver.answer = () => ({});
      notifying.now += MINUTE;
      await notifying.told(2);
      await reader.forceFlush();
    } finally {
      metrics.disable();
    }
    const [counted] = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    await provider.shutdown();
    expect(counted?.descriptor).to.deep.include({ name: 'agent_vitals.alert.notifications', unit: '{notification}' });
    expect(counted?.dataPoints.map(({ attributes, value }) => [attributes, value])).to.deep.equal([
      [{ 'agent_vitals.alert.channel.type': 'webhook', 'agent_vitals.alert.outcome': 'failed' }, 1],
      [{ 'agent_vitals.alert.channel.type': 'webhook', 'agent_vitals.alert.outcome': 'delivered' }, 1],
    ]);
  });

  it('is not traced: its URLs are secrets', async () => {
    const suppressed: boolean[] = [];
    const telemetry = recordTelemetry();
    notifying = new Notifying(
      { ops: { type: 'webhook', url: 'https://hooks.example.com/x' } },
      {
        resolve: async () => {
          suppressed.push(isTracingSuppressed(context.active()));
          throw new Error('nobody');
        },
      },
    );
    publish();
    await notifying.told(1);
    telemetry.stop();
    expect(suppressed).to.deep.equal([true]);
  });

  it('notes what it told once alerts.db is free again, and does not tell it twice', async () => {
    const dir = tempDir();
    notifying = new Notifying({ ops: { type: 'webhook', url: `${receiver.endpoint}/` } }, {}, dir);
    const other = openAlertsDatabase(dir);
    receiver.answer = () => {
      other.exec('BEGIN IMMEDIATE');
      return {};
    };
    publish();
    notifying.notifier.check();
    await eventually('the message', () => receiver.taken.length === 1);
    receiver.answer = () => ({});
    const before = notifying.databaseUses;
    await eventually('a try in vain to note it', () => notifying.databaseUses > before);
    other.exec('COMMIT');
    other.close();
    expect(await notifying.told(1)).to.deep.equal(['ops delivered']);
    notifying.now += 10 * MINUTE;
    await notifying.notifier.flush(100);
    expect(receiver.received).to.have.length(1);
    expect(notifying.warnings).to.deep.equal([]);
  });

  it('says that others hold alerts.db when they do so for long, and tells when they let go', async () => {
    const dir = tempDir();
    notifying = new Notifying({ ops: { type: 'webhook', url: `${receiver.endpoint}/hook` } }, {}, dir);
    publish();
    const other = openAlertsDatabase(dir);
    other.exec('BEGIN IMMEDIATE');
    notifying.notifier.check();
    notifying.now += 9000;
    notifying.notifier.check();
    expect(notifying.warnings).to.deep.equal([]);
    notifying.now += 2000;
    notifying.notifier.check();
    expect(notifying.warnings).to.deep.equal(['people cannot be told of alerts, alerts.db fails: database is locked']);
    other.exec('ROLLBACK');
    other.close();
    await eventually('it is told by itself', () => notifying.deliveries().includes('ops delivered'));
  });

  it('tells the others when something in alerts.db is spoilt', async () => {
    begin();
    publish({ rule: 'spoilt' });
    publish();
    notifying.database.exec("UPDATE alert SET body = '{' WHERE rule = 'spoilt'");
    notifying.database.exec(`INSERT INTO silence VALUES ('s', '["a=~(a+)+", "nonsense"]', 0, ${2 * START}, '', '', 0)`);
    notifying.database.exec("INSERT INTO channel VALUES ('other', 'x', 0)");
    await notifying.told(1);
    expect(titles()).to.deep.equal(['[FIRING:1] daily_cost']);
  });

  it('outlives its database', async () => {
    begin();
    publish();
    notifying.database.exec('ALTER TABLE telling RENAME TO elsewhere');
    notifying.notifier.check();
    expect(notifying.warnings.join()).to.include('alerts.db fails');
    notifying.database.exec('ALTER TABLE elsewhere RENAME TO telling');
    await notifying.told(1);
    expect(titles()).to.deep.equal(['[FIRING:1] daily_cost']);
  });
});
