// The index over a million calls: how fast it is built, and how long a question takes after that, the whole command from its start. Beside it the
// reading of every line by JSON.parse, and the reading of a flat usage log of as many entries. Asserts the answers first.
// Run after a build: npx tsx bench/index.ts [calls]
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  createReadStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type WrittenJournal, writeJournal } from './support/write-journal.ts';

const CALLS = Number(process.argv[2] ?? 1_000_000);
const QUESTIONS = [
  ['stats', '--json'],
  ['stats', '--json', '--since', '2026-11-20', '--utc'],
  ['timeline', '--json', '--utc'],
  ['cache', '--json'],
  ['users', '--json'],
  ['top', '--json'],
  ['savings', '--json', '--premium', 'claude-opus-4-1'],
];
const command = join(import.meta.dirname, '../dist/bin/agent-vitals.cjs');
const dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));

interface Answer {
  readonly calls: number;
  readonly costUsd: { readonly total: number };
}

function ask(args: readonly string[]): { readonly answer: Answer; readonly seconds: number } {
  const start = performance.now();
  const stdout = execFileSync(process.execPath, [command, ...args, '--dir', dir], { maxBuffer: 1e9, encoding: 'utf8' });
  return { answer: JSON.parse(stdout) as Answer, seconds: (performance.now() - start) / 1000 };
}

function report(name: string, seconds: number, count = 0): void {
  const rate =
    count === 0
      ? ''
      : `${Math.round(count / seconds)
          .toLocaleString('en-US')
          .padStart(10)}/s`;
  console.log(`${name.padEnd(60)} ${seconds.toFixed(2).padStart(7)} s ${rate}`);
}

function assertRight({ calls, costUsd }: Answer, written: WrittenJournal): void {
  assert.equal(calls, written.calls);
  const exact = Number(written.nanoUsd) / 1e9;
  assert.ok(Math.abs(costUsd.total - exact) <= 1e-9 * exact, `${costUsd.total} is not ${exact}`);
}

/** Line by line, as a reader of flat logs does. */
async function readFlatLog(path: string): Promise<number> {
  let cost = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    cost += (JSON.parse(line) as { cost: number }).cost;
  }
  return cost;
}

try {
  const written = writeJournal(dir, CALLS);
  const megabytes = (written.bytes / 1e6).toFixed(0);
  console.log(
    `${written.calls} calls, ${megabytes} MB in ${written.files} files, ${availableParallelism()} processors`,
  );

  const built = ask(['stats', '--json']);
  assertRight(built.answer, written);
  report('index: first question, builds it', built.seconds, CALLS);

  const journal = join(dir, 'journal');
  const names = readdirSync(journal);
  const start = performance.now();
  let parsed = 0;
  for (const name of names) {
    for (const line of readFileSync(join(journal, name), 'utf8').split('\n'))
      if (line !== '' && JSON.parse(line)) parsed += 1;
  }
  assert.equal(parsed, CALLS);
  report('JSON.parse of every line, and nothing more', (performance.now() - start) / 1000, CALLS);

  const flat = join(dir, 'usage.jsonl');
  const entry = {
    v: 1,
    ts: '2026-11-23T10:00:00.000Z',
    seq: 1,
    workflow: 'triage',
    tier: 'cheap',
    model: 'gpt-5',
    provider: 'openai',
    cost: 0.001,
    tokens: { input: 1000, output: 100 },
    cache: { hit: false },
    duration_ms: 900,
    user_id: 'u',
  };
  writeFileSync(flat, `${JSON.stringify(entry)}\n`.repeat(CALLS));
  const flatStart = performance.now();
  assert.ok(Math.abs((await readFlatLog(flat)) - CALLS / 1000) < 1e-3);
  report('a flat usage log, line by line', (performance.now() - flatStart) / 1000, CALLS);

  assertRight(ask(['stats', '--json']).answer, written);
  for (const question of QUESTIONS) {
    const seconds = Array.from({ length: 5 }, () => ask(question).seconds).sort((a, b) => a - b);
    report(`agent-vitals ${question.join(' ')}`, seconds[0] as number);
  }
  // A line of the last file again: the index reads it and little more.
  const last = join(journal, names.at(-1) as string);
  appendFileSync(last, `${readFileSync(last, 'utf8').split('\n')[0]}\n`);
  const grown = ask(['stats', '--json']);
  assert.equal(grown.answer.calls, CALLS + 1);
  report('agent-vitals stats --json, with one new call', grown.seconds);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
