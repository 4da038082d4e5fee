// The file that doctor reads: always whole, private, and gone after a while.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { StatusFile } from '../../src/backends/status-file.ts';
import { problems } from '../../src/internal/log.ts';
import { eventually } from '../support/eventually.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('StatusFile', () => {
  after(removeTempDirs);

  it('writes at start, when the content changes, and at the end', async () => {
    const dir = tempDir();
    let content = { state: 'one' };
    const file = new StatusFile(dir, () => content);
    file.start();
    expect(contents(dir)).to.deep.equal([{ state: 'one' }]);
    content = { state: 'two' };
    await eventually('second state', () => JSON.stringify(contents(dir)) === '[{"state":"two"}]', 5000);
    content = { state: 'three' };
    file.close();
    expect(contents(dir)).to.deep.equal([{ state: 'three' }]);
    const [name] = readdirSync(join(dir, 'status'));
    expect(name).to.match(new RegExp(`^${process.pid}-\\d{13}\\.json$`));
    expect(statSync(join(dir, 'status', name as string)).mode & 0o777).to.equal(0o600);
    expect(statSync(join(dir, 'status')).mode & 0o777).to.equal(0o700);
  });

  it('makes nothing while there is nothing to tell', () => {
    const dir = tempDir();
    const file = new StatusFile(dir, () => undefined);
    file.start();
    file.close();
    expect(readdirSync(dir)).to.deep.equal([]);
  });

  it('does not write again what is there already', () => {
    const dir = tempDir();
    const file = new StatusFile(dir, () => ({ same: true }));
    file.start();
    const path = join(dir, 'status', readdirSync(join(dir, 'status'))[0] as string);
    const { ino } = statSync(path);
    file.close();
    expect(statSync(path).ino).to.equal(ino);
  });

  it('removes what dead processes left: older than a week, and more than fifty', () => {
    const dir = tempDir();
    const status = join(dir, 'status');
    mkdirSync(status, { recursive: true });
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const put = (name: string, ageDays: number): void => {
      writeFileSync(join(status, name), '{}\n');
      const at = Date.now() / 1000 - ageDays * 86_400;
      utimesSync(join(status, name), at, at);
    };
    put(`${dead}-1.json`, 8);
    put(`${process.ppid}-1.json`, 8);
    put('notes.json', 100);
    for (let index = 0; index < 60; index++) put(`${dead}-${1000 + index}.json`, index / 100);
    const file = new StatusFile(dir, () => ({}));
    file.start();
    file.close();
    const left = readdirSync(status);
    expect(left).to.include(`${process.ppid}-1.json`).and.to.include('notes.json');
    expect(left).not.to.include(`${dead}-1.json`);
    const ofDead = left.filter((name) => name.startsWith(`${dead}-`));
    expect(ofDead).to.have.length(50);
    expect(ofDead).to.include(`${dead}-1000.json`).and.not.to.include(`${dead}-1059.json`);
  });

  it('never throws: neither for its content nor for its directory', () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'file'), '');
    for (const file of [
      new StatusFile(join(dir, 'file'), () => ({})),
      new StatusFile(dir, () => {
        throw new Error('no');
      }),
      new StatusFile(dir, () => ({ big: 1n })),
    ]) {
      file.start();
      file.close();
    }
    expect(problems().has('status-file')).to.equal(true);
  });
});

function contents(dir: string): unknown[] {
  const status = join(dir, 'status');
  return readdirSync(status).map((name) => JSON.parse(readFileSync(join(status, name), 'utf8')) as unknown);
}
