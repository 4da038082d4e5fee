import { appendFileSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { writeJournal } from '../support/journal-builder.ts';
import { JournalWatcher } from '../support/journal-watcher.ts';
import { Random } from '../support/random.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { damage, soundBytes } from './damage.ts';
import { FUZZ_SEED, FUZZ_TIMES, seedOfRound } from './fuzz-seed.ts';
import { judge } from './journal-oracle.ts';
import { makeTrueLines, type TrueLine } from './true-lines.ts';

const ROUNDS = 600 * FUZZ_TIMES;
/** Written last: who has read it has read all. */
const LAST_LINE = '{"last":true}';

/** A file that grows piece by piece. */
interface Growing {
  name: string;
  rest: Buffer;
}

describe(`a damaged journal that grows (FUZZ_SEED=${FUZZ_SEED})`, () => {
  const truth = new Map<string, TrueLine>();
  before(() => {
    for (const line of makeTrueLines(FUZZ_SEED, 300)) truth.set(line.text, line);
  });
  after(removeTempDirs);

  it(`is followed to the last good line, over renamed files and what else turns up, ${ROUNDS} times`, async function () {
    this.timeout(300_000 * FUZZ_TIMES);
    for (let round = 0; round < ROUNDS; round++) {
      const random = new Random(seedOfRound(round));
      const dir = tempDir();
      const journal = join(dir, 'journal');
      mkdirSync(journal);
      const expected: string[] = [];
      let met = 0;
      const files = Array.from({ length: 1 + random.below(3) }, (_, index): Growing => {
        const name = `traces-${index}.jsonl`;
        const whole = damage(soundBytes([...truth.keys()], random), random, random.below(4)).bytes;
        const bytes = Buffer.concat([whole, Buffer.from('\n')]);
        const before = random.maybe() ? random.below(bytes.length + 1) : 0;
        if (before > 0) writeJournal(dir, bytes.subarray(0, before), name);
        // A line begun before is told when it is ended.
        const verdict = judge(bytes.subarray(bytes.subarray(0, before).lastIndexOf('\n') + 1), truth);
        expected.push(...verdict.lines);
        met += verdict.met;
        return { name, rest: bytes.subarray(before) };
      });
      const watcher = new JournalWatcher(dir);
      await watcher.start();
      let others = 0;
      for (let growing = files; growing.length > 0; growing = files.filter(({ rest }) => rest.length > 0)) {
        const file = random.pick(growing);
        const length = Math.min(file.rest.length, 1 + random.below(random.pick([10, 3000, 400_000])));
        appendFileSync(join(journal, file.name), file.rest.subarray(0, length));
        file.rest = file.rest.subarray(length);
        if (random.maybe(0.1)) {
          const name = `traces-renamed-${others++}.jsonl`;
          renameSync(join(journal, file.name), join(journal, name));
          file.name = name;
        }
        if (random.maybe(0.05)) mkdirSync(join(journal, `traces-directory-${others++}.jsonl`));
        if (random.maybe(0.05)) symlinkSync(join(journal, file.name), join(journal, `traces-link-${others++}.jsonl`));
        if (random.maybe(0.05)) {
          // The journal cannot be listed for a while, though it is written.
          renameSync(journal, `${journal}-away`);
          for (let turn = 0; turn < 20; turn++) {
            appendFileSync(join(`${journal}-away`, 'notes'), 'x');
            await nextTurn();
          }
          renameSync(`${journal}-away`, journal);
        }
        await nextTurn();
      }
      writeJournal(dir, [LAST_LINE], 'traces-~last.jsonl');
      const seen = (await watcher.until((lines) => lines.at(-1) === LAST_LINE)).slice(0, -1);
      await watcher.end();
      expect(seen.toSorted(), `round ${round}`).to.deep.equal(expected.toSorted());
      expect(watcher.tally.lines - 1, `round ${round}`).to.equal(met);
    }
  });
});
