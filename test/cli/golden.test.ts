// What each question's command answers about the small journal, kept in test/cli/golden: on a terminal of 80 and of 200 columns, elsewhere, and in
// JSON. `UPDATE_GOLDEN=1 npx mocha test/cli/golden.test.ts` writes it anew; the difference is to be read before it is committed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type ProcessResult, runProcess } from '../support/run-process.ts';
import { writeSmallJournal } from '../support/small-journal.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { runOnTerminal } from '../support/terminal.ts';

const main = join(import.meta.dirname, '../../dist/bin/agent-vitals.cjs');

/** By the name of the file they are kept in. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  stats: ['stats'],
  'stats-by': ['stats', '--by', 'tier,day', '--since', '2026-11-03'],
  savings: ['savings', '--premium', 'gpt-4o'],
  cache: ['cache'],
  'compare-periods': ['compare', '2026-11-02', '2026-11-03'],
  'compare-models': ['compare', '--by', 'model', 'gpt-4o', 'gpt-4o-mini'],
  'compare-variants': ['compare', '--by', 'variant', 'plain', 'xml', '--prompt', 'classify'],
  models: ['models'],
  users: ['users'],
  top: ['top', '-n', '5'],
  'top-errors': ['top', '--by', 'errors'],
  prompts: ['prompts'],
  workflows: ['workflows'],
  'agents-stats': ['agents', 'stats'],
  timeline: ['timeline'],
  'timeline-by-hour': ['timeline', '--by', 'hour', '--since', '2026-11-03'],
  'stats-where': ['stats', '--by', 'model', '--where', 'agent_vitals.cache.hit=true'],
  show: ['show', '-n', '12'],
  'export-jsonl': ['export', '--since', '2026-11-03T10:00', '--until', '2026-11-03T12:00'],
  'export-runs': ['export', '--of', 'runs', '--since', '2026-11-03T10:00', '--until', '2026-11-03T12:00'],
  'export-csv': ['export', '--format', 'csv', '--since', '2026-11-03T10:00', '--until', '2026-11-03T12:00'],
};

/** The terminal's own language, in letters that an editor shows. */
function visible(text: string): string {
  return text.replaceAll('\u001B', '␛').replaceAll('\r', '␍');
}

/** Lines that the terminal would break. */
function tooWide(text: string, columns: number): string[] {
  const lines = text.split('\n').map((line) => line.replaceAll(/␛\[[\d;]*m/g, ''));
  return lines.filter((line) => line.length > columns);
}

function expectGolden(name: string, text: string): void {
  const path = join(import.meta.dirname, 'golden', name);
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, text);
  expect(text).to.equal(readFileSync(path, 'utf8'));
}

describe('answers about the small journal', () => {
  let cwd: string;
  before(() => {
    cwd = tempDir();
    writeSmallJournal(join(cwd, '.agent-vitals'));
  });
  after(removeTempDirs);

  const env = (columns: number) => ({ TZ: 'UTC', COLUMNS: String(columns) });
  const answer = ({ code, stdout, stderr }: ProcessResult): string => {
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    return visible(stdout.replaceAll(cwd, '<dir>'));
  };

  for (const [name, args] of Object.entries(COMMANDS)) {
    for (const columns of [80, 200]) {
      it(`${args.join(' ')}, on a terminal of ${columns} columns`, async () => {
        const text = answer(
          await runOnTerminal([process.execPath, main, ...args], columns, { cwd, env: env(columns) }),
        );
        expectGolden(`${name}.${columns}.txt`, text);
        if (args[0] === 'export') return;
        expect(tooWide(text, columns)).to.deep.equal([]);
      });
    }

    if (args[0] !== 'export') {
      it(`${args.join(' ')}, on a terminal of 40 columns`, async () => {
        const text = answer(await runOnTerminal([process.execPath, main, ...args], 40, { cwd, env: env(40) }));
        expect(tooWide(text, 40)).to.deep.equal([]);
      });
    }

    it(`${args.join(' ')}, not on a terminal`, async () => {
      const [narrow, wide] = await Promise.all(
        [80, 200].map((columns) => runProcess(process.execPath, [main, ...args], { cwd, env: env(columns) })),
      );
      expectGolden(`${name}.txt`, answer(narrow as ProcessResult));
      expect(wide?.stdout).to.equal(narrow?.stdout);
    });

    if (args[0] === 'export') continue;
    it(`${args.join(' ')} --json`, async () => {
      expectGolden(
        `${name}.json`,
        answer(await runProcess(process.execPath, [main, ...args, '--json'], { cwd, env: env(80) })),
      );
    });
  }
});
