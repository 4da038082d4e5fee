// The apps of the crash tests, run with and without the flag, and what of their spans is in the journal.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { journalLines } from '../support/journal-files.ts';
import { recordsOf } from '../support/otlp-records.ts';
import type { ProcessOptions } from '../support/run-process.ts';

const APPS = join(import.meta.dirname, 'apps');
/** As a user would give it: the built package. */
export const FLAG = ['--require', createRequire(import.meta.url).resolve('agent-vitals/register')];

/** Settings of an app whose data directory is `dir`. It has no scrape endpoint: the tests here are of the journal. */
export function settings(dir: string, env: ProcessOptions['env'] = {}): ProcessOptions {
  // Of the bundle no coverage is wanted; Node hands the variable on unless it is named, and an app that has lost its rights could not write it.
  const own = { AGENT_VITALS_DIR: dir, AGENT_VITALS_PROMETHEUS_ENABLED: 'false', NODE_V8_COVERAGE: '' };
  return { cwd: APPS, env: { ...own, ...env } };
}

/** Numbers of the spans in the journal by the name of who ended them, in order. */
export function journaled(dir: string): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (const { record } of recordsOf(journalLines(dir, 'traces'))) {
    const [who = '', number] = String(record['name']).split(' ');
    (found[who] ??= []).push(Number(number));
  }
  for (const numbers of Object.values(found)) numbers.sort((a, b) => a - b);
  return found;
}

/** Every span that an app has said to have ended is in the journal, once. */
export function expectAllJournaled(dir: string, stdout: string): void {
  const said: Record<string, number> = {};
  for (const [, who = '', count] of stdout.matchAll(/^ended (\S+) (\d+)$/gm)) said[who] = Number(count);
  expect(said, stdout).to.not.deep.equal({});
  const expected = Object.entries(said).map(([who, count]) => [who, Array.from({ length: count }, (_, n) => n)]);
  expect(journaled(dir)).to.deep.equal(Object.fromEntries(expected));
}
