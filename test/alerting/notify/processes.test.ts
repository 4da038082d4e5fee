import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { FakeCollector } from '../../support/fake-collector.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { anAlert, HOUR, MINUTE } from './an-alert.ts';
import { Notifying } from './notifying.ts';
import { startNotifying } from './start-notifying.ts';

describe('processes of one directory', function () {
  this.timeout(120_000);
  let receiver: FakeCollector;
  beforeEach(async () => (receiver = await FakeCollector.start()));
  afterEach(() => receiver.stop());

  const channels = (): Record<string, object> => ({ ops: { type: 'webhook', url: `${receiver.endpoint}/hook` } });

  it('that all see an alert send it once', async () => {
    const dir = tempDir();
    // Long enough for all of them to want to send it.
    receiver.answer = () => ({ delayMillis: 500 });
    const running = await Promise.all(
      Array.from({ length: 8 }, () => startNotifying({ dir, channels: channels(), alerts: [anAlert()] })),
    );
    for (const { child } of running) child.stdin?.write('go\n');
    for (const { ended } of running) expect((await ended).code).to.equal(0);
    expect(receiver.received).to.have.length(1);
    const notifying = new Notifying(channels(), {}, dir);
    expect(notifying.deliveries()).to.deep.equal(['ops delivered']);
    notifying.close();
  });

  it('whose clocks are not quite the same send it once, and after one was set back it is sent again', async () => {
    const dir = tempDir();
    receiver.answer = () => 'hang';
    const one = new Notifying(channels(), {}, dir);
    const other = new Notifying(channels(), {}, dir);
    one.notifier.publish(anAlert(), HOUR);
    one.now += 5000;
    one.notifier.check();
    await eventually('the request', () => receiver.received.length === 1);
    other.notifier.check();
    expect(other.deliveries()).to.deep.equal([]);
    // Nobody knows how long the other has been gone.
    receiver.answer = () => ({});
    other.now -= 24 * HOUR;
    other.notifier.publish(anAlert(), HOUR);
    expect(await other.told(2)).to.deep.equal(['ops interrupted process_gone', 'ops delivered']);
    one.close();
    other.close();
  });

  it('end when they want to, whoever hangs', async () => {
    receiver.answer = () => 'hang';
    const silent = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const connected = once(silent, 'connection');
    const dir = tempDir();
    const started = join(dir, 'started');
    const deaf = `require('node:fs').writeFileSync(${JSON.stringify(started)}, ''); setTimeout(() => {}, 8000)`;
    const run = { type: 'command', command: [process.execPath, '-e', deaf], timeoutMillis: 20_000 };
    // A program stands in the file only.
    const file = join(dir, 'config.yaml');
    const mail = { type: 'email', to: 'a@example.com' };
    writeFileSync(file, JSON.stringify({ alerts: { channels: { ...channels(), mail, run } } }));
    const running = await startNotifying({
      dir,
      channels: {},
      alerts: [anAlert({ channels: ['ops', 'mail', 'run'] })],
      leaves: true,
      env: {
        AGENT_VITALS_CONFIG: file,
        AGENT_VITALS_ALERTS_CHANNELS: '',
        SMTP_HOST: '127.0.0.1',
        SMTP_PORT: String((silent.address() as AddressInfo).port),
        SMTP_FROM: 'a@example.com',
        AGENT_VITALS_ALERTS_GROUP_WAIT_MILLIS: '0',
      },
    });
    running.child.stdin?.write('go\n');
    await connected;
    await eventually('the request', () => receiver.received.length === 1 && existsSync(started));
    running.child.stdin?.write('leave\n');
    const { code, millisToEnd } = await running.ended;
    expect(code).to.equal(0);
    // Each of them would hold it for 10 s.
    expect(millisToEnd).to.be.below(5000);
    silent.close();
  });

  /** Of a process that is killed while it sends: the directory. */
  const killedWhileSending = async (): Promise<string> => {
    const dir = tempDir();
    receiver.answer = () => 'hang';
    const killed = await startNotifying({ dir, channels: channels(), alerts: [anAlert()] });
    killed.child.stdin?.write('go\n');
    await eventually('the request', () => receiver.received.length === 1);
    await killed.stop('SIGKILL');
    receiver.answer = () => ({});
    return dir;
  };

  it('follow one that was killed while it sent, and the history says so', async () => {
    const notifying = new Notifying(channels(), {}, await killedWhileSending());
    notifying.now = Date.now();
    expect(await notifying.told(2)).to.deep.equal(['ops interrupted process_gone', 'ops delivered']);
    notifying.now += MINUTE;
    await notifying.notifier.flush(1000);
    expect(receiver.received).to.have.length(2);
    const [first, second] = receiver.received.map(({ body }) => JSON.parse(body));
    expect(second.id, 'a receiver can tell that it is the same').to.equal(first.id);
    const history = notifying.history();
    expect(history.map((entry) => entry.kind === 'delivery' && entry.attempt)).to.deep.equal([1, 2]);
    notifying.close();
  });

  it('wait for one of another container, which cannot be asked, as long as it may take', async () => {
    const notifying = new Notifying(channels(), {}, await killedWhileSending());
    notifying.database.exec("UPDATE notification SET in_flight = json_set(in_flight, '$.holder.host', 'elsewhere')");
    notifying.now = Date.now();
    notifying.notifier.check();
    expect(notifying.deliveries()).to.deep.equal([]);
    notifying.now += 2 * MINUTE;
    expect(await notifying.told(2)).to.deep.equal(['ops interrupted process_gone', 'ops delivered']);
    notifying.close();
  });
});
