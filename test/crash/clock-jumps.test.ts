import { rmSync, utimesSync } from 'node:fs';
import { expect } from 'chai';
import { type Call } from '../../src/query/call.ts';
import { type CallFilter } from '../../src/query/call-filter.ts';
import { findCalls, findRecentCalls, findTraceFiles } from '../../src/query/find-calls.ts';
import { JournalTally } from '../../src/query/journal-reader.ts';
import { callLine, writeJournal } from '../support/journal-builder.ts';
import { Random } from '../support/random.ts';
import { statisticsOfCalls } from '../support/statistics-of-calls.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { FUZZ_SEED, FUZZ_TIMES, seedOfRound } from './fuzz-seed.ts';

const ROUNDS = 150 * FUZZ_TIMES;
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

interface Made {
  readonly model: string;
  readonly at: number;
}

/** What one writer leaves whose clock jumps by hours and days: files of which neither the names nor the last writes are in order. */
function writeWithJumps(dir: string, random: Random): Made[] {
  const made: Made[] = [];
  let clock = Date.UTC(2026, 5, 1 + random.below(20), random.below(24));
  for (let sequence = 1; sequence <= 8; sequence++) {
    const lines: string[] = [];
    for (let left = random.below(20); left >= 0; left--) {
      // Within a file the clock is set back by minutes at most.
      clock += Math.round((random.next() - 0.2) * 10 * MINUTE);
      const model = `m${made.length}`;
      lines.push(callLine({ at: clock, millis: 0, model }));
      made.push({ model, at: clock });
    }
    const stamp = new Date(clock).toISOString().replaceAll(/[-:.]/g, '');
    const path = writeJournal(dir, lines, `traces-${stamp}-7-0badcafe-00000${sequence}.jsonl`);
    utimesSync(path, clock / 1000, clock / 1000);
    clock += random.pick([0, MINUTE, -MINUTE, 3 * HOUR, -3 * HOUR, DAY, -DAY, -20 * DAY, 20 * DAY]);
  }
  return made;
}

async function find(dir: string, filter: CallFilter): Promise<Call[]> {
  const tally = new JournalTally();
  const calls: Call[] = [];
  for await (const some of findCalls(await findTraceFiles(dir, filter, tally), filter, tally)) calls.push(...some);
  expect([tally.corruptLines, tally.skippedFiles.length]).to.deep.equal([0, 0]);
  return calls;
}

const modelsOf = (calls: readonly Call[]): string[] => calls.map(({ requestModel }) => requestModel ?? '');

describe(`a journal of a clock that jumps (FUZZ_SEED=${FUZZ_SEED})`, () => {
  after(removeTempDirs);

  it(`is read whole, by period, by day and from its newest call, ${ROUNDS} times`, async function () {
    this.timeout(120_000 * FUZZ_TIMES);
    for (let round = 0; round < ROUNDS; round++) {
      const random = new Random(seedOfRound(round));
      const dir = tempDir();
      const made = writeWithJumps(dir, random);
      const where = `round ${round}`;

      const all = await find(dir, {});
      expect(modelsOf(all).toSorted(), where).to.deep.equal(made.map(({ model }) => model).toSorted());

      const [sinceMillis, untilMillis] = [random.pick(made).at, random.pick(made).at].sort((a, b) => a - b) as [
        number,
        number,
      ];
      const within = made.filter(({ at }) => at >= sinceMillis && at < untilMillis);
      expect(modelsOf(await find(dir, { sinceMillis, untilMillis })).toSorted(), where).to.deep.equal(
        within.map(({ model }) => model).toSorted(),
      );

      const limit = 1 + random.below(made.length);
      const newest = await findRecentCalls(
        await findTraceFiles(dir, {}, new JournalTally()),
        {},
        limit,
        new JournalTally(),
      );
      const times = made.map(({ at }) => at).sort((a, b) => a - b);
      expect(
        newest.map(({ timeMillis }) => timeMillis),
        where,
      ).to.deep.equal(times.slice(-limit));

      const byDay: Record<string, number> = {};
      for (const at of times) {
        const day = new Date(at).toISOString().slice(0, 10);
        byDay[day] = (byDay[day] ?? 0) + 1;
      }
      expect(
        statisticsOfCalls(all, { by: ['day'], zone: 'UTC' }).by.day?.map(({ key, totals }) => [key, totals.calls]),
        where,
      ).to.deep.equal(Object.entries(byDay));
      rmSync(dir, { recursive: true });
    }
  });
});
