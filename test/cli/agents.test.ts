import { join } from 'node:path';
import { expect } from 'chai';
import { runBuiltCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningProcess, startProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

interface ListedAgent {
  readonly id: string;
  readonly state: string;
}

describe('the command line of agents, approvals and feedback', () => {
  let dir: string;
  const running: RunningProcess[] = [];
  beforeEach(() => (dir = join(tempDir(), 'vitals')));
  afterEach(() => Promise.all(running.splice(0).map((child) => child.stop('SIGKILL'))));
  after(removeTempDirs);

  const env = (): Record<string, string> => ({
    AGENT_VITALS_DIR: dir,
    AGENT_VITALS_COORDINATION_AGENT_TTL_MILLIS: '100',
    AGENT_VITALS_TIERS: '{"cheap":["gpt-4o-mini"],"standard":["gpt-4o"]}',
  });
  const cli = (...args: string[]) => runBuiltCli(args, { env: env() });
  async function json<T>(...args: string[]): Promise<T> {
    const { stdout, stderr } = await cli(...args, '--json');
    expect(stderr).to.equal('');
    return JSON.parse(stdout) as T;
  }
  async function start(file: string, ...args: string[]): Promise<RunningProcess> {
    const path = join(import.meta.dirname, `../coordination/child/${file}.ts`);
    const child = startProcess(process.execPath, ['--import', 'tsx', path, ...args], { env: env() });
    running.push(child);
    await child.printed(file === 'agent' ? 'ready' : 'asked');
    return child;
  }
  const listed = async (...args: string[]): Promise<ListedAgent[]> =>
    (await json<{ agents: ListedAgent[] }>('agents', ...args)).agents;

  describe('agents', () => {
    it('says where there are none', async () => {
      expect(await cli('agents')).to.include({ code: 0, stdout: `There are no agents in ${dir}.\n` });
      expect(await json('agents')).to.deep.equal({
        agents: [],
        counts: { alive: 0, blocked: 0, stale: 0, lost: 0, ended: 0 },
      });
      expect((await cli('agents', 'show', 'x')).code).to.equal(1);
      expect((await cli('agents', '--state', 'well')).code).to.equal(2);
    });

    it('lists who lives and who is lost, shows one, and forgets the lost', async () => {
      const child = await start('agent', 'a-1', '1000');
      const [alive] = await eventually('the agent', async () => {
        const all = await listed();
        return all.length > 0 ? all : undefined;
      });
      expect(alive).to.include({
        id: 'a-1',
        name: 'child',
        version: null,
        state: 'alive',
        status: 'running',
        progress: 0.5,
        task: 'counting',
        pid: child.pid,
        traceId: null,
      });
      const [header, row] = (await cli('agents')).stdout.split('\n');
      expect(header).to.match(/^NAME +ID +STATE +STATUS +DONE +LAST BEAT +STARTED +PROCESS +TASK$/);
      expect(row).to.match(/^child +a-1 +alive +running +50\.0% .* ago .* counting$/);
      await child.stop('SIGKILL');
      await eventually('its loss', async () => (await listed('--state', 'lost')).length === 1);
      expect((await cli('agents', 'show', 'a-1')).stdout).to.match(
        /state +lost since .*\nstatus +running, 50\.0% done\ntask +counting/,
      );
      expect((await cli('agents', 'forget')).code).to.equal(2);
      expect((await cli('agents', 'forget', '--lost')).stderr).to.contain('Give --yes to remove 1 agent');
      expect(await json('agents', 'forget', '--lost', '--yes')).to.deep.equal({ forgotten: 1 });
      expect(await listed('--all')).to.deep.equal([]);
    });

    it('watches, and tells when one is lost', async () => {
      const watching = startProcess(
        process.execPath,
        [join(import.meta.dirname, '../../dist/bin/agent-vitals.cjs'), 'agents', '--watch', '--json'],
        { env: env() },
      );
      running.push(watching);
      const child = await start('agent', 'a-1', '50');
      await watching.printed('"state":"alive"');
      await child.stop('SIGKILL');
      await watching.printed('"state":"lost"');
      // Whoever watches tells the others: within seconds, for those who watch take turns.
      await eventually('the event', async () => {
        const { events } = await json<{ events: unknown[] }>('events', '--type', 'agent.lost');
        return events.length === 1;
      });
      const { code, stdout } = await watching.stop('SIGINT');
      expect(code).to.equal(0);
      for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).to.have.keys('agents', 'counts');
    });
  });

  describe('approvals', () => {
    it('are listed, shown, and answered once', async () => {
      const child = await start('requester', 'release-2026-11');
      const { approvals } = await eventually('the request', async () => {
        const found = await json<{ approvals: object[] }>('approvals');
        return found.approvals.length > 0 ? found : undefined;
      });
      expect(approvals[0]).to.include({
        id: 'release-2026-11',
        action: 'deploy',
        status: 'pending',
        responder: null,
        endedAt: null,
      });
      expect((await cli('approvals', 'show', 'release')).stdout).to.match(
        /^action +deploy\nid +release-2026-11\nstatus +pending\nagent +deployer/,
      );
      expect((await cli('approvals', 'approve', 'rel')).stderr).to.contain('There is no request "rel"');
      const approved = await cli('approvals', 'approve', 'rele', '--as', 'ann', '--reason', 'looks good');
      expect(approved).to.include({ code: 0, stdout: 'ann approved "deploy": looks good.\n' });
      await child.printed('approved ann');
      const late = await cli('approvals', 'reject', 'release-2026-11', '--as', 'bob');
      expect(late.code).to.equal(1);
      expect(late.stderr).to.match(/It is too late: ann approved "deploy": looks good at \d{4}-/);
      expect(await json('approvals')).to.deep.equal({ approvals: [] });
      const all = await json<{ approvals: object[] }>('approvals', 'list', '--all');
      expect(all.approvals[0]).to.include({ status: 'approved', responder: 'ann', reason: 'looks good' });
      expect((await cli('approvals', 'list', '--status', 'open')).code).to.equal(2);
    });

    it('are watched live, those that wait already too', async () => {
      await start('requester', 'first');
      const watching = startProcess(
        process.execPath,
        [join(import.meta.dirname, '../../dist/bin/agent-vitals.cjs'), 'approvals', 'watch'],
        { env: env() },
      );
      running.push(watching);
      await watching.printed('agent-vitals approvals approve first');
      await start('requester', 'second');
      await watching.printed('agent-vitals approvals approve second');
      await cli('approvals', 'reject', 'second', '--as', 'ann');
      await watching.printed('ann rejected "deploy".');
      expect((await watching.stop('SIGINT')).code).to.equal(0);
      expect(watching.stdout().match(/approve first/g)).to.have.length(1);
    });
  });

  describe('feedback', () => {
    it('is recorded, summed up, and advises', async () => {
      expect((await cli('feedback')).stdout).to.equal(`There are no scores in ${dir}.\n`);
      const of = ['--workflow', 'support', '--stage', 'answer', '--tier', 'cheap'];
      for (const score of ['0.5', '.6']) {
        expect(await json('feedback', 'record', ...of, '--score', score, '--label', 'ok')).to.include({
          workflow: 'support',
          label: 'ok',
          name: 'quality',
          explanation: null,
        });
      }
      const stats = await json<{ mean: number; groups: object[] }>('feedback', 'stats');
      expect(stats).to.deep.include({ count: 2, min: 0.5, max: 0.6, trend: null });
      expect(stats.mean).to.be.closeTo(0.55, 1e-12);
      expect(stats.groups[0]).to.deep.include({ workflow: 'support', stage: 'answer', tier: 'cheap', count: 2 });
      expect((await cli('feedback')).stdout).to.match(
        /^WORKFLOW .*\nsupport +answer +cheap +2 +0\.550 +0\.500 +0\.600 +–\n/,
      );
      const { feedback } = await json<{ feedback: { score: number }[] }>('feedback', 'history', '-n', '1');
      expect(feedback.map(({ score }) => score)).to.deep.equal([0.6]);
      const poor = await json<{ underperforming: object[] }>('feedback', 'underperforming');
      expect(poor.underperforming[0]).to.include({ stage: 'answer', count: 2 });
      expect(await json('feedback', 'recommend', '--workflow', 'support')).to.include({
        action: 'keep',
        tier: 'cheap',
        reason: 'cheap has 2 of the 10 scores it takes to tell.',
        confidence: 0,
      });
      expect((await cli('feedback', 'record', ...of, '--score', '1.1')).code).to.equal(2);
      expect((await cli('feedback', 'recommend')).code).to.equal(2);
      expect((await cli('feedback', 'clear')).stderr).to.contain('Give --yes to remove 2 scores');
      expect(await json('feedback', 'clear', '--yes')).to.deep.equal({ removed: 2 });
    });
  });
});
