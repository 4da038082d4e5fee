import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { type Call, modelOf, readCalls } from '../../src/query/call.ts';
import { JournalIndex } from '../../src/query/index/journal-index.ts';
import { type Journal } from '../../src/query/journal.ts';
import { type Question } from '../../src/query/question.ts';
import { type Totals } from '../../src/query/statistics.ts';
import { openJournal } from '../../src/runtime/open-journal.ts';
import * as names from '../../src/semconv.ts';
import { runBuiltCli } from '../support/cli.ts';
import { callLine, writeJournal } from '../support/journal-builder.ts';
import { costOf, expectTotals, isAbout } from '../support/journal-truth.ts';
import { Random } from '../support/random.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const NOW = Date.UTC(2026, 10, 1);
/** Of these the clocks are changed within the days before and after. */
const ZONES = ['UTC', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];

/** All calls of a journal, by the plainest reading there is. */
function callsOf(dir: string): { calls: Call[]; lines: number; corrupt: number } {
  const calls: Call[] = [];
  let [lines, corrupt] = [0, 0];
  for (const name of readdirSync(join(dir, 'journal'))) {
    for (const line of readFileSync(join(dir, 'journal', name), 'utf8')
      .split('\n')
      .filter((text) => text !== '')) {
      lines += 1;
      if (!readCalls(line, calls)) corrupt += 1;
    }
  }
  return { calls, lines, corrupt };
}

/** Costs of the journals below are whole billionths of a dollar. */
function expectExactly(totals: Totals, calls: readonly Call[], where: string): void {
  expectTotals(totals, calls, where);
  const nanoUsd = calls.reduce((sum, { costUsd }) => sum + BigInt(Math.round((costUsd?.total ?? 0) * 1e9)), 0n);
  expect(totals.costUsd?.total ?? null, where).to.equal(costOf(calls) === null ? null : Number(nanoUsd) / 1e9);
}

function randomLine(random: Random): string {
  return callLine({
    at: NOW - 5 * 86_400_000 + random.below(10 * 86_400_000),
    millis: random.below(5_000_000) / 1000,
    model: random.pick(['a', 'b', 'modèle']),
    provider: random.pick(['x', 'y']),
    ...(random.maybe() && { workflow: random.pick(['v', 'w']) }),
    ...(random.maybe() && { tier: random.pick(['cheap', '__proto__']) }),
    ...(random.maybe(0.8) && { input: random.below(5000), output: random.below(500) }),
    ...(random.maybe(0.7) && { cost: random.below(1e9) / 1e9 }),
    ...(random.maybe(0.1) && { outcome: 'error' as const, errorType: random.pick(['429', 'timeout']) }),
    ...(random.maybe(0.2) && { attributes: { [names.GEN_AI_AGENT_NAME]: 'scout' } }),
    integersAsText: random.maybe(),
  });
}

/** What writers, retention, and disks do to a journal. */
function change(journal: string, random: Random): string {
  const files = readdirSync(journal);
  const path = files.length === 0 ? '' : join(journal, random.pick(files));
  const what =
    path === ''
      ? 'begun'
      : random.pick([
          'begun',
          'written',
          'written',
          'written',
          'torn',
          'damaged',
          'removed',
          'renamed',
          'cut',
          'replaced',
        ]);
  const lines = random.several(40, () => `${randomLine(random)}\n`).join('');
  const fresh = join(journal, `traces-${random.hex(8)}.jsonl`);
  if (what === 'begun') writeFileSync(fresh, lines);
  else if (what === 'written') appendFileSync(path, lines);
  else if (what === 'torn') appendFileSync(path, randomLine(random).slice(0, 1 + random.below(300)));
  else if (what === 'damaged') appendFileSync(path, `{"resourceSpans":${random.hex(4)}\n`);
  else if (what === 'removed') rmSync(path);
  else if (what === 'renamed') renameSync(path, fresh);
  else if (what === 'cut') truncateSync(path, random.below(statSync(path).size + 1));
  else {
    rmSync(path);
    writeFileSync(path, lines);
  }
  return what;
}

