import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { listJournalFiles } from '../../src/query/journal-files.ts';
import { JournalTally, readJournal } from '../../src/query/journal-reader.ts';
import { writeJournal } from '../support/journal-builder.ts';
import { JournalWatcher } from '../support/journal-watcher.ts';
import { type RunningProcess, startProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { nameOf } from './numbered-lines.ts';

const CHILD = fileURLToPath(new URL('child/write-journal.ts', import.meta.url));
const WRITERS = 10;
const NO_LIMIT = 1_000_000_000;
/** Written when all writers are gone, last: who has read it has read all. */
const LAST_LINE = '{"last":true}';

interface Options {
  readonly lines: number;
  readonly linesOfBatch: number;
  readonly maxTotalBytes: number;
  /** Kills some of the writers when the reader has seen as many lines. */
  readonly killAfter?: number;
}

interface Outcome {
  readonly dir: string;
  /** `writer:number` of every line the reader saw, in that order. */
  readonly seen: readonly string[];
  readonly tally: JournalTally;
  /** `writer:number` of every line that was written and noted, to the file that it ended in. */
  readonly written: ReadonlyMap<string, string>;
  /** Writers that were killed. */
  readonly killed: ReadonlySet<number>;
}

/** Ten processes that write, and one reader that follows them from before the first line to after the last. */
async function writeAndFollow({ lines, linesOfBatch, maxTotalBytes, killAfter }: Options): Promise<Outcome> {
  const dir = tempDir();
  const notes = tempDir();
  const watcher = new JournalWatcher(dir);
  await watcher.start();
  const writers = Array.from({ length: WRITERS }, (_, writer): RunningProcess => {
    const numbers = [writer, lines, linesOfBatch, maxTotalBytes].map(String);
    const args = ['--import', 'tsx', CHILD, dir, ...numbers, join(notes, String(writer))];
    return startProcess(process.execPath, args, { timeoutMillis: 110_000 });
  });
  await Promise.all(writers.map((one) => one.printed('ready', 60_000)));
  for (const { child } of writers) child.stdin?.write('go\n');
  if (killAfter !== undefined) {
    for (let writer = 0; writer < WRITERS; writer += 2) {
      await watcher.sees(killAfter * (1 + writer));
      writers[writer]?.child.kill('SIGKILL');
    }
  }
  const killed = new Set<number>();
  for (const [writer, { code, signal, stderr }] of (await Promise.all(writers.map(({ ended }) => ended))).entries()) {
    if (signal === 'SIGKILL') killed.add(writer);
    else expect(code, stderr).to.equal(0);
  }
  writeJournal(dir, [LAST_LINE], 'traces-last.jsonl');
  const all = await watcher.until((some) => some.at(-1) === LAST_LINE);
  const seen = all.slice(0, -1).map(nameOf);
  await watcher.end();
  return { dir, seen, tally: watcher.tally, written: readNotes(notes), killed };
}

function readNotes(directory: string): Map<string, string> {
  const written = new Map<string, string>();
  for (const writer of readdirSync(directory)) {
    for (const note of readFileSync(join(directory, writer), 'utf8').split('\n').slice(0, -1)) {
      const [numbers = '', file = ''] = note.split(' ');
      for (const number of numbers.split(',')) written.set(`${writer}:${number}`, file);
    }
  }
  return written;
}

function expectOnce(seen: readonly string[]): void {
  expect(seen.filter((name, index) => seen.indexOf(name) !== index)).to.deep.equal([]);
}

async function readAll(dir: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of readJournal(listJournalFiles(dir).files, new JournalTally())) lines.push(...batch.lines);
  return lines.filter((line) => line !== LAST_LINE).map(nameOf);
}

describe('a reader of ten processes that begin a new file every 10 kB', function () {
  this.timeout(120_000);
  after(removeTempDirs);

  it('sees every line once and whole', async () => {
    const { dir, seen, tally, written } = await writeAndFollow({
      lines: 1000,
      linesOfBatch: 7,
      maxTotalBytes: NO_LIMIT,
    });
    expect(written.size).to.equal(WRITERS * 1000);
    expect(listJournalFiles(dir).files.length).to.be.greaterThan(WRITERS * 20);
    expectOnce(seen);
    expect(seen.toSorted()).to.deep.equal([...written.keys()].toSorted());
    expect(tally).to.deep.include({ lines: seen.length + 1, corruptLines: 0, skippedFiles: [] });
    // A writer's lines come in their order.
    for (let writer = 0; writer < WRITERS; writer++) {
      const own = seen.filter((name) => name.startsWith(`${writer}:`));
      expect(own).to.deep.equal(Array.from(own, (_, number) => `${writer}:${number}`));
    }
    expect((await readAll(dir)).toSorted()).to.deep.equal(seen.toSorted());
  });

  it('sees every line that was written before the writer was killed', async () => {
    const options = { lines: 1000, linesOfBatch: 1, maxTotalBytes: NO_LIMIT, killAfter: 300 };
    const { dir, seen, written, killed } = await writeAndFollow(options);
    expectOnce(seen);
    expect([...written.keys()].filter((name) => !seen.includes(name))).to.deep.equal([]);
    // A writer that is killed between writing and noting has noted one less.
    const more = seen.filter((name) => !written.has(name)).map((name) => Number(name.split(':')[0]));
    expect(new Set(more).size).to.equal(more.length);
    expect(more.filter((writer) => !killed.has(writer))).to.deep.equal([]);
    expect(killed.size).to.be.greaterThan(0);
    expect((await readAll(dir)).toSorted()).to.deep.equal(seen.toSorted());
  });

  it('misses only what retention removed before it came to it', async () => {
    const { dir, seen, tally, written } = await writeAndFollow({
      lines: 1000,
      linesOfBatch: 1,
      maxTotalBytes: 300_000,
    });
    expectOnce(seen);
    expect(tally.corruptLines).to.equal(0);
    const isSeen = new Set(seen);
    const present = new Set(listJournalFiles(dir).files.map(({ name }) => name));
    const byFile = new Map<string, string[]>();
    for (const [name, file] of written) byFile.set(file, [...(byFile.get(file) ?? []), name]);
    let removed = 0;
    for (const [file, names] of byFile) {
      // Of each file the reader has the beginning, as far as it came; of one that is there, all.
      const count = names.filter((name) => isSeen.has(name)).length;
      expect(
        names.slice(count).filter((name) => isSeen.has(name)),
        file,
      ).to.deep.equal([]);
      if (present.has(file)) expect(count, file).to.equal(names.length);
      else removed += 1;
    }
    expect(seen.filter((name) => !written.has(name))).to.deep.equal([]);
    expect(removed).to.be.greaterThan(WRITERS * 20);
  });
});
