import { lstatSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Call } from '../../src/query/call.ts';
import { findCalls, findTraceFiles } from '../../src/query/find-calls.ts';
import { countLines, JournalTally, readJournal } from '../../src/query/journal-reader.ts';
import { LineSplitter } from '../../src/query/line-splitter.ts';
import { summaryOf } from '../../src/query/question.ts';
import { openJournal } from '../../src/runtime/open-journal.ts';
import { Random } from '../support/random.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { damage, soundBytes } from './damage.ts';
import { FUZZ_SEED, FUZZ_TIMES, seedOfRound } from './fuzz-seed.ts';
import { judge, type Verdict } from './journal-oracle.ts';
import { makeTrueLines, type TrueLine } from './true-lines.ts';

const CORRUPTIONS_OF_FILES = 10_000 * FUZZ_TIMES;
const SPLITTINGS = 1000 * FUZZ_TIMES;
/** What stands where a journal file should be. */
const NO_FILES = ['directory', 'link outside', 'link to a neighbour', 'link to nothing'] as const;
type Kind = 'file' | (typeof NO_FILES)[number];

interface DamagedFile {
  readonly name: string;
  readonly kind: Kind;
  readonly bytes: Buffer;
  /** Seconds since the epoch: clocks jump, so it says nothing of the order in which files were written. */
  readonly modified: number;
}

/** What is compared of a call, in the words of {@link ExpectedCall}. */
function told({ tokens, costUsd, ...call }: Call): object {
  const { traceId, spanId, timeMillis, durationMillis, requestModel, outcome, workflow } = call;
  const { input, output } = tokens;
  return {
    traceId,
    spanId,
    timeMillis,
    durationMillis,
    requestModel,
    outcome,
    input,
    output,
    costUsd: costUsd?.total ?? null,
    workflow,
  };
}

/** Of a changed line only the ids of its call are known. */
function asExpected(calls: readonly Call[], expected: Verdict['calls']): object[] {
  return calls.map((call, index) => {
    const known = expected[index];
    return known === undefined || 'timeMillis' in known ? told(call) : { traceId: call.traceId, spanId: call.spanId };
  });
}

