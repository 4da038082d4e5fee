// What several commands say of the journal they read: what of it is damaged, what is not in it, that it is empty, where it lies.
import { relative } from 'node:path';
import { type JournalSummary } from '../query/question.ts';
import { formatCount, formatCountOf, printable } from './format.ts';
import { note } from './output.ts';
import { partialSampler } from './partial-sampler.ts';

/** Says what of the journal could not be read. */
export function reportDamage(journal: JournalSummary): void {
  if (journal.corruptLines > 0) {
    const files = Object.entries(journal.corruptByFile).map(([file, lines]) => `${file} (${formatCount(lines)})`);
    const more = files.length > 3 ? ` and ${formatCountOf(files.length - 3, 'more file')}` : '';
    note(
      `${formatCountOf(journal.corruptLines, 'damaged line')} skipped, in ${printable(files.slice(0, 3).join(', '))}${more}.`,
    );
  }
  for (const { file, reason } of journal.skippedFiles) note(`${printable(file)} was not read: ${reason}.`);
}

/** Says that calls may be missing, where a sampler that drops some is set. */
export function reportSampling(): void {
  const sampler = partialSampler();
  if (sampler !== undefined) {
    note(
      `OTEL_TRACES_SAMPLER is ${printable(sampler)}: calls that were not sampled are not in the journal, and not in this answer.`,
    );
  }
}

/** What to tell who has nothing yet, or nothing that matches. @param about what was asked for: `calls`, `runs of prompts`. */
export function nothingFound(about: string, { dir, lines, corruptLines }: JournalSummary): string {
  if (lines > corruptLines) return `No ${about} match, among ${formatCountOf(lines, 'line')} of the journal.`;
  return [
    `There are no calls in ${shortPath(dir)} yet. Start your app with one of`,
    '  agent-vitals run -- node app.js',
    '  node --import agent-vitals/register app.js',
    'Calls that a sampler drops (OTEL_TRACES_SAMPLER) are not in the journal.',
  ].join('\n');
}

/** A path as people would write it from here. */
export function shortPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' ? '.' : near.startsWith('..') ? path : near;
}
