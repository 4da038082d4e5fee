import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { runProcess } from '../support/run-process.ts';

const log = JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../src/internal/log.ts')).href);

describe('warnOnce', () => {
  /** What a process says on stderr that has a worker thread do the second of these. */
  async function said(first: string, inWorker: string, then: string): Promise<string> {
    const worker = `import(${log}).then(({ warnOnce, setVerbose }) => { ${inWorker} })`;
    const script = `
      import { once } from 'node:events';
      import { Worker } from 'node:worker_threads';
      const { warnOnce, setVerbose, clearWarning } = await import(${log});
      ${first}
      await once(new Worker(${JSON.stringify(worker)}, { eval: true }), 'exit');
      ${then}`;
    const { code, stderr } = await runProcess(process.execPath, ['--import=tsx', '--input-type=module', '-e', script]);
    expect(code, stderr).to.equal(0);
    return stderr;
  }

  it('says the first problem of a process, whichever of its threads has it', async () => {
    expect(await said("warnOnce('a', 'one');", "warnOnce('a', 'two'); warnOnce('b', 'three');", '')).to.equal(
      'agent-vitals: one\n',
    );
    expect(await said('', "warnOnce('a', 'two');", "warnOnce('b', 'three');")).to.equal('agent-vitals: two\n');
  });

  it('says each problem once where that is asked for, and again when it was over', async () => {
    const verbose = 'setVerbose(true);';
    expect(
      await said(
        `${verbose} warnOnce('a', 'one');`,
        `${verbose} warnOnce('a', 'two'); warnOnce('b', 'three');`,
        "warnOnce('b', 'four'); clearWarning('a'); warnOnce('a', 'five');",
      ),
    ).to.equal('agent-vitals: one\nagent-vitals: three\nagent-vitals: five\n');
  });
});
