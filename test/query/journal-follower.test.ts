import { appendFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { writeJournal } from '../support/journal-builder.ts';
import { JournalWatcher } from '../support/journal-watcher.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('JournalFollower', () => {
  after(removeTempDirs);

  it('gives what is written after its start, a line begun before it too', async () => {
    const dir = tempDir();
    const path = writeJournal(dir, Buffer.from('one\ntwo\nthr'));
    const watcher = new JournalWatcher(dir);
    expect(await watcher.start()).to.equal('one\ntwo\n'.length);
    appendFileSync(path, 'ee\nfour\nfi');
    await watcher.sees(2);
    appendFileSync(path, 've\n');
    await watcher.sees(3);
    expect(await watcher.end()).to.deep.equal(['three', 'four', 'five']);
  });

  it('waits for a journal that is not there yet, and takes new files from their start', async () => {
    const dir = tempDir();
    const watcher = new JournalWatcher(dir);
    await watcher.start();
    writeJournal(dir, ['one'], 'traces-1.jsonl');
    await watcher.sees(1);
    writeJournal(dir, ['two'], 'traces-2.jsonl');
    await watcher.sees(2);
    expect(await watcher.end()).to.deep.equal(['one', 'two']);
  });

  it('follows a file that is renamed, and the new one of its name', async () => {
    const dir = tempDir();
    const path = writeJournal(dir, ['one'], 'traces-now.jsonl');
    const watcher = new JournalWatcher(dir);
    await watcher.start();
    appendFileSync(path, 'two\n');
    await watcher.sees(1);
    renameSync(path, join(dir, 'journal', 'traces-old.jsonl'));
    appendFileSync(join(dir, 'journal', 'traces-old.jsonl'), 'three\n');
    writeJournal(dir, ['four'], 'traces-now.jsonl');
    await watcher.sees(3);
    expect((await watcher.end()).toSorted()).to.deep.equal(['four', 'three', 'two']);
  });

  it('takes a new file from its start, though it was given the number of a removed one', async () => {
    const dir = tempDir();
    let path = writeJournal(dir, ['0 a']);
    const watcher = new JournalWatcher(dir);
    await watcher.start();
    const written: string[] = [];
    for (let file = 1; file < 20; file++) {
      rmSync(path);
      // Longer than the one before: where that was read to lies within a line of this one.
      written.push(...Array.from({ length: file }, (_, line) => `${file} ${'x'.repeat(file * line)}`));
      path = writeJournal(dir, written.slice(-file), `traces-${file}.jsonl`);
      expect(await watcher.sees(written.length)).to.deep.equal(written);
    }
    await watcher.end();
  });

  it('brings nothing again after the journal could not be listed for a while', async () => {
    const dir = tempDir();
    const path = writeJournal(dir, ['one']);
    const watcher = new JournalWatcher(dir);
    await watcher.start();
    appendFileSync(path, 'two\n');
    await watcher.sees(1);
    renameSync(join(dir, 'journal'), join(dir, 'away'));
    const written = ['two'];
    for (let turn = 0; turn < 50; turn++) {
      // Each makes the follower look for a journal that is not there.
      appendFileSync(join(dir, 'away', 'traces-1.jsonl'), `${turn}\n`);
      written.push(String(turn));
      await new Promise(setImmediate);
    }
    renameSync(join(dir, 'away'), join(dir, 'journal'));
    await watcher.sees(written.length);
    expect(await watcher.end()).to.deep.equal(written);
  });

  it('goes on after the whole journal was removed', async () => {
    const dir = tempDir();
    writeJournal(dir, ['one', 'two']);
    const watcher = new JournalWatcher(dir);
    await watcher.start();
    rmSync(join(dir, 'journal'), { recursive: true });
    writeJournal(dir, ['x'], 'traces-2.jsonl');
    await watcher.sees(1);
    expect(await watcher.end()).to.deep.equal(['x']);
  });

  it('neither loses nor doubles a line under a busy writer that rotates', async function () {
    this.timeout(60_000);
    const dir = tempDir();
    writeJournal(dir, []);
    const watcher = new JournalWatcher(dir);
    await watcher.start();
    const written: string[] = [];
    for (let file = 0; file < 20; file++) {
      const path = writeJournal(dir, [], `traces-${file}.jsonl`);
      for (let chunk = 0; chunk < 10; chunk++) {
        const lines = Array.from({ length: 20 }, (_, index) => `${file}.${chunk}.${index}.${'x'.repeat(index * 7)}`);
        const text = lines.map((line) => `${line}\n`).join('');
        // In two pieces, within a line, with time to read between them.
        appendFileSync(path, text.slice(0, text.length / 2));
        await new Promise(setImmediate);
        appendFileSync(path, text.slice(text.length / 2));
        written.push(...lines);
      }
    }
    await watcher.sees(written.length);
    expect((await watcher.end()).toSorted()).to.deep.equal(written.toSorted());
  });
});
