import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Resolve } from '../../../src/alerting/notify/guarded-lookup.ts';
import type { Attempt } from '../../../src/alerting/notify/outcome.ts';
import { post } from '../../../src/alerting/notify/post.ts';
import { judgeTarget, type Target } from '../../../src/alerting/notify/public-target.ts';
import { DnsServer } from '../../support/dns-server.ts';
import { FakeCollector } from '../../support/fake-collector.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { anAlert } from './an-alert.ts';
import { notify } from './start-notifying.ts';

/** Of nobody, and refused by the system at once or not at all: the test does not wait for it. */
const PUBLIC = '93.184.215.14';

const target = (url: string, ...privateHosts: string[]): Target => {
  const judged = judgeTarget(url, privateHosts);
  if (typeof judged === 'string') throw new Error(judged);
  return judged;
};

describe('a name whose addresses change', () => {
  let dns: DnsServer;
  let inside: FakeCollector;
  beforeEach(async () => (inside = await FakeCollector.start()));
  afterEach(async () => {
    await inside.stop();
    await dns.stop();
  });

  /** To the server inside, as far as the name leads there. */
  const tell = (name: string, ...privateHosts: string[]): Promise<Attempt> =>
    post(target(`http://${name}:${inside.port}/`, ...privateHosts), {}, { resolve: dns.resolve, timeoutMillis: 300 });

  it('is judged by what it resolves to when it is connected to', async () => {
    dns = await DnsServer.start((_name, time) => (time === 0 ? [PUBLIC] : ['127.0.0.1']));
    // On creation it is public.
    expect((await dns.resolve('rebind.attacker.com')).map(({ address }) => address)).to.deep.equal([PUBLIC]);
    expect(await tell('rebind.attacker.com')).to.deep.equal({ outcome: 'given_up', reason: 'private_address' });
    expect(inside.received).to.deep.equal([]);
  });

  it('is asked for once, and connected to at the address that was judged', async () => {
    // Whoever asked a second time would get the address inside.
    dns = await DnsServer.start((_name, time) => (time === 0 ? [PUBLIC] : ['127.0.0.1']));
    expect((await tell('rebind.attacker.com')).outcome).to.equal('failed');
    expect(dns.asked).to.deep.equal(['rebind.attacker.com']);
    expect(inside.received).to.deep.equal([]);
  });

  for (const addresses of [
    [PUBLIC, '127.0.0.1'],
    ['127.0.0.1', PUBLIC],
    [PUBLIC, '::1'],
    ['2606:4700::1111', '10.0.0.1'],
    ['0.0.0.0'],
    ['169.254.169.254'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['fd00::1'],
    ['fe80::1'],
    ['100.64.0.1'],
  ]) {
    it(`and are ${addresses.join(' and ')} is refused`, async () => {
      dns = await DnsServer.start(() => addresses);
      expect(await tell('two.attacker.com')).to.deep.equal({ outcome: 'given_up', reason: 'private_address' });
      expect(inside.received).to.deep.equal([]);
    });
  }

  it('and that there is not any more is tried again', async () => {
    dns = await DnsServer.start(() => []);
    expect(await tell('gone.example.com')).to.deep.equal({ outcome: 'failed', reason: 'enotfound' });
  });

  it('and is an exception is told, at private addresses alone', async () => {
    dns = await DnsServer.start((name) => [name.startsWith('alert') ? '127.0.0.1' : '169.254.169.254']);
    expect(await tell('alerts.corp.com', 'alerts.corp.com')).to.deep.equal({ outcome: 'delivered' });
    expect(await tell('metadata.corp.com', 'metadata.corp.com')).to.deep.equal({
      outcome: 'given_up',
      reason: 'private_address',
    });
  });
});

describe('a request to a webhook', () => {
  let receiver: FakeCollector;
  beforeEach(async () => (receiver = await FakeCollector.start()));
  afterEach(() => receiver.stop());

  const tell = (options: Parameters<typeof post>[2] = {}): Promise<Attempt> =>
    post(target(`${receiver.endpoint}/a?b=c`, '127.0.0.1'), { text: 'grün' }, options);

  it('says what it has to, as JSON', async () => {
    expect(await tell({ headers: { authorization: 'Bearer x' } })).to.deep.equal({ outcome: 'delivered' });
    const [{ path, headers, body } = { path: '', headers: {}, body: '' }] = receiver.taken;
    expect([path, body]).to.deep.equal(['/a?b=c', '{"text":"grün"}']);
    expect(headers).to.deep.include({
      'content-type': 'application/json',
      authorization: 'Bearer x',
      'content-length': '16',
    });
  });

  for (const [status, attempt] of [
    [200, 'delivered'],
    [202, 'delivered'],
    [204, 'delivered'],
    [301, 'given_up redirect_refused'],
    [302, 'given_up redirect_refused'],
    [303, 'given_up redirect_refused'],
    [307, 'given_up redirect_refused'],
    [308, 'given_up redirect_refused'],
    [400, 'given_up http_400'],
    [401, 'given_up http_401'],
    [404, 'given_up http_404'],
    [408, 'failed http_408'],
    [410, 'given_up http_410'],
    [429, 'failed http_429'],
    [500, 'failed http_500'],
    [503, 'failed http_503'],
  ] as const) {
    it(`that is answered with ${status} is ${attempt}`, async () => {
      const elsewhere = await FakeCollector.start();
      receiver.answer = () => ({
        status,
        headers: { location: `${elsewhere.endpoint}/`, refresh: `0; url=${elsewhere.endpoint}` },
      });
      const { outcome, reason } = await tell();
      expect([outcome, reason].filter(Boolean).join(' ')).to.equal(attempt);
      expect(elsewhere.received).to.deep.equal([]);
      await elsewhere.stop();
    });
  }

  it('is over in time, whatever the other side does', async () => {
    receiver.answer = () => 'hang';
    expect(await tell({ timeoutMillis: 100 })).to.deep.equal({ outcome: 'failed', reason: 'timeout' });
    const never: Resolve = () => new Promise(() => undefined);
    const slow = target('https://slow.example.com/');
    expect(await post(slow, {}, { timeoutMillis: 100, resolve: never })).to.deep.equal({
      outcome: 'failed',
      reason: 'timeout',
    });
    receiver.answer = () => 'reset';
    expect(await tell()).to.deep.equal({ outcome: 'failed', reason: 'econnreset' });
    const gone = target(receiver.endpoint, '127.0.0.1');
    await receiver.stop();
    expect(await post(gone, {})).to.deep.equal({ outcome: 'failed', reason: 'econnrefused' });
    receiver = await FakeCollector.start();
  });

  it('does not read an answer that has no end', async () => {
    let sent = 0;
    const endless = await listen((_request, response) => {
      response.writeHead(200);
      const push = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384;
      };
      response.on('drain', push);
      push();
    });
    const { port } = endless.address() as AddressInfo;
    const attempt = await post(target(`http://127.0.0.1:${port}/`, '127.0.0.1'), {});
    endless.closeAllConnections();
    endless.close();
    expect(attempt).to.deep.equal({ outcome: 'delivered' });
    // What the system had taken on its own before we cut it.
    expect(sent).to.be.below(20_000_000);
  });

  it('and what comes back are no words of the other side', async () => {
    receiver.answer = () => ({ status: 400, body: 'CANARY', headers: { 'x-canary': 'CANARY' } });
    expect(JSON.stringify(await tell())).not.to.include('CANARY');
  });

  it('speaks TLS, with who can prove to be whom it is for', async () => {
    const files = selfSigned();
    const tls = { key: readFileSync(files.key), cert: readFileSync(files.cert) };
    const secure = await FakeCollector.start({ tls });
    const url = `https://localhost:${secure.port}/`;
    expect(await post(target(url, 'localhost'), {})).to.deep.equal({
      outcome: 'failed',
      reason: 'depth_zero_self_signed_cert',
    });
    expect(secure.received).to.deep.equal([]);
    const { history } = await notify({
      dir: tempDir(),
      channels: {
        right: { type: 'webhook', url: url.replace('localhost', 'localhost.') },
        // The same server by a name that its certificate does not have.
        wrong: { type: 'webhook', url: url.replace('localhost', '127.0.0.1') },
      },
      alerts: [anAlert({ channels: ['right', 'wrong'] })],
      env: { NODE_EXTRA_CA_CERTS: files.cert, AGENT_VITALS_ALERTS_ALLOW_PRIVATE_HOSTS: 'localhost,127.0.0.1' },
    });
    await secure.stop();
    const outcomes = history.map(
      (entry) => entry.kind === 'delivery' && `${entry.channel} ${entry.outcome} ${entry.reason}`,
    );
    expect(outcomes).to.have.members(['right delivered undefined', 'wrong failed err_tls_cert_altname_invalid']);
  });

  it('reaches addresses of both families', async function () {
    const server = createServer((_request, response) => response.end()).listen(0, '::1');
    const isUp = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isUp) this.skip();
    const { port } = server.address() as AddressInfo;
    const attempt = await post(target(`http://[::1]:${port}/`, '::1'), {});
    server.close();
    expect(attempt).to.deep.equal({ outcome: 'delivered' });
  });

  it('goes through no proxy of the environment', async () => {
    const proxy = await FakeCollector.start();
    const env = Object.fromEntries(
      ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].map((name) => [
        name,
        proxy.endpoint,
      ]),
    );
    const { history } = await notify({
      dir: tempDir(),
      channels: {
        near: { type: 'webhook', url: `${receiver.endpoint}/` },
        // A name that nobody has: a proxy would take it.
        far: { type: 'webhook', url: 'http://nobody.example.com/' },
      },
      alerts: [anAlert({ channels: ['near', 'far'] })],
      env: { ...env, NODE_USE_ENV_PROXY: '1', NO_PROXY: '', no_proxy: '' },
    });
    const outcomes = history.map((entry) => entry.kind === 'delivery' && `${entry.channel} ${entry.outcome}`);
    expect(outcomes).to.have.members(['far failed', 'near delivered']);
    expect(proxy.received).to.deep.equal([]);
    await proxy.stop();
  });
});

async function listen(handler: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer(handler as never).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
