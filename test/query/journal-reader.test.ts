import { linkSync, mkdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type CallFilter } from '../../src/query/call-filter.ts';
import { compareNames } from '../../src/query/counts.ts';
import { findCalls, findRecentCalls, findTraceFiles } from '../../src/query/find-calls.ts';
import { listJournalFiles } from '../../src/query/journal-files.ts';
import { countLines, JournalTally, readJournal } from '../../src/query/journal-reader.ts';
import { callLine, writeJournal } from '../support/journal-builder.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

async function count(dir: string): Promise<{ calls: number; tally: JournalTally }> {
  const tally = new JournalTally();
  let calls = 0;
  for await (const found of findCalls(await findTraceFiles(dir, {}, tally), {}, tally)) calls += found.length;
  return { calls, tally };
}

describe('readJournal', () => {
  after(removeTempDirs);

  it('reads no calls where there is no journal', async () => {
    const { calls, tally } = await count(join(tempDir(), 'none'));
    expect(calls).to.equal(0);
    expect(tally).to.deep.include({ files: 0, lines: 0, corruptLines: 0, skippedFiles: [] });
  });

  it('gives the lines of all files as they stand, the last written file last', async () => {
    const dir = tempDir();
    const lines = Array.from({ length: 5000 }, (_, index) => callLine({ model: `modèle-${index}` }));
    utimesSync(writeJournal(dir, lines.slice(0, 4000), 'traces-b.jsonl'), 1000, 1000);
    writeJournal(dir, lines.slice(4000), 'traces-a.jsonl');
    const read: string[] = [];
    for await (const batch of readJournal(listJournalFiles(dir).files, new JournalTally())) read.push(...batch.lines);
    expect(read).to.deep.equal(lines);
  });

  it('counts lines without reading them: damaged and torn ones too, none of a file that is gone', async () => {
    const dir = tempDir();
    writeJournal(dir, [...Array.from({ length: 3000 }, () => callLine()), '\u0000 damaged']);
    writeFileSync(join(dir, 'journal', 'logs-1.jsonl'), '{}\n{"torn');
    writeFileSync(join(dir, 'journal', 'metrics-1.jsonl'), '');
    const { files } = listJournalFiles(dir);
    const read: number[] = [];
    expect(await countLines(files, { onProgress: (bytes) => read.push(bytes) })).to.equal(3003);
    expect(read.at(-1)).to.equal(files.reduce((sum, file) => sum + file.bytes, 0));
    rmSync(join(dir, 'journal', 'logs-1.jsonl'));
    expect(await countLines(files)).to.equal(3001);
  });

  it('reads only its own kinds of files', async () => {
    const dir = tempDir();
    writeJournal(dir, [callLine()]);
    for (const name of ['logs-1.jsonl', 'traces-1.jsonl.bak', 'notes.txt', 'xtraces-1.jsonl'])
      writeJournal(dir, ['{'], name);
    const { calls, tally } = await count(dir);
    expect([calls, tally.corruptLines]).to.deep.equal([1, 0]);
  });

  it('skips, counts by file and goes on after every kind of damage', async () => {
    const dir = tempDir();
    const flipped = Buffer.from(callLine());
    flipped[flipped.indexOf('"spanId"')] = 0xff;
    writeJournal(
      dir,
      Buffer.concat([
        Buffer.from(`${callLine()}\n`),
        Buffer.from(`${callLine().slice(0, 50)}\n`),
        Buffer.concat([flipped, Buffer.from('\n')]),
        Buffer.from('\0'.repeat(4096)),
        Buffer.from(`\n${callLine()}\r\n\n`),
        Buffer.from('{"resourceSpans":"no"}\n'),
        Buffer.from(callLine()),
      ]),
      'traces-damaged.jsonl',
    );
    truncateSync(writeJournal(dir, [callLine(), callLine()], 'traces-torn.jsonl'), callLine().length + 100);
    const { calls, tally } = await count(dir);
    expect(calls).to.equal(4);
    expect(tally.corruptLines).to.equal(5);
    expect(Object.fromEntries(tally.corruptByFile)).to.deep.equal({
      'traces-damaged.jsonl': 4,
      'traces-torn.jsonl': 1,
    });
    expect(tally.lines).to.equal(9);
  });

  it('skips a line too long to be one, and the memory of it', async function () {
    this.timeout(60_000);
    const dir = tempDir();
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    const huge = Buffer.concat([
      Buffer.from(`${callLine()}\n`),
      ...Array.from({ length: 33 }, () => megabyte),
      Buffer.from(`\n${callLine()}\n`),
    ]);
    writeJournal(dir, huge);
    const { calls, tally } = await count(dir);
    expect(calls).to.equal(2);
    expect(tally.corruptLines).to.equal(1);
  });

  it('leaves directories and links alone, and says so', async () => {
    const dir = tempDir();
    const outside = join(tempDir(), 'outside.jsonl');
    writeFileSync(outside, `${callLine()}\n`);
    writeJournal(dir, [callLine()]);
    mkdirSync(join(dir, 'journal', 'traces-directory.jsonl'));
    symlinkSync(outside, join(dir, 'journal', 'traces-link.jsonl'));
    const { calls, tally } = await count(dir);
    expect(calls).to.equal(1);
    expect(tally.skippedFiles).to.have.deep.members([
      { file: 'traces-directory.jsonl', reason: 'not a regular file' },
      { file: 'traces-link.jsonl', reason: 'a symbolic link' },
    ]);
  });

  it('reads a file of two names once', async () => {
    const dir = tempDir();
    const path = writeJournal(dir, [callLine()]);
    linkSync(path, join(dir, 'journal', 'traces-copy.jsonl'));
    const { calls, tally } = await count(dir);
    expect(calls).to.equal(1);
    expect(tally.skippedFiles.map(({ reason }) => reason)).to.deep.equal(['another name of a file that is read']);
  });

  it('opens the files that have something of the period, whenever they were last written', async () => {
    const dir = tempDir();
    const at = Date.UTC(2026, 10, 20);
    const names = async (filter: CallFilter): Promise<string[]> =>
      (await findTraceFiles(dir, filter, new JournalTally())).map(({ name }) => name).sort(compareNames);
    writeJournal(dir, [callLine({ at: at - 10_000 }), callLine({ at: at - 5000 })], 'traces-before.jsonl');
    // Copied, or written by a clock that was wrong.
    utimesSync(writeJournal(dir, [callLine({ at })], 'traces-within.jsonl'), 1000, 1000);
    writeJournal(dir, [callLine({ at: at + 5000 })], 'traces-behind.jsonl');
    writeJournal(dir, Buffer.from(callLine({ at: at - 5000 })), 'traces-unfinished.jsonl');
    expect(await names({ sinceMillis: at })).to.deep.equal([
      'traces-behind.jsonl',
      // What is not yet written to its end is no matter for the index.
      'traces-unfinished.jsonl',
      'traces-within.jsonl',
    ]);
    expect(await names({ sinceMillis: at, untilMillis: at + 5000 })).to.deep.equal([
      'traces-unfinished.jsonl',
      'traces-within.jsonl',
    ]);
    expect(await names({})).to.have.length(4);
  });

  it('says so when the journal is a file', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'journal'), '');
    const { tally } = await count(dir);
    expect(tally.skippedFiles).to.have.length(1);
    expect(tally.skippedFiles[0]?.reason).to.equal('not a directory');
  });
});

describe('findRecentCalls', () => {
  after(removeTempDirs);

  it('finds the newest calls over all files, oldest of them first', async () => {
    const dir = tempDir();
    const at = Date.now();
    writeJournal(
      dir,
      [5, 3, 1].map((age) => callLine({ at: at - age, model: `m${age}` })),
      'traces-1.jsonl',
    );
    writeJournal(
      dir,
      [6, 4, 2].map((age) => callLine({ at: at - age, model: `m${age}` })),
      'traces-2.jsonl',
    );
    const calls = await findRecentCalls(listJournalFiles(dir, 'traces').files, {}, 4, new JournalTally());
    expect(calls.map(({ requestModel }) => requestModel)).to.deep.equal(['m4', 'm3', 'm2', 'm1']);
  });

  it('filters before it counts', async () => {
    const dir = tempDir();
    writeJournal(dir, [callLine({ outcome: 'error', errorType: 'x' }), callLine(), callLine()]);
    const calls = await findRecentCalls(
      listJournalFiles(dir, 'traces').files,
      { onlyErrors: true },
      1,
      new JournalTally(),
    );
    expect(calls.map(({ errorType }) => errorType)).to.deep.equal(['x']);
  });
});
