// What a Redis server can do to those who use it: die, hang, be full, refuse, forget.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type CoordinationSettings,
  configureCoordination,
  coordinationSettings,
} from '../../../src/coordination/settings.ts';
import { closeCoordination, coordinationStatus } from '../../../src/coordination/store/process-store.ts';
import { events, StoreUnavailableError, signals, type VitalsEvent } from '../../../src/index.ts';
import { eventually } from '../../support/eventually.ts';
import { hasRedis, type RedisOptions, type RedisServer, startRedis } from '../../support/redis.ts';
import { runProcess } from '../../support/run-process.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

/** What it has said is on its disk. */
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always'];

describe('a Redis server', () => {
  let usual: CoordinationSettings;
  let redis: RedisServer;
  before(function () {
    if (!hasRedis()) this.skip();
  });
  beforeEach(() => (usual = coordinationSettings()));
  afterEach(async () => {
    await closeCoordination();
    configureCoordination(usual);
    await redis.stop();
  });
  after(removeTempDirs);

  async function use(options: RedisOptions = {}): Promise<void> {
    redis = await startRedis(options);
    configureCoordination({ ...usual, dir: tempDir(), redisUrl: redis.url });
  }
  async function failure(promise: Promise<unknown>): Promise<string> {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(StoreUnavailableError);
    return String(error);
  }
  const send = (payload: unknown) => signals.send({ type: 'task', to: 'worker', payload });

  it('that is killed and started again goes on with all it had, and who waits and follows notices nothing else', async () => {
    await use({ settings: DURABLE });
    await send('before');
    const followed: VitalsEvent[] = [];
    const abort = new AbortController();
    const following = (async () => {
      for await (const event of events.follow({ types: 'note', after: '0', signal: abort.signal }))
        followed.push(event);
    })();
    await events.publish({ type: 'note', payload: 1 });
    const waiting = signals.wait({ agent: 'other', timeout: 25_000 });
    await eventually('the first', () => followed.length === 1);

    await redis.kill();
    expect(await failure(send('meanwhile'))).to.match(/not available: no connection to Redis/);
    expect(await events.publish({ type: 'note', payload: 'lost' })).to.equal(undefined);
    expect(coordinationStatus()?.state).to.equal('degraded');
    await redis.restart();

    await eventually('the store to mend', () => send('after'));
    expect(coordinationStatus()).to.include({ engine: 'redis', state: 'healthy' });
    await events.publish({ type: 'note', payload: 2 });
    await signals.send({ type: 'task', to: 'other' });
    expect(await waiting).to.include({ type: 'task' });
    await eventually('the second', () => followed.length === 2);
    abort.abort();
    await following;
    expect(followed.map(({ payload }) => payload)).to.deep.equal([1, 2]);
    const kept = await signals.check({ agent: 'worker', take: true });
    expect(kept.map(({ payload }) => payload)).to.deep.equal(['before', 'after']);
  });

  it('that forgets everything does not take the ids back', async () => {
    await use();
    const first = await events.publish({ type: 'note', payload: 1 });
    const follower = events.follow({ after: first!.id });
    const next = follower.next();
    await redis.kill();
    await redis.restart();
    await eventually('the store to mend', () => events.publish({ type: 'note', payload: 2 }));
    expect(((await next).value as VitalsEvent).payload).to.equal(2);
    await follower.return?.();
  });

  it('that drops its connections is used again at once, and still wakes who waits', async () => {
    await use();
    const waiting = signals.wait({ agent: 'worker', timeout: 25_000 });
    await send('first');
    await waiting;
    const second = signals.wait({ agent: 'worker', timeout: 25_000 });
    const listeners = async () => (await redis.reply('CLIENT LIST TYPE pubsub')).match(/\bid=\d+/g) ?? [];
    const before = await eventually('a listener', async () => (await listeners())[0]);
    // Who waits looks every second: right after that nothing is under way, which would be lost with its connection.
    const done = coordinationStatus()?.done ?? 0;
    await eventually('a look', () => (coordinationStatus()?.done ?? 0) > done);
    // In one write, which the server does without a pause: else the second could hit who has come back already.
    await redis.command('CLIENT KILL TYPE normal SKIPME yes\r\nCLIENT KILL TYPE pubsub');
    await eventually('a new listener', async () => (await listeners()).some((id) => id !== before));
    await send('second');
    expect(await second).to.include({ payload: 'second' });
    expect(coordinationStatus()?.failed).to.equal(0);
  });

  it('that hangs is given up after a while', async () => {
    await use();
    await send('first');
    process.kill(redis.pid, 'SIGSTOP');
    try {
      expect(await failure(send('second'))).to.include('Redis does not answer');
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
    await eventually('the store to mend', () => signals.pending());
  });

  it('that is full says so, and what it has can be read', async () => {
    await use();
    await send('first');
    await redis.command('CONFIG SET maxmemory 1');
    expect(await failure(send('second'))).to.include('Redis is full (OOM)');
    const kept = await eventually('the next try', () => signals.pending());
    expect(kept.map(({ payload }) => payload)).to.deep.equal(['first']);
    await redis.command('CONFIG SET maxmemory 0');
    await eventually('the store to mend', () => send('third'));
  });

  it('that forgets the script is given it again', async () => {
    await use();
    await send('first');
    await redis.command('SCRIPT FLUSH');
    await send('second');
    expect(coordinationStatus()?.failed).to.equal(0);
  });

  it('is told by its faults, never by its address', async () => {
    await use({ password: 'hunter2secret' });
    await send('first');
    const wrong: [string, string][] = [
      [redis.url.replace('hunter2secret', 'hunter3secret'), 'Redis answers WRONGPASS'],
      ['http://user:hunter3secret@localhost', 'redisUrl must be as redis://'],
      ['redis://user:hunter3secret@127.0.0.1:1', 'no connection to Redis (ECONNREFUSED)'],
    ];
    for (const [redisUrl, reason] of wrong) {
      configureCoordination({ ...usual, redisUrl });
      const said = await failure(send('second'));
      expect(said).to.include(reason);
      expect(said + JSON.stringify(coordinationStatus())).not.to.include('hunter');
    }
  });

  it('leaves no key that would stay for ever', async () => {
    await use();
    await send('first');
    await signals.broadcast({ type: 'stop' });
    await signals.check({ agent: 'worker', take: true, lease: 1000 });
    await events.publish({ type: 'note' });
    const count = Number((await redis.command('DBSIZE')).slice(1));
    expect(count).to.be.greaterThan(5);
    const expiring = /expires=(\d+)/.exec((await redis.reply('INFO keyspace')) ?? '');
    expect(Number(expiring?.[1])).to.equal(count);
  });

  it('is no use without the package, which is said', async () => {
    await use();
    const dir = tempDir();
    const hook = join(dir, 'not-installed.mjs');
    writeFileSync(
      hook,
      `import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name === 'redis') throw Object.assign(new Error('Cannot find package redis'), { code: 'MODULE_NOT_FOUND' });
        return next(name, context);
      } });`,
    );
    const script = `const { signals } = require('agent-vitals');
      signals.send({ type: 'task', to: 'worker' }).catch((error) => console.log(error.name, error.message));`;
    const { stdout, code } = await runProcess(process.execPath, ['--import', hook, '-e', script], {
      cwd: import.meta.dirname,
      env: { AGENT_VITALS_REDIS_URL: redis.url, NODE_V8_COVERAGE: '' },
    });
    expect(stdout).to.include('StoreUnavailableError').and.include('the package "redis" is not installed');
    expect(code).to.equal(0);
  });
});
