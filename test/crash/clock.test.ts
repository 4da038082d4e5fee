// A clock that jumps, and a machine that sleeps: file names, rotation, retention and retries cope, and nothing is lost.
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { formatSegmentName, parseSegmentName } from '../../src/backends/journal/segment-name.ts';
import { eventually } from '../support/eventually.ts';
import { FakeCollector } from '../support/fake-collector.ts';
import { journalFiles } from '../support/journal-files.ts';
import { recordsOf } from '../support/otlp-records.ts';
import { inState } from '../support/process-state.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { expectAllJournaled, FLAG } from './app.ts';
import { ObedientApp } from './obedient-app.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

describe('an app whose clock jumps', () => {
  after(removeTempDirs);

  it('loses nothing, neither of its own nor of what was there, in the journal and at the collector', async () => {
    const dir = tempDir();
    const collector = await FakeCollector.start();
    const others = [80, 1].map((days) => oldFile(dir, days));
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
    try {
      const app = new ObedientApp(FLAG, dir, env);
      const shifts = [0, HOUR, DAY, -DAY, 5 * YEAR, 0, -HOUR, -5 * YEAR, 5 * YEAR, -5 * YEAR, 20 * YEAR, 0, -DAY, 0];
      for (const shift of shifts) {
        await app.tell(`clock ${shift}`);
        await app.tell('spans 2');
      }
      expect(await app.status()).to.deep.include({ state: 'healthy', dropped: {} });
      const { stderr, code, said } = await app.end();
      expect({ stderr, code }).to.deep.equal({ stderr: '', code: 0 });

      // Another one, when the clock is right again.
      const next = new ObedientApp(FLAG, dir, env);
      await next.tell('name next');
      await next.tell('spans 1');
      const { said: saidNext } = await next.end();
      expectAllJournaled(dir, said + saidNext);
      expect(others.map((path) => existsSync(path))).to.deep.equal([true, true]);
      const days = journalFiles(dir, 'traces').map(
        (path) => parseSegmentName(path.split('/').at(-1) as string)?.beganAt,
      );
      const today = Math.floor(Date.now() / DAY);
      const expected = [0, 1, -1, 1825, -1825, 7300].map((shift) => today + shift);
      expect(days.map((beganAt) => Math.floor((beganAt as number) / DAY))).to.include.members(expected);
      expect(spansAt(collector)).to.include.members([...Array(2 * shifts.length).keys()].map((n) => `main ${n}`));
    } finally {
      await collector.stop();
    }
  });

  for (const shift of [-5 * YEAR, 5 * YEAR]) {
    it(`gets over a fault though the clock was set ${shift < 0 ? 'back' : 'ahead'} meanwhile`, async () => {
      const dir = join(tempDir(), 'data');
      writeFileSync(dir, '');
      const app = new ObedientApp(FLAG, dir);
      await app.tell('spans 1');
      expect((await app.status()).state).to.equal('degraded');
      await app.tell(`clock ${shift}`);
      rmSync(dir);
      await eventually('a healthy journal', async () => (await app.status('probe')).state === 'healthy', 5000);
      await app.end();
    });
  }

  it('was suspended with its machine, and goes on as if nothing had been', async () => {
    const dir = tempDir();
    const collector = await FakeCollector.start({ answer: () => 'hang' });
    try {
      const app = new ObedientApp(FLAG, dir, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
      await app.tell('spans 3');
      // In the middle of a request, whose connection does not survive.
      await eventually('a request', () => collector.received.length > 0);
      app.process.child.kill('SIGSTOP');
      await inState(app.process.pid, 'T');
      collector.cutConnections();
      collector.answer = () => ({});
      app.process.child.kill('SIGCONT');
      await app.tell(`clock ${8 * HOUR}`);
      await app.tell('spans 2');
      expect(await app.status()).to.deep.include({ state: 'healthy', accepted: 5, dropped: {} });
      await eventually('all spans at the collector', () => new Set(spansAt(collector)).size === 5);
      const { stderr, code, said } = await app.end();
      expect(code).to.equal(0);
      expect(stderr).to.match(/^agent-vitals: traces do not reach the collector [^\n]+ECONNRESET\n$/);
      expectAllJournaled(dir, said);
    } finally {
      await collector.stop();
    }
  });
});

/** A journal file of a process that is gone, `days` old. */
function oldFile(dir: string, days: number): string {
  const at = Date.now() - days * DAY;
  const name = formatSegmentName({ signal: 'logs', beganAt: at, pid: 1, writer: 'aaaaaaaa', sequence: 1 });
  mkdirSync(join(dir, 'journal'), { recursive: true });
  const path = join(dir, 'journal', name);
  writeFileSync(path, '');
  utimesSync(path, at / 1000, at / 1000);
  return path;
}

function spansAt(collector: FakeCollector): string[] {
  const bodies = collector.taken.filter(({ path }) => path === '/v1/traces').map(({ body }) => body);
  return recordsOf(bodies).map(({ record }) => String(record['name']));
}
