// `agent-vitals import`: calls that other programs wrote, into the journal.
import { statSync } from 'node:fs';
import { type Command } from 'commander';
import { resolveConfig } from '../../config/resolve-config.ts';
import { fileProblem } from '../../internal/file-problem.ts';
import { openJournal } from '../../runtime/open-journal.ts';
import { Failure } from '../failure.ts';
import { formatCountOf } from '../format.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../journal-options.ts';
import { shortPath } from '../journal-report.ts';
import { note, print, printJson } from '../output.ts';
import { progressOf } from '../progress.ts';

export function addImport(program: Command): void {
  const command = program
    .command('import')
    .description("calls from a collector's files of OTLP/JSON lines, or from a flat usage log; twice is once")
    .argument('<file...>')
    .action(importCalls);
  addJsonOption(addDirOption(command));
}

async function importCalls(paths: readonly string[], options: DirOptions): Promise<void> {
  const { config, warnings } = resolveConfig({ flags: options.dir === undefined ? undefined : { dir: options.dir } });
  for (const warning of warnings) note(warning);
  const { dir } = config;
  const totalBytes = paths.reduce((sum, path) => sum + sizeOf(path), 0);
  const progress = progressOf('importing', () => totalBytes);
  const imported = await openJournal({ dir })
    .import(paths, { onProgress: progress.update })
    .finally(() => progress.end());
  const { calls, runs, alreadyThere, otherSpans, lines, unknownLines } = imported;
  if (options.json) {
    printJson({ dir, ...imported });
  } else {
    const taken = runs === 0 ? '' : ` and ${formatCountOf(runs, 'run')}`;
    print(`Imported ${formatCountOf(calls, 'call')}${taken} into ${shortPath(dir)}.`);
    if (alreadyThere > 0) note(`${formatCountOf(alreadyThere, 'was', 'were')} there already`);
    if (otherSpans > 0) note(`${formatCountOf(otherSpans, 'span')} left out: neither a call nor a run`);
    if (unknownLines > 0) note(`${formatCountOf(unknownLines, 'line')} not understood`);
  }
  if (lines > 0 && unknownLines === lines)
    throw new Failure('None of the lines is OTLP/JSON of traces, or of a usage log.');
}

function sizeOf(path: string): number {
  try {
    const stat = statSync(path);
    if (stat.isFile()) return stat.size;
  } catch (error) {
    throw new Failure(`Cannot read ${path}: ${fileProblem(error)}.`, { cause: error });
  }
  throw new Failure(`Cannot read ${path}: not a file.`);
}
