import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { agents } from '../../../src/coordination/agents/agents.ts';
import { flushHeartbeats, takeHeartbeat } from '../../../src/coordination/agents/heartbeats.ts';
import { lookAfterAgents } from '../../../src/coordination/agents/watch-agents.ts';
import { configureCoordination, coordinationSettings } from '../../../src/coordination/settings.ts';
import { closeCoordination, coordinationStore } from '../../../src/coordination/store/process-store.ts';
import type { Heartbeat } from '../../../src/semconv.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningProcess, startProcess } from '../../support/run-process.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { onEachEngine } from '../on-each-engine.ts';

const beat = (id: string, said: Partial<Heartbeat> = {}): Heartbeat => ({
  id,
  name: 'worker',
  version: '1',
  status: 'running',
  progress: 0.25,
  task: 'counting',
  metadata: { region: 'eu' },
  expectEveryMillis: 60_000,
  heartbeatThread: false,
  isLast: false,
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  ...said,
});

describe('the agents of the store', () => {
  /** Ids of each test's own: what the process knows of an agent it keeps. */
  let a: string;
  let b: string;
  let tests = 0;
  const running: RunningProcess[] = [];

  onEachEngine((engine) => {
    beforeEach(() => {
      tests += 1;
      [a, b] = [`a-${tests}`, `b-${tests}`];
      engine.configure({ agentTtlMillis: 100 });
    });
    afterEach(() => Promise.all(running.splice(0).map((child) => child.stop('SIGKILL'))));

    const listed = async (): Promise<Record<string, string>> =>
      Object.fromEntries((await agents.list()).map(({ id, state }) => [id, state]));
    const toBe = (id: string, state: string): Promise<unknown> =>
      eventually(`${id} to be ${state}`, async () => (await agents.get(id))?.state === state);
    const eventsOf = async (type: string): Promise<unknown[]> =>
      (await coordinationStore().read({ types: [type], limit: 100 })).map(({ value }) => value);

    async function startChild(id: string, ...args: string[]): Promise<RunningProcess> {
      const child = startProcess(
        process.execPath,
        ['--import', 'tsx', join(import.meta.dirname, '../child/agent.ts'), id, ...args],
        { env: { ...engine.env(), AGENT_VITALS_COORDINATION_AGENT_TTL_MILLIS: '300' } },
      );
      running.push(child);
      await child.printed('ready');
      await eventually(`${id} to be listed`, () => agents.get(id));
      return child;
    }

    it('are listed with what they said last', async () => {
      takeHeartbeat(beat(a));
      takeHeartbeat(beat(a, { progress: 0.5, task: 'writing' }));
      takeHeartbeat(beat(b, { name: 'other', status: 'completed' }));
      const [other, worker] = await agents.list();
      expect(other).to.include({ id: b, state: 'ended', status: 'completed' });
      expect(worker).to.deep.include({
        id: a,
        name: 'worker',
        version: '1',
        state: 'alive',
        status: 'running',
        progress: 0.5,
        task: 'writing',
        metadata: { region: 'eu' },
        pid: process.pid,
        traceId: 'a'.repeat(32),
      });
      expect(worker?.startedAt).to.be.at.most(worker?.lastBeatAt ?? 0);
      expect(await agents.get(a)).to.deep.equal(worker);
      expect(await agents.get('none')).to.equal(undefined);
    });

    it('are lost after their time to live, and stay listed with what they did last', async () => {
      takeHeartbeat(beat(a, { expectEveryMillis: 50 }));
      takeHeartbeat(beat(b));
      takeHeartbeat(beat(`c-${tests}`, { expectEveryMillis: 50, status: 'failed' }));
      await toBe(a, 'lost');
      expect(await listed()).to.deep.equal({ [a]: 'lost', [b]: 'alive', [`c-${tests}`]: 'ended' });
      const lost = await agents.get(a);
      expect(lost).to.include({ status: 'running', progress: 0.25, task: 'counting' });
      // Three intervals here, for the time to live is shorter.
      expect((lost?.since ?? 0) - (lost?.lastBeatAt ?? 0)).to.equal(150);
      takeHeartbeat(beat(a));
      await toBe(a, 'alive');
    });

    it('are told once when they are stale or lost, and counted', async () => {
      takeHeartbeat(beat(a, { expectEveryMillis: 50 }));
      takeHeartbeat(beat(b));
      await toBe(a, 'lost');
      // Each as another process whose turn it is, and which knows nothing of the one before.
      for (let look = 0; look < 2; look++) {
        await coordinationStore().remove('agent-looks', ['look']);
        expect((await lookAfterAgents()).worker).to.include({ alive: 1, blocked: 0, stale: 0, lost: 1 });
      }
      const told = (await eventsOf('agent.lost')) as { payload: object; agent: object }[];
      expect(told).to.have.length(1);
      expect(told[0]?.agent).to.deep.equal({ id: a, name: 'worker' });
      expect(told[0]?.payload).to.include({ status: 'running', task: 'counting' });
    });

    it('appear as events: each beat, and apart from them each change of status', async () => {
      const still = beat(a);
      takeHeartbeat(still);
      takeHeartbeat(still);
      takeHeartbeat(beat(a, { progress: 1 }));
      takeHeartbeat(beat(a, { status: 'completed' }));
      await eventually('the end', async () => (await agents.get(a))?.status === 'completed');
      expect(await eventsOf('agent.heartbeat')).to.have.length(2);
      const changes = (await eventsOf('agent.running')) as { payload: { status: string }; traceparent: string }[];
      expect(changes).to.have.length(1);
      expect(await eventsOf('agent.completed')).to.have.length(1);
      expect(changes[0]?.traceparent).to.equal(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
    });

    it('are taken off the list when they are to be forgotten', async () => {
      takeHeartbeat(beat(a));
      takeHeartbeat(beat(b));
      await eventually('both', async () => (await agents.list()).length === 2);
      expect(await agents.forget(a, 'none')).to.equal(1);
      expect(await listed()).to.deep.equal({ [b]: 'alive' });
      const refused: unknown = await agents.forget().catch((error: unknown) => error);
      expect(String(refused)).to.contain('forget() takes the ids');
    });

    it('of a process that is killed are lost', async () => {
      const child = await startChild('killed');
      await toBe('killed', 'alive');
      await child.stop('SIGKILL');
      await toBe('killed', 'lost');
      expect(await agents.get('killed')).to.include({ status: 'running', task: 'counting', pid: child.pid });
    });

    it('of a process that ends have said so', async () => {
      const child = await startChild('ending');
      child.child.stdin?.write('stop\n');
      expect(await child.ended).to.include({ code: 0, stderr: '' });
      expect(await agents.get('ending')).to.include({ status: 'completed', state: 'ended' });
    });

    it('of a process whose event loop is blocked are told from those of a dead one', async () => {
      const child = await startChild('blocked', '50', 'thread');
      child.child.stdin?.write('block\n');
      await toBe('blocked', 'blocked');
      const blocked = await agents.get('blocked');
      expect(blocked?.since).to.be.at.most(Date.now() - 900);
      expect(blocked?.lastBeatAt).to.be.at.most((blocked?.since ?? 0) + 1000);
      await child.stop('SIGKILL');
      await toBe('blocked', 'lost');
    });
  });

  it('say nothing where everything is switched off', async () => {
    const usual = coordinationSettings();
    const dir = tempDir();
    configureCoordination({ ...usual, dir, disabled: true });
    takeHeartbeat(beat('silent'));
    await flushHeartbeats();
    configureCoordination({ ...usual, dir });
    expect(await agents.list()).to.deep.equal([]);
    await closeCoordination();
    configureCoordination(usual);
  });

  it('go on while the store is broken, and are listed when it is mended', async () => {
    const dir = tempDir();
    configureCoordination({ ...coordinationSettings(), dir });
    const file = join(dir, 'coordination.db');
    writeFileSync(file, 'no database, but a letter. '.repeat(100));
    for (let i = 0; i < 10; i++) takeHeartbeat(beat('survivor', { progress: i / 10 }));
    await eventually('the failure', () =>
      agents.list().then(
        () => false,
        () => true,
      ),
    );
    rmSync(file);
    takeHeartbeat(beat('survivor', { progress: 1, status: 'completed' }));
    await eventually('the last word', async () => (await agents.get('survivor'))?.progress === 1);
    await closeCoordination();
  });
});
