import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { runBuiltCli, startBuiltCli } from '../support/cli.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('the commands on the store', () => {
  let dir: string;
  beforeEach(() => (dir = join(tempDir(), 'vitals')));
  after(removeTempDirs);

  const cli = (args: string[], env: Record<string, string> = {}) =>
    runBuiltCli(args, { env: { AGENT_VITALS_DIR: dir, ...env } });
  async function json<T>(args: string[], env?: Record<string, string>): Promise<T> {
    const { code, stdout, stderr } = await cli([...args, '--json'], env);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as T;
  }

  it('send signals, show what waits, and clear it', async () => {
    const sent = await json<{ id: string }>([
      'signals',
      'send',
      'task',
      '{"n":1}',
      '--to',
      'worker',
      '--ttl',
      '90s',
      '--as',
      'boss',
    ]);
    expect(sent).to.include({ type: 'task', to: 'worker' });
    await cli(['signals', 'broadcast', 'stop', 'at once']);
    const { signals } = await json<{ signals: Record<string, unknown>[] }>(['signals']);
    expect(signals).to.have.length(2);
    const [direct, all] = signals;
    expect(direct).to.include({ id: sent.id, type: 'task', to: 'worker', from: 'boss', deliveries: 0 });
    expect(direct!['payload']).to.deep.equal({ n: 1 });
    expect(Date.parse(String(direct!['expiresAt'])) - Date.parse(String(direct!['sentAt']))).to.equal(90_000);
    expect(all).to.include({ type: 'stop', to: null, from: null, payload: 'at once' });
    const table = (await cli(['signals', '--type', 'task'])).stdout.trimEnd().split('\n');
    expect(table[0]).to.match(/^SENT +TYPE +TO +FROM +TTL +TAKEN +PAYLOAD$/);
    expect(table[1]).to.match(/ task +worker +boss +1m30s +\{"n":1\}$/);
    const refused = await cli(['signals', 'clear', '--to', 'worker']);
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.include('Give --yes to remove 1 signal');
    expect(await json(['signals', 'clear', '--to', 'worker', '--yes'])).to.deep.equal({ removed: 1 });
    expect((await cli(['signals', '--to', 'worker'])).stdout).to.include('No such signal waits');
  });

  it('publish, show, count, trim and delete events', async () => {
    for (const n of [1, 2, 3]) await cli(['events', 'publish', 'step', `{"n":${n}}`]);
    const published = await json<Record<string, unknown>>(['events', 'publish', 'note', 'plain text']);
    expect(published).to.include({ type: 'note', payload: 'plain text', agent: null, traceId: null, spanId: null });
    const { events } = await json<{ events: { id: string; payload: unknown }[] }>([
      'events',
      '--type',
      'step',
      '-n',
      '2',
    ]);
    expect(events.map(({ payload }) => payload)).to.deep.equal([{ n: 2 }, { n: 3 }]);
    const later = await json<{ events: unknown[] }>(['events', '--after', events[0]!.id]);
    expect(later.events).to.have.length(2);
    const { streams } = await json<{ streams: Record<string, unknown>[] }>(['events', 'info']);
    expect(streams.map(({ type, length }) => [type, length])).to.deep.equal([
      ['note', 1],
      ['step', 3],
    ]);
    expect((await cli(['events', '--type', 'note'])).stdout).to.match(/note +plain text\n$/);
    expect(await json(['events', 'trim', 'step', '--keep', '2'])).to.deep.equal({ type: 'step', removed: 1 });
    expect(await json(['events', 'delete', 'step', events[0]!.id, '--yes'])).to.deep.equal({
      type: 'step',
      removed: 1,
    });
    expect((await cli(['events', 'delete', 'step'])).code).to.equal(2);
    expect(await json(['events', 'delete', 'step', '-y'])).to.deep.equal({ type: 'step', removed: 1 });
    expect((await cli(['events', 'info'])).stdout).to.not.include('step');
  });

  it('follow events live, until they are interrupted', async () => {
    await cli(['events', 'publish', 'step', '0']);
    const following = startBuiltCli(['events', '--follow', '--json'], { env: { AGENT_VITALS_DIR: dir } });
    await following.printed('"payload":0');
    await cli(['events', 'publish', 'step', '1']);
    await cli(['signals', 'send', 'task', '--to', 'worker']);
    await following.printed('signal.sent');
    const { code, stdout } = await following.stop('SIGINT');
    expect(code).to.equal(0);
    const types = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).to.deep.equal(['step', 'step', 'signal.sent']);
  });

  it('make no file by looking', async () => {
    expect((await cli(['events'])).stdout).to.include('There are no events');
    expect((await cli(['signals'])).stdout).to.include('No signal waits');
    expect(await json(['events', 'info'])).to.deep.equal({ streams: [] });
    expect(await json(['signals', 'clear'])).to.deep.equal({ removed: 0 });
    expect(await json(['events', 'trim', 'step', '--keep', '1'])).to.deep.equal({ type: 'step', removed: 0 });
    expect(await json(['events', 'delete', 'step'])).to.deep.equal({ type: 'step', removed: 0 });
    expect((await cli(['feedback', 'recommend', '--workflow', 'w'])).stderr).to.include('There are no scores');
    expect(existsSync(dir)).to.equal(false);
  });

  it('say what is wrong, and how it ended', async () => {
    const wrong: [string[], RegExp][] = [
      [['signals', 'send', 'task'], /--to/],
      [['signals', 'send', 'task', '--to', 'a', '--ttl', 'soon'], /duration: 30s/],
      [['signals', 'send', '', '--to', 'a'], /type must be a text of 1 to 256 characters/],
      [['events', '--after', 'yesterday', '-n', '1'], /after must be the id of an event/],
      [['events', 'nonsense'], /error/],
    ];
    await cli(['events', 'publish', 'a']);
    for (const [args, message] of wrong) {
      const { code, stderr } = await cli(args);
      expect(stderr, args.join(' ')).to.match(message);
      expect(code, args.join(' ')).to.equal(2);
    }
    writeFileSync(join(dir, 'coordination.db'), 'a letter, no database '.repeat(200));
    const broken = await cli(['events']);
    expect(broken.code).to.equal(1);
    expect(broken.stderr).to.include('file is not a database');
  });

  describe('in Redis', () => {
    let redis: RedisServer | undefined;
    before(async function () {
      if (!hasRedis()) this.skip();
      redis = await startRedis({ password: 'hunter2secret' });
    });
    after(() => redis?.stop());

    it('do the same, and never show the password', async () => {
      const env = { AGENT_VITALS_REDIS_URL: redis!.url };
      await json(['events', 'publish', 'step', '1'], env);
      expect((await json<{ events: unknown[] }>(['events'], env)).events).to.have.length(1);
      const wrong = { AGENT_VITALS_REDIS_URL: redis!.url.replace('hunter2secret', 'hunter3secret') };
      const refused = await cli(['events'], wrong);
      expect(refused.code).to.equal(1);
      expect(refused.stderr).to.include('Redis answers WRONGPASS');
      const doctor = await cli(['doctor'], wrong);
      for (const { stdout, stderr } of [refused, doctor]) expect(stdout + stderr).not.to.match(/hunter/);
    });
  });
});