describe('the index', function () {
  this.timeout(120_000);
  after(removeTempDirs);

  for (let seed = 1; seed <= 12; seed++) {
    it(`answers as the whole journal does while it is written, torn, rotated and removed, seed ${seed}`, async () => {
      const random = new Random(seed);
      const dir = tempDir();
      const journal = join(dir, 'journal');
      mkdirSync(journal);
      const kept = openJournal({ dir });
      const done: string[] = [];
      for (let round = 0; round < 12; round++) {
        done.push(...random.several(4, () => change(journal, random)));
        if (random.maybe(0.1)) {
          // At any time: not only when nobody asks.
          for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `index.db${suffix}`), { force: true });
          await kept.close();
          done.push('index removed');
        }
        const truth = callsOf(dir);
        const timeZone = random.pick(ZONES);
        const question: Question = {
          timeZone,
          ...(random.maybe(0.3) && { since: NOW - random.below(5 * 86_400_000) }),
          ...(random.maybe(0.3) && { until: NOW + random.below(5 * 86_400_000) }),
          ...(random.maybe(0.2) && { model: ['b', 'modèle'] }),
          ...(random.maybe(0.2) && { agent: 'scout' }),
          ...(random.maybe(0.2) && { workflow: 'w' }),
        };
        const calls = truth.calls.filter((call) => isAbout(question, call));
        const other = openJournal({ dir });
        const where = `round ${round}: ${done.join(', ')}; ${JSON.stringify(question)}`;
        for (const answer of await Promise.all([kept.stats(question), other.stats(question)])) {
          expectExactly(answer.totals, calls, where);
          expect(answer.journal, where).to.include({ lines: truth.lines, corruptLines: truth.corrupt });
          const day = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
          const expected = {
            model: Map.groupBy(calls, modelOf),
            tier: Map.groupBy(calls, ({ tier }) => tier),
            day: Map.groupBy(calls, ({ timeMillis }) => day.format(timeMillis)),
          };
          for (const [dimension, some] of Object.entries(expected)) {
            const counts = new Map([...some].map(([key, mine]) => [key, mine.length]));
            const groups = answer.by[dimension as keyof typeof expected] ?? [];
            expect(new Map(groups.map(({ key, totals }) => [key, totals.calls])), where).to.deep.equal(counts);
          }
          for (const { key, totals } of answer.by.model ?? [])
            expectExactly(
              totals,
              calls.filter((call) => modelOf(call) === key),
              where,
            );
        }
        await other.close();
      }
      await kept.close();
    });
  }

  it('is built once by many commands at once, and read by all', async () => {
    const dir = tempDir();
    const line = `${callLine({ cost: 0.001, input: 1 })}\n`;
    for (let file = 0; file < 4; file++) writeJournal(dir, Buffer.from(line.repeat(12_000)), `traces-${file}.jsonl`);
    const asking = Array.from({ length: 3 }, () => runBuiltCli(['stats', '--json', '--by', 'tier', '--dir', dir]));
    for (const { stdout, stderr } of await Promise.all(asking)) {
      const { calls, costUsd } = JSON.parse(stdout) as Totals;
      expect([calls, costUsd?.total], stderr).to.deep.equal([48_000, 48]);
    }
  });

  it('takes a file that was emptied and written anew for a new one, though its lines end at the same bytes', async () => {
    const dir = tempDir();
    const linesOf = (model: string, count: number): string[] =>
      Array.from({ length: count }, (_, call) =>
        callLine({ at: NOW, model, attributes: { [names.GEN_AI_RESPONSE_ID]: String(call).padStart(6, '0') } }),
      );
    const path = writeJournal(dir, linesOf('before', 1000));
    const journal = openJournal({ dir });
    expect((await journal.stats()).totals.calls).to.equal(1000);
    // As those who rotate logs by copying them do: it is the same file.
    truncateSync(path);
    appendFileSync(
      path,
      linesOf('behind', 1020)
        .map((line) => `${line}\n`)
        .join(''),
    );
    const { by } = await journal.stats({ by: ['model'] });
    expect(by.model?.map(({ key, totals }) => [key, totals.calls])).to.deep.equal([['behind', 1020]]);
    await journal.close();
  });

  it('never holds in memory what has no newline: zeros where a disk lost what was written', async () => {
    const dir = tempDir();
    const path = writeJournal(dir, [callLine(), callLine()]);
    // More than one buffer may hold; a hole takes no room on the disk.
    truncateSync(path, 2 ** 31 + 1000);
    appendFileSync(path, `\n${callLine()}\n`);
    const journal = openJournal({ dir });
    const { totals, journal: read } = await journal.stats();
    expect(read.skippedFiles).to.deep.equal([]);
    expect([totals.calls, read.lines, read.corruptLines]).to.deep.equal([3, 4, 1]);
    await journal.close();
  });

  it('keeps nothing of what the journal no longer has', async () => {
    const dir = tempDir();
    const gone = writeJournal(
      dir,
      Array.from({ length: 2000 }, (_, call) =>
        callLine({ workflow: `gone${call}`, attributes: { [names.AGENT_VITALS_USER_HASH]: `gone${call}` } }),
      ),
      'traces-gone.jsonl',
    );
    writeJournal(dir, [callLine()], 'traces-kept.jsonl');
    const journal = openJournal({ dir });
    expect((await journal.stats()).totals.calls).to.equal(2001);
    rmSync(gone);
    expect((await journal.stats()).totals.calls).to.equal(1);
    await journal.close();
    expect(readFileSync(join(dir, 'index.db'), 'latin1')).not.to.contain('gone1');
  });

  it('says the same in the same order, however it came to be', async () => {
    const random = new Random(7);
    const [grown, built] = [tempDir(), tempDir()];
    const journal = openJournal({ dir: grown });
    const wordsOf = (names_: readonly string[]): string => random.pick(names_);
    const files = ['traces-b.jsonl', 'traces-a.jsonl', 'traces-c.jsonl'].map((name) => ({
      name,
      lines: [] as string[],
    }));
    const questions = (of: Journal): Promise<unknown>[] => [
      of.stats(),
      of.top({ limit: 7 }),
      of.top({ by: 'duration', limit: 7 }),
      of.top({ by: 'errors' }),
      of.users(),
      of.cache(),
      of.prompts(),
      of.workflows(),
      of.agents(),
      of.models(),
      of.timeline(),
    ];
    for (let round = 0; round < 6; round++) {
      const file = random.pick(files);
      for (let line = 0; line < 30; line++)
        file.lines.push(
          random.maybe()
            ? callLine({
                // Many of the same moment, at the same price, and as many of one as of another.
                at: NOW + random.below(3) * 1000,
                model: wordsOf(['gpt-5', 'a', 'b']),
                cost: random.pick([0.001, 0.002]),
                attributes: {
                  [names.GEN_AI_WORKFLOW_NAME]: wordsOf(['v', 'w']),
                  [names.AGENT_VITALS_USER_HASH]: wordsOf(['u', 't', 's']),
                  ...(random.maybe() && {
                    [names.AGENT_VITALS_OUTCOME]: 'error',
                    [names.ERROR_TYPE]: wordsOf(['Timeout', 'Refused', '429']),
                  }),
                },
              })
            : callLine({
                at: NOW + random.below(3) * 1000,
                attributes: {
                  [names.GEN_AI_OPERATION_NAME]: wordsOf(['run_prompt', 'invoke_workflow', 'invoke_agent']),
                  [names.GEN_AI_PROMPT_NAME]: wordsOf(['p', 'q']),
                  [names.AGENT_VITALS_PROMPT_VARIANT]: wordsOf(['xml', 'plain']),
                  [names.AGENT_VITALS_PROMPT_OUTCOME]: wordsOf(['success', 'parse_failed', 'error']),
                  [names.GEN_AI_WORKFLOW_NAME]: wordsOf(['v', 'w']),
                  [names.GEN_AI_AGENT_NAME]: wordsOf(['scout', 'writer']),
                  [names.AGENT_VITALS_WORKFLOW_STAGES]: random.pick([['b', 'a'], ['a'], ['c', 'b']]),
                  [names.AGENT_VITALS_RUN_FALLBACK_FROM]: [wordsOf(['gpt-5', 'a'])],
                  [names.AGENT_VITALS_RUN_FALLBACK_TO]: [wordsOf(['b', 'gpt-5'])],
                },
              }),
        );
      writeJournal(grown, file.lines, file.name);
      await Promise.all(questions(journal));
    }
    for (const { name, lines } of files) writeJournal(built, lines, name);
    const fresh = openJournal({ dir: built });
    const told = async (of: Journal, dir: string): Promise<string[]> =>
      (await Promise.all(questions(of))).map((answer) => JSON.stringify(answer).replaceAll(dir, ''));
    expect(await told(journal, grown)).to.deep.equal(await told(fresh, built));
    await Promise.all([journal.close(), fresh.close()]);
  });

  it('answers without a file where it cannot make one, and from a broken one makes another', async () => {
    const dir = tempDir();
    writeJournal(dir, [callLine()]);
    writeFileSync(join(dir, 'index.db'), 'no database at all, but long enough to look like one'.repeat(100));
    const journal = openJournal({ dir });
    expect((await journal.stats()).totals.calls).to.equal(1);
    expect(readFileSync(join(dir, 'index.db'), 'latin1')).to.match(/^SQLite format 3/);
    await journal.close();
    rmSync(join(dir, 'index.db'));
    mkdirSync(join(dir, 'index.db'));
    const without = openJournal({ dir });
    expect((await without.stats()).totals.calls).to.equal(1);
    writeJournal(dir, [callLine(), callLine()], 'traces-2.jsonl');
    expect((await without.stats()).totals.calls).to.equal(3);
    await without.close();
  });

  it('is kept when it is closed or removed while a question is answered', async () => {
    const dir = tempDir();
    writeJournal(dir, [callLine()]);
    const journal = openJournal({ dir });
    let closed: Promise<void> | undefined;
    const { totals } = await journal.stats({ onProgress: () => (closed ??= journal.close()) });
    expect(totals.calls).to.equal(1);
    await closed;
    rmSync(join(dir, 'index.db'));
    expect((await journal.stats()).totals.calls).to.equal(1);
    expect(existsSync(join(dir, 'index.db'))).to.equal(true);
    const [before, { files }] = await Promise.all([journal.stats(), journal.reset()]);
    expect([before.totals.calls, files]).to.deep.equal([1, 1]);
    writeJournal(dir, [callLine(), callLine()]);
    expect((await journal.stats()).totals.calls).to.equal(2);
    expect(existsSync(join(dir, 'index.db'))).to.equal(true);
    await journal.close();
  });

  it('tells what is not its own trouble, and asks no second time', async () => {
    const dir = tempDir();
    writeJournal(dir, [callLine()]);
    const index = new JournalIndex(dir);
    let asked = 0;
    const failure = Object.assign(new Error('out of memory'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
    const question = (): never => {
      asked += 1;
      throw failure;
    };
    expect(await index.ask(question).catch((error: unknown) => error)).to.equal(failure);
    expect(asked).to.equal(1);
    await index.close(() => undefined);
  });

  it('makes another of one that a later version has left', async () => {
    const dir = tempDir();
    writeJournal(dir, [callLine()]);
    const later = new DatabaseSync(join(dir, 'index.db'));
    later.exec('CREATE TABLE file (something TEXT); PRAGMA user_version = 12');
    later.close();
    const journal = openJournal({ dir });
    expect((await journal.stats()).totals.calls).to.equal(1);
    await journal.close();
    const own = new DatabaseSync(join(dir, 'index.db'));
    expect(own.prepare('PRAGMA user_version').get()).to.include({ user_version: 1 });
    expect(own.prepare('SELECT count(*) AS files FROM file').get()).to.include({ files: 1 });
    own.close();
  });

  it('is private, and made of nothing where there is nothing', async () => {
    const dir = tempDir();
    await openJournal({ dir }).stats();
    expect(existsSync(join(dir, 'index.db'))).to.equal(false);
    writeJournal(dir, [callLine()]);
    chmodSync(dir, 0o700);
    const journal = openJournal({ dir });
    await journal.stats();
    expect(statSync(join(dir, 'index.db')).mode & 0o777).to.equal(0o600);
    await journal.close();
  });
});
