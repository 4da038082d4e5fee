// Writes into the README and the guide what the commands answer about the small journal of the tests. A test compares the two.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSmallJournal } from '../test/support/small-journal.ts';

const root = join(import.meta.dirname, '..');
const main = join(root, 'dist/bin/agent-vitals.cjs');
/** Pages with answers in them. */
export const PAGES: readonly string[] = ['README.md', 'docs/guide/questions.md'];

/** The page with what stands behind each `<!-- answer: agent-vitals … -->` made anew. */
export function withAnswers(page: string): string {
  const cwd = mkdtempSync(join(tmpdir(), 'agent-vitals-answers-'));
  try {
    writeSmallJournal(join(cwd, '.agent-vitals'));
    return page.replaceAll(
      /(<!-- answer: agent-vitals ([^\n]*) -->\n)[^]*?(<!-- \/answer -->)/g,
      (_, start: string, args: string, end: string) => {
        const answer = execFileSync(process.execPath, [main, ...args.split(' ')], {
          cwd,
          env: { PATH: process.env.PATH, TZ: 'UTC' },
          encoding: 'utf8',
        });
        return `${start}\n\`\`\`\n$ agent-vitals ${args}\n${answer.trimEnd()}\n\`\`\`\n\n${end}`;
      },
    );
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  for (const name of PAGES) {
    const path = join(root, name);
    writeFileSync(path, withAnswers(readFileSync(path, 'utf8')));
  }
}
