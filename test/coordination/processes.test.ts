// Many processes on one store, as apps have it: the built package.
import { join } from 'node:path';
import { expect } from 'chai';
import { type BackendStatus, signals, type VitalsEvent } from '../../src/index.ts';
import { type ProcessResult, type RunningProcess, startProcess } from '../support/run-process.ts';
import { type Engine, onEachEngine } from './on-each-engine.ts';

const APPS = join(import.meta.dirname, 'apps');
const PROCESSES = 20;

function start(engine: Engine, ...args: (string | number)[]): RunningProcess {
  const env = { ...engine.env(), NODE_V8_COVERAGE: '' };
  return startProcess(process.execPath, ['member.mjs', ...args.map(String)], {
    cwd: APPS,
    env,
    timeoutMillis: 120_000,
  });
}

function lastLine({ code, stdout, stderr }: ProcessResult): string {
  expect(code, stderr).to.equal(0);
  expect(stderr).to.equal('');
  return stdout.trimEnd().split('\n').at(-1) as string;
}

describe('processes that share a store', () => {
  onEachEngine((engine) => {
    it(`lose nothing and take nothing twice, ${PROCESSES} at once`, async function () {
      this.timeout(120_000);
      const members = Array.from({ length: PROCESSES }, (_, index) => start(engine, 'hammer', `m-${index}`, PROCESSES));
      const results = await Promise.all(members.map(({ ended }) => ended));
      const said = results.map((result) => JSON.parse(lastLine(result)) as Record<string, string[]>);
      const all = (key: string): string[] => said.flatMap((one) => one[key] as string[]).sort();
      expect(all('sent')).to.have.length(PROCESSES * 8);
      expect(all('taken')).to.deep.equal(all('sent'));
      const names = members.map((_, index) => `m-${index}`).sort();
      for (const { seen, followed } of said) {
        expect(seen!.sort()).to.deep.equal(names);
        expect(followed).to.deep.equal(said[0]!['followed']);
      }
      expect(said[0]!['followed']!.toSorted()).to.deep.equal(all('published'));
    });

    it('take over what one had that was killed before it was done', async () => {
      const { id } = await signals.send({ type: 'task', to: 'crew', payload: 'important' });
      const holder = start(engine, 'hold', 'm-1', 1500);
      await holder.printed(`holds ${id}`);
      await holder.stop('SIGKILL');
      expect(await signals.check({ agent: 'crew' })).to.deep.equal([]);
      const again = await signals.wait({ agent: { id: 'm-2', name: 'crew' }, lease: 60_000, timeout: 20_000 });
      expect(again).to.include({ id, payload: 'important', deliveries: 1 });
      expect(await again!.finish()).to.equal(true);
      expect(await signals.pending()).to.deep.equal([]);
    });

    it('end when they have nothing more to do, and not while they wait', async () => {
      const used = start(engine, 'use');
      await used.printed('used');
      const { code, stderr, millisToEnd } = await used.ended;
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(millisToEnd).to.be.below(2000);
      expect(lastLine(await start(engine, 'wait', 'm-1', 300).ended)).to.equal('waited');
    });

    it('see the alerts of each other as events', async () => {
      const { type, payload } = JSON.parse(lastLine(await start(engine, 'alert').ended)) as VitalsEvent;
      expect(type).to.equal('alert.firing');
      expect(payload).to.include({ rule: 'busy', from: 'inactive', value: 3, threshold: 2 });
    });

    it('say how it is, beside their backends', async () => {
      const status = JSON.parse(lastLine(await start(engine, 'status').ended)) as BackendStatus;
      expect(status).to.deep.include({ state: 'healthy', accepted: 1, dropped: {} });
      const inRedis = engine.env()['AGENT_VITALS_REDIS_URL'] !== undefined;
      expect(status.details).to.deep.equal({ engine: inRedis ? 'redis' : 'sqlite' });
    });

    it('can use it after shutdown() too', async () => {
      expect(lastLine(await start(engine, 'shutdown').ended)).to.equal('1');
    });
  });
});
