// `agent-vitals reset`: removes the journal and the index made of it, and nothing else.
import { type Command } from 'commander';
import { filesUntil, removeFiles, sizeOf } from '../../query/remove-journal.ts';
import { confirmRemoval } from '../confirm.ts';
import { Failure } from '../failure.ts';
import { formatBytes, formatCountOf } from '../format.ts';
import { addDirOption, addJsonOption, type FilterOptions, questionOf, resolveDir } from '../journal-options.ts';
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
  const files = filesUntil(dir, questionOf(options).until);
  const progress = startProgress(files);
  const size = await sizeOf(files, { onProgress: progress.update });
  progress.end();
  const live = readProcesses(dir).filter((one) => one.alive);
  const what = `${formatCountOf(size.entries, 'entry', 'entries')} in ${formatCountOf(size.files, 'file')} (${formatBytes(size.bytes)})`;

  if (files.length > 0) {
    if (live.length > 0) note(liveWarning(live));
    await confirmRemoval(what, shortPath(dir), options.yes);
  }
  const left = removeFiles(dir, files);
  if (left.length > 0) {
    throw new Failure(`Not all could be removed. ${left.map(({ file, reason }) => `${file}: ${reason}`).join(', ')}.`);
  }
  if (options.json) {
    printJson({ dir, ...size, liveProcesses: live.map(({ pid }) => pid) });
  } else {
    const none = options.until === undefined ? 'There is no journal' : 'No file of the journal is that old';
    print(files.length === 0 ? `${none} in ${shortPath(dir)}: nothing to remove.` : `Removed ${what}.`);
  }
}

function liveWarning(live: readonly { readonly pid: number }[]): string {
  const pids = live.map(({ pid }) => pid).join(', ');
  return `${formatCountOf(live.length, 'live process', 'live processes')} (${pids}) will go on writing, into a new file; what is written in this very moment is lost.`;
}
