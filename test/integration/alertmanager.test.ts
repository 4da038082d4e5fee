import { expect } from 'chai';
import { anAlert, HOUR, MINUTE } from '../alerting/notify/an-alert.ts';
import { Notifying } from '../alerting/notify/notifying.ts';
import { type Alertmanager, hasAlertmanager, startAlertmanager } from '../support/alertmanager.ts';
import { eventually } from '../support/eventually.ts';
import { FakeCollector } from '../support/fake-collector.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('a real Alertmanager', () => {
  let pager: FakeCollector;
  let alertmanager: Alertmanager;
  let notifying: Notifying | undefined;
  before(async function () {
    if (!hasAlertmanager()) this.skip();
    pager = await FakeCollector.start();
    const route = '{receiver: pager, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}';
    const receivers = `[{name: pager, webhook_configs: [{url: "${pager.endpoint}/", send_resolved: true}]}]`;
    alertmanager = await startAlertmanager(tempDir(), `route: ${route}\nreceivers: ${receivers}\n`);
  });
  after(async () => {
    notifying?.close();
    await alertmanager?.process.stop();
    await pager?.stop();
  });

  it('takes our alerts, tells them, and hears that they are over', async () => {
    notifying = new Notifying({ am: { type: 'webhook', format: 'alertmanager', url: alertmanager.url } });
    const startsAtMillis = Date.now() - MINUTE;
    notifying.now = Date.now();
    const alert = anAlert({
      channels: ['am'],
      labels: { 'gen_ai.request.model': 'gpt-5', team: '' },
      severity: 'critical',
      startsAtMillis,
    });
    notifying.notifier.publish(alert, HOUR);
    expect(await notifying.told(1)).to.deep.equal(['am delivered']);
    const [held] = await alertmanager.alerts();
    expect(held?.labels).to.deep.equal({
      alertname: 'daily_cost',
      severity: 'critical',
      gen_ai_request_model: 'gpt-5',
    });
    expect(held?.annotations).to.deep.equal({
      summary: 'daily_cost: $12.5 > $10',
      description: 'The day has cost more than 10 USD',
      value: '12.5',
    });
    expect(Date.parse(held?.startsAt ?? '')).to.equal(startsAtMillis);
    // It does not take it for resolved before we come again.
    expect(Date.parse(held?.endsAt ?? '')).to.be.above(notifying.now + HOUR);
    const told = (status: string): boolean => pager.taken.some(({ body }) => JSON.parse(body).status === status);
    await eventually('the page', () => told('firing'));
    notifying.now = Date.now();
    notifying.notifier.publish({ ...alert, state: 'resolved', endsAtMillis: Date.now() }, HOUR);
    await notifying.told(2);
    await eventually('the end of it', () => told('resolved'));
  });

  it('takes a test and a plain message', async () => {
    notifying = new Notifying({
      am: { type: 'webhook', format: 'alertmanager', url: `${alertmanager.url}/api/v2/alerts` },
    });
    notifying.now = Date.now();
    expect(await notifying.notifier.test('am')).to.deep.equal({ outcome: 'delivered' });
    const held = await alertmanager.alerts();
    expect(held.map(({ annotations }) => annotations['summary'])).to.include('Test of channel am');
  });
});
