import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { openAlertsDatabase } from '../../../src/alerting/alerts-database.ts';
import { ChannelBook } from '../../../src/alerting/notify/channel-book.ts';
import { tempDir } from '../../support/temp-dir.ts';

const SLACK = 'https://hooks.slack.com/services/T0/B0/CANARY';

describe('the channels', () => {
  let dir: string;
  let database: DatabaseSync;
  beforeEach(() => {
    dir = tempDir();
    database = openAlertsDatabase(dir);
  });
  afterEach(() => database.close());

  const open = (
    configured: Record<string, unknown> = {},
    env: NodeJS.ProcessEnv = {},
    addresses = ['93.184.215.14'],
  ): ChannelBook =>
    new ChannelBook({
      database: () => database,
      configured,
      privateHosts: ['alertmanager.internal:9093'],
      env,
      resolve: async (host) => {
        if (host.startsWith('unknown')) throw new Error('ENOTFOUND');
        return addresses.map((address) => ({ address, family: 4 }));
      },
    });
  const problem = (spec: unknown, env: NodeJS.ProcessEnv = {}): string => open({ c: spec }, env).problems.join(' ');

  it('of the configuration and of the database are one list; the configuration goes before', async () => {
    const book = open({
      ops: { type: 'webhook', format: 'slack', url: SLACK },
      me: { type: 'email', to: 'a@example.com, b@example.com' },
    });
    await book.save('screen', { type: 'stdout' });
    expect(book.list()).to.deep.equal([
      {
        name: 'me',
        type: 'email',
        source: 'config',
        sendResolved: true,
        target: 'a@example.com, b@example.com',
        warnings: [],
      },
      {
        name: 'ops',
        type: 'webhook',
        source: 'config',
        sendResolved: true,
        target: 'https://hooks.slack.com',
        format: 'slack',
        warnings: [],
      },
      { name: 'screen', type: 'stdout', source: 'database', sendResolved: true, target: 'stdout', warnings: [] },
    ]);
    database.prepare('INSERT INTO channel VALUES (?, ?, 0)').run('ops', '{"type":"stdout"}');
    expect(book.get('ops')?.type).to.equal('webhook');
    let refused = '';
    await book.save('ops', { type: 'stdout' }).catch((error: Error) => (refused = error.message));
    expect(refused).to.include('configuration has one of this name');
    expect([book.remove('screen'), book.remove('screen'), book.remove('me')]).to.deep.equal([true, false, false]);
  });

  it('start programs from the configuration only', async () => {
    const command = { type: 'command', command: ['/bin/true'] };
    expect(open({ c: command }).get('c')?.type).to.equal('command');
    let refused = '';
    await open()
      .save('c', command)
      .catch((error: Error) => (refused = error.message));
    expect(refused).to.include('configuration file only');
    database.prepare('INSERT INTO channel VALUES (?, ?, 0)').run('c', JSON.stringify(command));
    expect(open().get('c')).to.equal(undefined);
    expect(open().list()).to.deep.equal([]);
    expect(open().problemOf('c')).to.include('configuration file only');
    expect([open().names(), open().problemOf('none')]).to.deep.equal([['c'], undefined]);
  });

  it('read the environment from the configuration only', async () => {
    const spec = { type: 'webhook', url: 'https://example.com/${HOOK}', headers: { 'x-key': '${KEY}' } };
    const book = open({ c: spec }, { HOOK: 'abc', KEY: 'k' });
    const channel = book.get('c');
    if (channel?.type !== 'webhook') throw new Error('no webhook');
    expect([channel.url.reveal(), channel.headers['x-key']?.reveal()]).to.deep.equal(['https://example.com/abc', 'k']);
    expect(problem(spec, { HOOK: 'abc' })).to.include('"headers.x-key" names the variable KEY, which is not set');
    await book.save('d', { type: 'webhook', url: 'https://example.com/?${HOOK}' });
    const stored = book.get('d');
    expect(stored?.type === 'webhook' && stored.url.reveal()).to.include('${HOOK}');
  });

  it('are checked on creation by what their host resolves to', async () => {
    const save = async (url: string, addresses: string[]): Promise<string> =>
      open({}, {}, addresses)
        .save('c', { type: 'webhook', url })
        .then(
          ({ warnings }) => `saved ${warnings.join()}`,
          (error: Error) => error.message,
        );
    expect(await save('https://evil.example.com/', ['10.0.0.1'])).to.include('leads to 10.0.0.1, which is private');
    expect(await save('https://evil.example.com/', ['8.8.8.8', '127.0.0.1']), 'one of two').to.include('loopback');
    expect(await save('http://alertmanager.internal:9093/', ['10.0.0.1'])).to.equal('saved ');
    expect(await save('http://alertmanager.internal:9093/', ['169.254.169.254'])).to.include('link-local');
    expect(await save('https://unknown.example.com/', [])).to.include('cannot be resolved now');
    expect(await save('http://example.com/', ['8.8.8.8'])).to.include('use https');
  });

  const wrong: [string, unknown, string][] = [
    ['no object', 'https://example.com', 'must be an object'],
    ['null', null, 'must be an object'],
    ['a list', [], 'must be an object'],
    ['no type', {}, '"type" must be one of webhook, email, stdout, command'],
    ['an unknown type', { type: 'pigeon' }, '"type" "pigeon" must be one of'],
    ['an unknown field', { type: 'stdout', colour: 'red' }, 'there is no "colour"'],
    ['a webhook without URL', { type: 'webhook' }, '"url" must be given'],
    ['a number for a URL', { type: 'webhook', url: 7 }, '"url" must be a text'],
    ['a private URL', { type: 'webhook', url: 'http://10.0.0.1/' }, 'alerts.allowPrivateHosts'],
    ['a masked URL', { type: 'webhook', url: 'https://example.com/[masked]' }, 'masked'],
    ['an unknown format', { type: 'webhook', url: SLACK, format: 'irc' }, '"format" "irc" must be one of json, slack'],
    ['PagerDuty without key', { type: 'webhook', format: 'pagerduty' }, '"routingKey" must be'],
    [
      'a key that is not for PagerDuty',
      { type: 'webhook', url: SLACK, routingKey: 'x'.repeat(32) },
      'for the format pagerduty',
    ],
    ['a header that ends the line', { type: 'webhook', url: SLACK, headers: { a: 'b\r\nhost: c' } }, 'one line'],
    ['a header of ours', { type: 'webhook', url: SLACK, headers: { Host: 'c' } }, 'not yours'],
    ['headers that are none', { type: 'webhook', url: SLACK, headers: [] }, '"headers" must be an object'],
    ['no receivers', { type: 'email', to: [] }, '1 to 50'],
    ['a receiver that is none', { type: 'email', to: ['a@example.com', 'b'] }, '"b" is no e-mail address'],
    ['a receiver with a header', { type: 'email', to: ['a@example.com\nbcc:b@example.com'] }, 'no e-mail address'],
    ['a sender that is none', { type: 'email', to: ['a@example.com'], from: 'x\r\ny' }, '"from" must be'],
    ['an empty command', { type: 'command', command: [] }, '"command" must be a list'],
    ['a command of numbers', { type: 'command', command: [1] }, '"command" must be'],
    ['a timeout of never', { type: 'command', command: ['a'], timeoutMillis: 0 }, 'from 100 to 300000'],
    ['a wish that is no boolean', { type: 'stdout', sendResolved: 'no' }, 'true or false'],
  ];
  for (const [what, spec, message] of wrong) {
    it(`are not ${what}`, () => expect(problem(spec)).to.include('channel "c": ').and.include(message));
  }

  it('have names that are names', () => {
    expect(open({ '../x': { type: 'stdout' } }).problems.join()).to.include('a name has');
    expect(open({ 'ops-1.a_b': { type: 'stdout' } }).problems).to.deep.equal([]);
  });

  it('show their secrets to nobody', async () => {
    const specs = {
      hook: { type: 'webhook', url: `${SLACK}?sig=CANARY#CANARY`, headers: { authorization: 'Bearer CANARY' } },
      page: { type: 'webhook', format: 'pagerduty', routingKey: 'CANARY'.padEnd(32, 'x') },
      run: { type: 'command', command: ['/usr/bin/notify', '--token=CANARY'] },
      broken: { type: 'webhook', url: 'https://10.0.0.1/CANARY', headers: { authorization: 'CANARY' } },
      user: { type: 'webhook', url: 'https://CANARY:CANARY@example.com/' },
      header: { type: 'webhook', url: SLACK, headers: { authorization: 'CANARY\n' } },
      key: { type: 'webhook', format: 'pagerduty', routingKey: 'CANARY CANARY' },
    };
    const book = open(specs);
    for (const name of ['hook', 'page'] as const) await book.save(`${name}-stored`, specs[name]);
    const names = book.names();
    expect(names).to.have.length(5);
    const seen = [
      inspect(book, { depth: 9, showHidden: true }),
      JSON.stringify(book.list()),
      book.problems.join(),
      ...names.flatMap((name) => [
        inspect(book.get(name), { depth: 9 }),
        JSON.stringify(book.get(name)),
        JSON.stringify(book.exported(name)),
      ]),
    ];
    for (const text of seen) expect(text).not.to.include('CANARY');
    expect(JSON.stringify(book.exported('hook-stored'))).to.equal(
      '{"type":"webhook","format":"json","url":"https://hooks.slack.com/[masked]","headers":{"authorization":"[masked]"}}',
    );
    for (const file of ['alerts.db', 'alerts.db-wal', 'alerts.db-shm']) {
      expect(statSync(join(dir, file)).mode & 0o777, file).to.equal(0o600);
    }
  });
});
