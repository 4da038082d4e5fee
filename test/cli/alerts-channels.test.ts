// `agent-vitals alerts`: channels, tests, silences and history, with a real HTTP server that is told.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { SMTPServer } from 'smtp-server';
import { openAlertsDatabase } from '../../src/alerting/alerts-database.ts';
import { writeHistory } from '../../src/alerting/notify/history.ts';
import { runBuiltCli, runCliInShell } from '../support/cli.ts';
import { selfSigned } from '../support/self-signed.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const TOKEN = 'secret-token-4711';

describe('agent-vitals alerts: who is told', function () {
  this.timeout(120_000);
  let server: Server;
  let url: string;
  let env: Record<string, string>;
  let received: { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: any }[];
  let status = 200;

  before(async () => {
    server = createServer(async (request, response) => {
      received.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(await text(request)) });
      response.writeHead(status).end("what the server says is nobody else's");
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    url = `http://127.0.0.1:${port}/hook/${TOKEN}`;
    env = { AGENT_VITALS_ALERTS_ALLOW_PRIVATE_HOSTS: `127.0.0.1:${port}` };
  });
  beforeEach(() => {
    received = [];
    status = 200;
  });
  after(() => {
    server.close();
    removeTempDirs();
  });

  async function run(dir: string, ...args: string[]) {
    const result = await runBuiltCli(['alerts', ...args, '--dir', dir], { env });
    expect(result.stdout + result.stderr).to.not.include(TOKEN);
    return result;
  }

  async function json(dir: string, ...args: string[]): Promise<any> {
    const { stdout, stderr } = await run(dir, ...args, '--json');
    expect(stdout, stderr).to.not.equal('');
    return JSON.parse(stdout);
  }

  it('adds channels, lists them without their secrets, tells them, and forgets them', async () => {
    const dir = tempDir();
    const { stdout } = await runCliInShell(
      `printf '%s\\n' '${url}' | $BUILT alerts channels add hook --url - --header 'X-Key: ${TOKEN}' --no-resolved --json --dir '${dir}'`,
      { env },
    );
    expect(JSON.parse(stdout)).to.deep.equal({
      channel: {
        name: 'hook',
        type: 'webhook',
        source: 'database',
        format: 'json',
        target: new URL(url).origin,
        sendResolved: false,
        warnings: JSON.parse(stdout).channel.warnings,
      },
    });
    expect(stdout).to.not.include(TOKEN);
    expect((await json(dir, 'channels', 'test', 'hook')).results).to.deep.equal([
      { channel: 'hook', outcome: 'delivered', reason: null },
    ]);
    expect(received).to.have.length(1);
    expect(received[0]).to.include({ path: `/hook/${TOKEN}` });
    expect(received[0]?.headers).to.include({ 'x-key': TOKEN });
    expect((await run(dir, 'channels', 'list')).stdout).to.match(
      /^hook +webhook json +http:\/\/127\.0\.0\.1:\d+ +not told +database$/m,
    );
    expect(await json(dir, 'channels', 'delete', 'hook')).to.deep.equal({ deleted: ['hook'] });
    expect((await run(dir, 'channels', 'list')).stdout).to.match(/^There are no channels yet/);
  });

  it('tells all receivers of an email, however they are given', async () => {
    const dir = tempDir();
    const to = ['--to', 'a@example.com,b@example.com', '--to', 'c@example.com'];
    expect((await json(dir, 'channels', 'add', 'mail', ...to)).channel.target).to.match(/a@.*b@.*c@/);
    await json(dir, 'init', '--preset', 'daily_cost=25', '--channel', 'other', ...to);
    const { channels } = await json(dir, 'channels', 'list');
    expect(channels.find((channel: { name: string }) => channel.name === 'other').target).to.match(/a@.*b@.*c@/);
  });

  it('says what is wrong with a channel', async () => {
    const dir = tempDir();
    for (const [args, problem] of [
      [['--url', 'http://10.0.0.1/x'], /"url" .*10\.0\.0\.1.* private/],
      [['--url', 'no url'], /"url"/],
      [['--url', url, '--format', 'fax'], /"format" "fax" must be one of json, slack/],
      [['--to', 'nobody'], /"to": "nobody" is no e-mail address/],
      [['--type', 'command'], /configuration file only/],
      [[], /Give where to tell: --url for a webhook, --to for email, or --type stdout\./],
      [['--type', 'email'], /"to" must be given/],
      [['--url', '-'], /--url: there is none on standard input\./],
      [['--url', url, '--header', `Authorization ${TOKEN}`], /--header must be "Name: value"/],
      [['--type', url], /"type" \(a URL\) must be one of/],
    ] as const) {
      const { code, stderr } = await run(dir, 'channels', 'add', 'x', ...args);
      expect(code, stderr).to.equal(2);
      expect(stderr).to.match(problem).and.not.include(TOKEN);
    }
    const { code, stderr } = await run(dir, 'channels', 'test', 'nobody');
    expect([code, stderr]).to.deep.equal([
      1,
      'error: There is no channel "nobody", nor any other: agent-vitals alerts channels add makes one.\n',
    ]);
  });

  it('tests a rule on all its channels, and fails when one of them cannot be told', async () => {
    const dir = tempDir();
    await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--severity', 'critical');
    expect((await run(dir, 'add', 'other', '--preset', 'daily_cost', '--channel', 'hook')).stderr).to.equal(
      'note: there is no channel "hook" here: agent-vitals alerts channels add makes it.\n',
    );
    expect((await run(dir, 'test', 'spend')).stderr).to.match(/There are no channels: nobody is told/);
    await json(dir, 'channels', 'add', 'hook', '--url', url);
    await json(dir, 'channels', 'add', 'here', '--type', 'stdout');
    const told = await run(dir, 'test', 'spend');
    expect(told.code).to.equal(0);
    expect(told.stdout).to.match(/\[TEST\] spend: This is a test: nothing is wrong\. .*daily_cost day > \$10\.00/);
    expect(told.stdout)
      .to.match(/^here: delivered$/m)
      .and.to.match(/^hook: delivered$/m);
    expect(JSON.stringify(received[0]?.body)).to.include('[TEST] spend').and.include('critical');

    status = 500;
    const result = await runBuiltCli(['alerts', 'test', 'spend', '--channel', 'hook', '--dir', dir], { env });
    expect(result.code).to.equal(1);
    expect(result.stdout).to.equal('hook: not delivered: http_500\n');
    const { entries } = await json(dir, 'history', '--channel', 'hook', '--kind', 'delivery');
    expect(
      entries.map(({ channel, about, outcome, reason }: any) => ({ channel, about, outcome, reason })),
    ).to.deep.equal([
      { channel: 'hook', about: 'test', outcome: 'delivered', reason: null },
      { channel: 'hook', about: 'test', outcome: 'failed', reason: 'http_500' },
    ]);
    expect((await run(dir, 'history', '-n', '1')).stdout).to.match(/\(test\) +hook: not delivered: http_500$/m);
  });

  it('says what to do about a mail server whose certificate nobody vouches for', async () => {
    const dir = tempDir();
    const files = selfSigned();
    const mails = new SMTPServer({ key: readFileSync(files.key), cert: readFileSync(files.cert) });
    // A client that goes away is its own affair.
    mails.on('error', () => {});
    try {
      mails.listen(0, '127.0.0.1');
      await once(mails.server, 'listening');
      const { port } = mails.server.address() as AddressInfo;
      const smtp = { SMTP_HOST: 'localhost', SMTP_PORT: String(port), SMTP_USER: 'ops', SMTP_PASSWORD: TOKEN };
      await json(dir, 'channels', 'add', 'mail', '--to', 'a@example.com', '--from', 'b@example.com');
      const { code, stdout, stderr } = await runBuiltCli(['alerts', 'channels', 'test', 'mail', '--dir', dir], {
        env: smtp,
      });
      const reason = 'smtp_depth_zero_self_signed_cert';
      expect([code, stdout]).to.deep.equal([1, `mail: not delivered: ${reason}\n`]);
      for (const said of [stderr, (await run(dir, 'history')).stderr]) {
        expect(said).to.match(new RegExp(`^note: ${reason}: .* not trusted here.* NODE_EXTRA_CA_CERTS .*\\n$`));
        expect(said).to.not.include(TOKEN);
      }
    } finally {
      await new Promise<void>((resolve) => mails.close(resolve));
    }
  });

  it('says of a message whose sender is gone that it was interrupted', async () => {
    const dir = tempDir();
    const database = openAlertsDatabase(dir);
    const delivery = {
      kind: 'delivery',
      channel: 'hook',
      channelType: 'webhook',
      about: 'alerts',
      alerts: [],
    } as const;
    const gone = { ...delivery, attempt: 1, outcome: 'interrupted', reason: 'process_gone' } as const;
    writeHistory(database, { ...gone, atMillis: Date.now() - 1000, durationMillis: 5 });
    writeHistory(database, { ...delivery, attempt: 2, outcome: 'delivered', atMillis: Date.now(), durationMillis: 5 });
    database.close();
    const { stdout } = await run(dir, 'history');
    expect(stdout)
      .to.match(/hook: interrupted: process_gone$/m)
      .and.to.match(/hook: delivered$/m);
  });

  it('silences until an end, and ends that before', async () => {
    const dir = tempDir();
    expect((await run(dir, 'silence', 'list')).stdout).to.equal('Nothing is silenced.\n');
    const { silence } = await json(
      dir,
      'silence',
      'add',
      'rule=spend',
      'severity=~info|warning',
      '--for',
      '2h',
      '--comment',
      'deploy',
      '--by',
      'ann',
    );
    expect(silence).to.deep.include({
      state: 'active',
      matchers: ['rule=spend', 'severity=~info|warning'],
      comment: 'deploy',
      createdBy: 'ann',
    });
    expect(Date.parse(silence.endsAt) - Date.parse(silence.startsAt)).to.equal(7_200_000);
    await json(dir, 'silence', 'add', 'rule=slow', '--until', '2099-01-01T10:00', '--utc');
    expect((await json(dir, 'silence', 'list')).silences.map(({ endsAt }: any) => endsAt)[1]).to.equal(
      '2099-01-01T10:00:00.000Z',
    );
    const id = silence.id.slice(0, 8);
    expect((await run(dir, 'silence', 'list')).stdout).to.match(
      new RegExp(`^${id} +rule=spend, severity=~info\\|warning +active .* 2h +ann +deploy$`, 'm'),
    );
    expect((await json(dir, 'silence', 'expire', id)).silences[0].state).to.equal('expired');
    expect((await json(dir, 'silence', 'list')).silences).to.have.length(1);
    expect((await json(dir, 'silence', 'list', '--all')).silences).to.have.length(2);

    for (const [args, problem] of [
      [['rule=a'], /A silence has an end\. Give --for .* or --until/],
      [['rule=a', '--for', 'ever'], /--for: "ever" is no length of time\. Write 30m, 2h, 7d\./],
      [['rule=a', '--until', 'then'], /--until: "then" is no point in time/],
      [['rule=a', '--until', '2020-01-01'], /not in the past/],
      [['nonsense', '--for', '1h'], /"nonsense" is no matcher/],
      [['rule=~.*', '--for', '1h'], /would silence everything/],
    ] as const) {
      const { code, stderr } = await run(dir, 'silence', 'add', ...args);
      expect(code).to.equal(2);
      expect(stderr).to.match(problem).and.not.include(TOKEN);
    }
    expect((await run(dir, 'silence', 'expire', 'zzz')).code).to.equal(1);
  });

  it('has nothing to tell of before anything has happened', async () => {
    expect((await run(tempDir(), 'history')).stdout).to.equal('Nothing has happened.\n');
    expect((await run(tempDir(), 'history', '--since', 'when')).stderr).to.match(/--since: "when" is no point in time/);
    const dir = tempDir();
    await json(dir, 'add', 'spend', '--preset', 'daily_cost');
    expect((await run(dir, 'history', '--rule', 'spend')).stdout).to.equal('Nothing has happened.\n');
    for (const what of ['rule', 'channel']) {
      expect((await run(dir, 'history', `--${what}`, 'spent')).stderr).to.match(
        new RegExp(`^error: There is no ${what} "spent"`),
      );
    }
  });
});
