// What 10,000 agents that beat every ten seconds cost in the SQLite store: many beats in one transaction, as they are written, beside a
// transaction for each. Asserts that every beat has arrived and that nobody is taken for stale, then times it.
// Run: npx tsx bench/heartbeats.ts [agents] [seconds]
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AGENTS, toRecord } from '../src/coordination/agents/agent-record.ts';
import { takeHeartbeat } from '../src/coordination/agents/heartbeats.ts';
import { readAgents } from '../src/coordination/agents/known-agents.ts';
import { newEvent } from '../src/coordination/own-event.ts';
import { configureCoordination, coordinationSettings } from '../src/coordination/settings.ts';
import { closeCoordination, coordinationStore } from '../src/coordination/store/process-store.ts';
import { sendBeatsTo } from '../src/instrumentation/agent/beat-sink.ts';
import { startAgent } from '../src/instrumentation/agent/with-agent.ts';
import type { Heartbeat } from '../src/semconv.ts';

const AGENT_COUNT = Number(process.argv[2] ?? 10_000);
const SECONDS = Number(process.argv[3] ?? 30);
const EVERY_MILLIS = 10_000;

/** Percent of one core that the process takes while `millis` go by. */
async function coreWhile(run: () => Promise<void>): Promise<{ percent: number; seconds: number }> {
  const started = performance.now();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1000;
  return { percent: (user + system) / 1e4 / seconds, seconds };
}

async function inStore(run: () => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
  configureCoordination({ ...coordinationSettings(), dir });
  try {
    await run();
  } finally {
    await closeCoordination();
    rmSync(dir, { recursive: true, force: true });
  }
}

// The agents themselves, with their timers, beats, batches, and the look that is taken at all of them.
await inStore(async () => {
  let beats = 0;
  sendBeatsTo((beat) => {
    beats += 1;
    takeHeartbeat(beat);
  });
  const started: ReturnType<typeof startAgent>[] = [];
  // Spread over an interval, as agents are that were not started in the same moment.
  for (let i = 0; i < AGENT_COUNT; i += 100) {
    for (let j = i; j < Math.min(i + 100, AGENT_COUNT); j++) {
      const agent = startAgent({ name: `agent-${j % 20}`, heartbeatEveryMillis: EVERY_MILLIS });
      agent.beat({ status: 'running', progress: 0.5, task: `step ${j}` });
      started.push(agent);
    }
    await sleep((EVERY_MILLIS * 100) / AGENT_COUNT);
  }
  beats = 0;
  const { percent, seconds } = await coreWhile(() => sleep(SECONDS * 1000));
  const written = beats;
  const { now, agents } = await readAgents();
  assert.equal(agents.length, AGENT_COUNT);
  assert.ok(written >= (AGENT_COUNT * SECONDS * 800) / EVERY_MILLIS, `only ${written} beats`);
  assert.deepEqual([...new Set(agents.map(({ state }) => state))], ['alive']);
  for (const { id, lastBeatAt } of agents) assert.ok(now - lastBeatAt < 1.5 * EVERY_MILLIS, id);
  console.log(
    `${AGENT_COUNT} agents, ${(written / seconds).toFixed(0)} beats a second, as they are: ${percent.toFixed(2)} % of a core`,
  );
  for (const agent of started) agent.stop();
  await sleep(2000);
});

// The same number of beats a second, each in a transaction of its own.
await inStore(async () => {
  const perSecond = (AGENT_COUNT * 1000) / EVERY_MILLIS;
  const beat = (index: number): Heartbeat => ({
    id: `agent-${index}`,
    name: 'agent',
    version: undefined,
    status: 'running',
    progress: 0.5,
    task: `step ${index}`,
    metadata: {},
    expectEveryMillis: EVERY_MILLIS,
    heartbeatThread: false,
    isLast: false,
    traceId: undefined,
    spanId: undefined,
  });
  const store = coordinationStore();
  const seconds = Math.min(SECONDS, 10);
  const { percent } = await coreWhile(async () => {
    for (let second = 0; second < seconds; second++) {
      const until = performance.now() + 1000;
      for (let i = 0; i < perSecond; i++) {
        const one = beat(second * perSecond + i);
        const event = newEvent('agent.heartbeat', { status: one.status }, { agent: one });
        await store.put([
          { collection: AGENTS, key: one.id, value: toRecord(one, 0, undefined), ttlMillis: 86_400_000, event },
        ]);
      }
      await sleep(Math.max(0, until - performance.now()));
    }
  });
  assert.equal((await readAgents()).agents.length, perSecond * seconds);
  console.log(`${perSecond} beats a second, one a transaction: ${percent.toFixed(2)} % of a core`);
});
