// The alert presets on agents, with whole processes: one is killed, another notices it and tells.
import { join } from 'node:path';
import { expect } from 'chai';
import { AGENTS } from '../../../src/coordination/agents/agent-record.ts';
import { openSqliteStore } from '../../../src/coordination/store/sqlite/sqlite-store.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeCollector } from '../../support/fake-collector.ts';
import { type RunningProcess, startProcess } from '../../support/run-process.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

const root = join(import.meta.dirname, '../../..');

describe('alerts on agents', () => {
  let receiver: FakeCollector;
  let dir: string;
  const running: RunningProcess[] = [];
  beforeEach(async () => {
    receiver = await FakeCollector.start();
    dir = tempDir();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((child) => child.stop('SIGKILL')));
    await receiver.stop();
  });
  after(removeTempDirs);

  async function start(name: string, calls: number, rule: object): Promise<RunningProcess> {
    const app = join(root, 'test/coordination/child/runs.mjs');
    const child = startProcess(
      process.execPath,
      ['--import', join(root, 'dist/register.cjs'), app, name, String(calls)],
      {
        env: {
          AGENT_VITALS_DIR: dir,
          AGENT_VITALS_PROMETHEUS_ENABLED: 'false',
          // Longer than a loaded machine lets a process stand still that lives.
          AGENT_VITALS_COORDINATION_AGENT_TTL_MILLIS: '3000',
          AGENT_VITALS_ALERTS_INTERVAL_MILLIS: '200',
          AGENT_VITALS_ALERTS_GROUP_WAIT_MILLIS: '0',
          AGENT_VITALS_ALERTS_ALLOW_PRIVATE_HOSTS: '127.0.0.1,localhost',
          AGENT_VITALS_ALERTS_CHANNELS: JSON.stringify({ ops: { type: 'webhook', url: `${receiver.endpoint}/hook` } }),
          AGENT_VITALS_ALERTS_RULES: JSON.stringify([rule]),
        },
      },
    );
    running.push(child);
    await child.printed('running');
    return child;
  }

  const told = (): string[] => receiver.taken.map(({ body }) => (JSON.parse(body) as { title: string }).title);

  it('agent_lost fires when a process with an agent is killed', async () => {
    const rule = { name: 'lost', preset: 'agent_lost' };
    await start('watcher', 0, rule);
    const victim = await start('victim', 0, rule);
    const store = await openSqliteStore(dir);
    const names = async () => (await store.list(AGENTS)).records.map(({ value }) => (value as { name: string }).name);
    await eventually('its first beat', async () => (await names()).includes('victim'));
    await store.close();
    await victim.stop('SIGKILL');
    await eventually('the alert', () => told().length > 0, 30_000);
    expect(told()[0]).to.equal('[FIRING:1] lost');
    expect(receiver.taken[0]?.body).to.contain('1 agent lost');
  }).timeout(60_000);

  it('runaway_agent fires while the run goes on', async () => {
    await start('worker', 4, { name: 'runaway', preset: 'runaway_agent', threshold: 3 });
    await eventually('the alert', () => told().length > 0, 30_000);
    expect(receiver.taken[0]?.body).to.contain('A run of the agent worker made 4 calls, more than 3');
  }).timeout(60_000);
});
