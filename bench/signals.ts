// How long after it was sent a signal wakes an agent that waits for it in another process, over SQLite and Redis, beside an agent that asks every
// 100 ms; and what waiting costs while nothing comes. Asserts that each signal arrives, once and in order, then times it.
// Run: npx tsx bench/signals.ts [signals]. Needs redis-server.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { configureCoordination, coordinationSettings } from '../src/coordination/settings.ts';
import { closeCoordination } from '../src/coordination/store/process-store.ts';
import { signals } from '../src/index.ts';
import { startRedis } from '../test/support/redis.ts';
import { removeTempDirs, tempDir } from '../test/support/temp-dir.ts';

const COUNT = Number(process.argv[2] ?? 200);
const IDLE_MILLIS = 5000;
const usual = coordinationSettings();

async function measure(name: string, way: readonly string[], redisUrl?: string): Promise<void> {
  const dir = tempDir();
  configureCoordination({ ...usual, dir, redisUrl });
  const env = {
    ...process.env,
    AGENT_VITALS_DIR: dir,
    ...(redisUrl !== undefined && { AGENT_VITALS_REDIS_URL: redisUrl }),
  };
  const echo = fork(join(import.meta.dirname, 'signals/echo.ts'), way, { env, execArgv: ['--import', 'tsx'] });
  const ended = once(echo, 'exit');
  const millis: number[] = [];
  for (let n = 0; n <= COUNT; n += 1) {
    const sentAt = performance.timeOrigin + performance.now();
    await signals.send({ agent: 'bench', type: 'ping', to: 'echo', payload: n });
    const pong = await signals.wait({ agent: 'bench', type: 'pong', timeout: 30_000 });
    assert.ok(pong, 'no answer');
    const { n: answered, receivedAt } = pong.payload as { n: number; receivedAt: number };
    assert.equal(answered, n);
    // The first waits for the process to start.
    if (n > 0) millis.push(receivedAt - sentAt);
    await sleep(20 * Math.random());
  }
  await signals.send({ type: 'ping', to: 'echo', payload: 'end' });
  assert.deepEqual(await ended, [0, null]);
  assert.deepEqual(await signals.pending(), []);
  await closeCoordination();
  millis.sort((left, right) => left - right);
  const at = (share: number): string => (millis[Math.ceil(share * millis.length) - 1] as number).toFixed(1);
  console.log(`${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms`);
}

async function measureIdle(name: string, redisUrl?: string): Promise<void> {
  configureCoordination({ ...usual, dir: tempDir(), redisUrl });
  await signals.check({ agent: 'bench' });
  const before = process.cpuUsage();
  assert.equal(await signals.wait({ agent: 'bench', type: 'never', timeout: IDLE_MILLIS }), undefined);
  const { user, system } = process.cpuUsage(before);
  await closeCoordination();
  console.log(`${name}, while nothing comes: ${((user + system) / IDLE_MILLIS / 10).toFixed(2)} % of a core`);
}

const redis = await startRedis();
for (const url of [undefined, redis.url]) {
  const engine = url === undefined ? 'SQLite' : 'Redis';
  await measure(`${engine}, waiting`, ['wait'], url);
  await measure(`${engine}, asking every 100 ms`, ['poll', '100'], url);
  await measureIdle(engine, url);
}
await redis.stop();
removeTempDirs();
