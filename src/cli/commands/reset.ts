// `agent-vitals reset`: removes the journal and the index made of it, and nothing else.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Command } from 'commander';
import { Cursors } from '../../backends/shipping/cursors.ts';
import { listJournalFiles } from '../../query/journal-files.ts';
import { countLines } from '../../query/journal-reader.ts';
import { confirmRemoval } from '../confirm.ts';
import { Failure } from '../failure.ts';
import { formatBytes, formatCountOf } from '../format.ts';
import { addDirOption, addJsonOption, type FilterOptions, resolveDir, resolveFilter } from '../journal-options.ts';
import { shortPath } from '../journal-report.ts';
import { note, print, printJson } from '../output.ts';
import { readProcesses } from '../processes.ts';
import { startProgress } from '../progress.ts';

interface ResetOptions extends FilterOptions {
  readonly yes?: boolean;
}

export function addReset(program: Command): void {
  const command = program
    .command('reset')
    .description('remove the journal; asks first')
    .option('--until <when>', 'only files that were last written before then; a date is meant with its whole day')
    .option('-y, --yes', 'do not ask')
    .action(reset);
  addJsonOption(addDirOption(command));
}

async function reset(options: ResetOptions): Promise<void> {
  const dir = resolveDir(options);
  // A file is removed or stays as a whole: others write to it, and what is shipped is known by its place in it.
  const { untilMillis = Infinity } = resolveFilter(options);
  const files = listJournalFiles(dir).files.filter(({ modifiedMillis }) => modifiedMillis < untilMillis);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const progress = startProgress(files);
  const entries = await countLines(files, { onProgress: progress.update });
  progress.end();
  const live = readProcesses(dir).filter((one) => one.alive);
  const what = `${formatCountOf(entries, 'entry', 'entries')} in ${formatCountOf(files.length, 'file')} (${formatBytes(bytes)})`;

  if (files.length > 0) {
    if (live.length > 0) note(liveWarning(live));
    await confirmRemoval(what, shortPath(dir), options.yes);
  }
  const cursors = new Cursors(dir);
  const left: string[] = [];
  for (const file of files) {
    try {
      rmSync(file.path, { force: true });
      cursors.remove(file.path);
    } catch (error) {
      left.push(`${file.name}: ${(error as NodeJS.ErrnoException).code}`);
    }
  }
  // It is made of the journal, and would hold it until the next question.
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `index.db${suffix}`), { force: true });
  if (left.length > 0) throw new Failure(`Not all could be removed. ${left.join(', ')}.`);
  if (options.json) {
    printJson({ dir, entries, files: files.length, bytes, liveProcesses: live.map(({ pid }) => pid) });
  } else {
    const none = options.until === undefined ? 'There is no journal' : 'No file of the journal is that old';
    print(files.length === 0 ? `${none} in ${shortPath(dir)}: nothing to remove.` : `Removed ${what}.`);
  }
}

function liveWarning(live: readonly { readonly pid: number }[]): string {
  const pids = live.map(({ pid }) => pid).join(', ');
  return `${formatCountOf(live.length, 'live process', 'live processes')} (${pids}) will go on writing, into a new file; what is written in this very moment is lost.`;
}
