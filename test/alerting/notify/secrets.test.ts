import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FakeCollector } from '../../support/fake-collector.ts';
import { freePort } from '../../support/free-port.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { anAlert } from './an-alert.ts';
import { notify } from './start-notifying.ts';

describe('the secrets of channels', () => {
  it('are nowhere but at the receiver, whatever goes wrong there', async () => {
    const dir = tempDir();
    const receiver = await FakeCollector.start();
    // It says back what it was told.
    receiver.answer = ({ path, headers, body }) => ({
      status: path.startsWith('/good') ? 200 : 400,
      headers: { 'x-echo': String(headers.authorization), location: path },
      body: path + JSON.stringify(headers) + body,
    });
    const hook = (path: string, changes: object = {}): object => ({
      type: 'webhook',
      url: `${receiver.endpoint}/${path}/CANARY-path?sig=CANARY-query`,
      headers: { authorization: 'Bearer CANARY-header' },
      ...changes,
    });
    const channels = {
      good: hook('good'),
      bad: hook('bad', { format: 'slack' }),
      page: hook('bad', { format: 'pagerduty', routingKey: 'CANARY-routing-key-0123456789012' }),
      gone: { type: 'webhook', url: 'https://hooks.example.com/CANARY-gone', headers: { 'x-token': 'CANARY-token' } },
      inside: { type: 'webhook', url: 'https://10.0.0.1/CANARY-inside' },
      user: { type: 'webhook', url: 'https://CANARY-user:CANARY-pass@example.com/' },
      wrong: { type: 'webhook', url: 'https://example.com/CANARY-wrong', headers: { authorization: 'CANARY\r\n' } },
      unset: { type: 'webhook', url: 'https://example.com/CANARY-unset/${NOT_SET}' },
      mail: { type: 'email', to: ['a@example.com'] },
    };
    const { history, printed } = await notify({
      dir,
      channels,
      alerts: [anAlert({ channels: [...Object.keys(channels), 'nobody'] })],
      env: {
        OTEL_LOG_LEVEL: 'debug',
        NODE_DEBUG: '',
        SMTP_HOST: 'localhost',
        SMTP_PORT: String(await freePort()),
        SMTP_USER: 'CANARY-smtp-user',
        SMTP_PASSWORD: 'CANARY-smtp-password',
        SMTP_FROM: 'a@example.com',
      },
    });
    await receiver.stop();
    // All of it has been said to whom it is for.
    const received = JSON.stringify(receiver.received);
    for (const secret of ['CANARY-path', 'CANARY-query', 'CANARY-header', 'CANARY-routing']) {
      expect(received, secret).to.include(secret);
    }
    // And all went wrong that can.
    const outcomes = history.map((entry) => entry.kind === 'delivery' && `${entry.channel} ${entry.outcome}`);
    expect(outcomes).to.have.members(['good delivered', 'bad given_up', 'page given_up', 'gone failed', 'mail failed']);
    for (const name of ['inside', 'user', 'wrong', 'unset', 'nobody']) expect(printed).to.include(`channel "${name}"`);
    expect(printed).not.to.include('CANARY');
    const files = readdirSync(dir);
    expect(files).to.include('alerts.db');
    for (const file of files) expect(readFileSync(join(dir, file)).includes('CANARY'), file).to.equal(false);
  });
});
