// The index over a million calls, and the runs of prompts, workflows and agents above them: how fast it is built, and how long each question takes after
// that, the whole command from its start, with and without filters. Beside it the reading of every line by JSON.parse, and the reading of a flat usage log
// of as many entries. Asserts the answers first.
// Run after a build: npx tsx bench/index.ts [calls] [times each question is asked: the best of them counts]
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
const TIMES = Number(process.argv[3] ?? 7);
const QUESTIONS: readonly (readonly string[])[] = [
  ['stats'],
  ['timeline'],
  ['timeline', '--by', 'hour'],
  ['savings', '--premium', 'claude-opus-4-1'],
  ['cache'],
  ['compare', '2026-10-25..2026-11-08', '2026-11-09..2026-11-23'],
  ['compare', '--by', 'model', 'gpt-5', 'claude-opus-4-1'],
  ['compare', '--by', 'variant', 'xml', 'plain'],
  ['models'],
  ['users'],
  ['top'],
  ['top', '--by', 'errors'],
  ['prompts'],
  ['workflows'],
  ['agents', 'stats'],
];
const FILTERS: Readonly<Record<string, readonly string[]>> = {
  all: [],
  '--since': ['--since', '2026-11-20'],
  '--workflow': ['--workflow', 'triage'],
  '--model': ['--model', 'gpt-5'],
  '--agent': ['--agent', 'triage-agent-0'],
};
const command = join(import.meta.dirname, '../dist/bin/agent-vitals.cjs');
const dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));

interface Answer {
  readonly calls: number;
  readonly runs: number;
  readonly costUsd: { readonly total: number };
}

function ask(args: readonly string[]): { readonly answer: Answer; readonly seconds: number } {
  const start = performance.now();
  const stdout = execFileSync(process.execPath, [command, ...args, '--json', '--dir', dir], {
    maxBuffer: 1e9,
    encoding: 'utf8',
    // Notes of the questions are no figures.
    stdio: 'pipe',
  });
  return { answer: JSON.parse(stdout) as Answer, seconds: (performance.now() - start) / 1000 };
}

function report(name: string, seconds: number, count = 0): void {
  const rate = count === 0 ? '' : `${Math.round(count / seconds).toLocaleString('en-US')}/s`;
  console.log(`${name.padEnd(60)} ${seconds.toFixed(2).padStart(7)} s ${rate.padStart(12)}`);
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

/** Whether the question says itself what the filter would, and refuses it. */
function isRefused(question: readonly string[], filter: string): boolean {
  if (question[0] !== 'compare') return false;
  return question.includes('--by') ? filter === `--${question[2]}` : filter === '--since';
}

/** A row of a table in Markdown: seconds by filter. */
function askWithFilters(question: readonly string[]): string {
  const cells = Object.entries(FILTERS).map(([name, filter]) => {
    if (isRefused(question, name)) return '';
    const seconds = Array.from({ length: TIMES }, () => ask([...question, ...filter]).seconds);
    return Math.min(...seconds).toFixed(2);
  });
  return `| \`${question.join(' ')}\` | ${cells.join(' | ')} |`;
}

try {
  const written = writeJournal(dir, CALLS);
  const { runs } = written;
  const spans = CALLS + runs.prompt + runs.workflow + runs.agent;
  console.log(
    `${CALLS} calls, ${runs.prompt} runs of prompts, ${runs.workflow} of workflows, ${runs.agent} of agents: ` +
      `${(written.bytes / 1e6).toFixed(0)} MB in ${written.files} files, ${availableParallelism()} processors`,
  );

  const built = ask(['stats']);
  assertRight(built.answer, written);
  report('index: first question, builds it (calls)', built.seconds, CALLS);
  report('index: first question, builds it (calls and runs)', built.seconds, spans);

  const journal = join(dir, 'journal');
  const names = readdirSync(journal);
  const start = performance.now();
  let parsed = 0;
  for (const name of names) {
    for (const line of readFileSync(join(journal, name), 'utf8').split('\n'))
      if (line !== '' && JSON.parse(line)) parsed += 1;
  }
  assert.equal(parsed, spans);
  report('JSON.parse of every line, and nothing more', (performance.now() - start) / 1000, spans);

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

  assertRight(ask(['stats']).answer, written);
  for (const [question, count] of [
    ['prompts', runs.prompt],
    ['workflows', runs.workflow],
    ['agents stats', runs.agent],
  ] as const)
    assert.equal(ask(question.split(' ')).answer.runs, count);
  // A call of the last file again: the index reads it and little more.
  const last = join(journal, names.at(-1) as string);
  const isCall = (line: string): boolean => line.includes('"chat"');
  appendFileSync(last, `${readFileSync(last, 'utf8').split('\n').find(isCall)}\n`);
  const grown = ask(['stats']);
  assert.equal(grown.answer.calls, CALLS + 1);
  report('stats, with one new call', grown.seconds);
  report('stats --where, which reads the journal', ask(['stats', '--where', 'server.port=443']).seconds);

  console.log(
    `\n| seconds | ${Object.keys(FILTERS).join(' | ')} |\n| --- |${' ---: |'.repeat(Object.keys(FILTERS).length)}`,
  );
  for (const question of QUESTIONS) console.log(askWithFilters(question));
} finally {
  rmSync(dir, { recursive: true, force: true });
}