describe(`a damaged journal (FUZZ_SEED=${FUZZ_SEED})`, () => {
  const truth = new Map<string, TrueLine>();
  let texts: readonly string[] = [];
  before(() => {
    for (const line of makeTrueLines(FUZZ_SEED, 1500)) truth.set(line.text, line);
    texts = [...truth.keys()];
  });
  after(removeTempDirs);

  function write(journal: string, outside: string, { name, kind, bytes, modified }: DamagedFile): void {
    const path = join(journal, name);
    if (kind === 'file') {
      writeFileSync(path, bytes);
      utimesSync(path, modified, modified);
    } else if (kind === 'directory') mkdirSync(path);
    else
      symlinkSync(
        kind === 'link outside'
          ? outside
          : kind === 'link to nothing'
            ? join(journal, 'gone')
            : join(journal, 'traces-0.jsonl'),
        path,
      );
  }

  it(`is read to the last good line after each of ${CORRUPTIONS_OF_FILES} corruptions`, async function () {
    this.timeout(600_000 * FUZZ_TIMES);
    const dir = tempDir();
    const journal = join(dir, 'journal');
    const outside = join(tempDir(), 'outside.jsonl');
    writeFileSync(outside, `${texts[0]}\n`);
    let [corruptions, intact, corrupt, rounds] = [0, 0, 0, 0];
    while (corruptions < CORRUPTIONS_OF_FILES) {
      const random = new Random(seedOfRound(rounds));
      const done: string[] = [];
      const files = Array.from({ length: 1 + random.below(3) }, (_, index): DamagedFile => {
        const kind: Kind = index > 0 && random.maybe(0.1) ? random.pick(NO_FILES) : 'file';
        const { bytes, what } = damage(soundBytes(texts, random), random, 1 + random.below(3));
        done.push(...(kind === 'file' ? what : [kind]));
        return { name: `traces-${index}.jsonl`, kind, bytes, modified: 1_600_000_000 + random.below(3) };
      });
      mkdirSync(journal);
      for (const file of files) write(journal, outside, file);
      const inOrder = files
        .filter(({ kind }) => kind === 'file')
        .sort((a, b) => a.modified - b.modified || (a.name < b.name ? -1 : 1));
      const verdicts = inOrder.map(({ name, bytes }) => ({ name, bytes, ...judge(bytes, truth) }));
      const where = `round ${rounds}: ${done.join(', ')}`;

      const tally = new JournalTally();
      const found = await findTraceFiles(dir, {}, tally);
      const expected = verdicts.flatMap(({ calls }) => calls);
      const calls: Call[] = [];
      for await (const some of findCalls(found, {}, tally)) calls.push(...some);
      expect(asExpected(calls, expected), where).to.deep.equal(expected);
      expect(tally.lines, where).to.equal(sum(verdicts, 'met'));
      expect(Object.fromEntries(tally.corruptByFile), where).to.deep.equal(
        Object.fromEntries(verdicts.filter((one) => one.corrupt > 0).map((one) => [one.name, one.corrupt])),
      );
      expect(tally.corruptLines, where).to.equal(sum(verdicts, 'corrupt'));
      expect(tally.files, where).to.equal(inOrder.length);
      expect(tally.skippedFiles.map(({ file }) => file).sort(), where).to.deep.equal(
        files.filter(({ kind }) => kind !== 'file').map(({ name }) => name),
      );
      // It takes longer than all the rest. What stands in the index of earlier rounds is of files of the same names.
      if (rounds % 4 === 0) {
        const indexed = openJournal({ dir });
        const { totals, by, journal: summary } = await indexed.stats({ timeZone: 'UTC' });
        await indexed.close();
        expect(summary, where).to.deep.equal({ ...summaryOf(dir, tally), skippedFiles: summary.skippedFiles });
        expect(totals.calls, where).to.equal(expected.length);
        expect(totals.tokens.input, where).to.equal(calls.reduce((all, { tokens }) => all + (tokens.input ?? 0), 0));
        for (const groups of Object.values(by))
          expect(
            groups.reduce((all, group) => all + group.totals.calls, 0),
            where,
          ).to.equal(calls.length);
      }

      const lines: string[] = [];
      for await (const batch of readJournal(found, new JournalTally())) lines.push(...batch.lines);
      expect(lines, where).to.deep.equal(verdicts.flatMap((one) => one.lines));
      expect(await countLines(found), where).to.equal(sum(verdicts, 'count'));

      corruptions += done.length;
      intact += sum(verdicts, 'intact');
      corrupt += sum(verdicts, 'corrupt');
      rounds += 1;
      rmSync(journal, { recursive: true });
    }
    // It was no empty exercise.
    expect(intact).to.be.greaterThan(corruptions);
    expect(corrupt).to.be.greaterThan(corruptions / 5);
    expect(lstatSync(outside).isFile()).to.equal(true);
  });

  it(`gives the same lines in whatever pieces it is read, ${SPLITTINGS} times`, function () {
    this.timeout(600_000 * FUZZ_TIMES);
    for (let round = 0; round < SPLITTINGS; round++) {
      const random = new Random(seedOfRound(round));
      const { bytes, what } = damage(soundBytes(texts, random), random, random.below(4));
      const { lines, met } = judge(bytes, truth);
      const splitter = new LineSplitter();
      // The reader gives the same memory again and again.
      const memory = Buffer.alloc(1 + random.below(random.pick([2, 50, 5000, 100_000])));
      const read: string[] = [];
      for (let at = 0; at < bytes.length; ) {
        const length = bytes.copy(memory, 0, at, at + 1 + random.below(memory.length));
        read.push(...splitter.push(memory.subarray(0, length)));
        at += length;
      }
      read.push(...splitter.end());
      expect(read, `round ${round}: ${what.join(', ')}`).to.deep.equal(lines);
      expect(read.length + splitter.takeBroken(), `round ${round}`).to.equal(met);
    }
  });
});

function sum(verdicts: readonly Verdict[], what: 'met' | 'corrupt' | 'intact' | 'count'): number {
  return verdicts.reduce((all, one) => all + one[what], 0);
}
