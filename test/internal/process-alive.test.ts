import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { isAlive, processStart } from '../../src/internal/process-alive.ts';
import { eventually } from '../support/eventually.ts';

describe('isAlive', () => {
  it('knows a process of now from one that had its id, and from one that is over', () => {
    expect(isAlive(process.pid)).to.equal(true);
    expect(isAlive(process.pid, processStart(process.pid))).to.equal(true);
    if (processStart(process.pid) !== undefined) expect(isAlive(process.pid, '1')).to.equal(false);
    expect(isAlive(2 ** 30)).to.equal(false);
  });

  it('takes one for dead whose parent has not asked how it ended', async function () {
    if (!existsSync('/proc/self/stat')) this.skip();
    const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [said] = (await once(parent.stdout, 'data')) as [Buffer];
      await eventually('it is over', () => !isAlive(Number(said.toString())));
    } finally {
      parent.kill();
    }
  });
});
