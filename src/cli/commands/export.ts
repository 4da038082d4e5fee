// `agent-vitals export`: the calls or runs for other programs, as JSON lines, CSV, Parquet, or the journal's own OTLP lines.
import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import {
  EXPORT_FORMATS,
  EXPORT_SUBJECTS,
  type Exported,
  type ExportFormat,
  type ExportParts,
  type ExportSubject,
} from '../../query/export/export-format.ts';
import { openJournal } from '../../runtime/open-journal.ts';
import { Failure, UsageError } from '../failure.ts';
import { formatCountOf } from '../format.ts';
import {
  addCallOptions,
  addDirOption,
  addErrorsOption,
  addJsonOption,
  addPeriodOptions,
  type FilterOptions,
  questionOf,
  resolveDir,
} from '../journal-options.ts';
import { reportDamage, reportSampling } from '../journal-report.ts';
import { note, printJson, printPart } from '../output.ts';
import { progressOfIndex } from '../progress.ts';

interface ExportOptions extends FilterOptions {
  readonly format: ExportFormat;
  readonly of?: ExportSubject;
  readonly output?: string;
}

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('calls and runs for other programs')
    .addOption(
      new Option('--format <format>', 'JSON lines, CSV, Parquet, or the OTLP/JSON lines of the journal as they stand')
        .choices(EXPORT_FORMATS)
        .default('jsonl'),
    )
    .addOption(
      new Option(
        '--of <what>',
        'what a row is, a call or a run of a prompt, a workflow or an agent (default: calls; OTLP lines hold both)',
      ).choices(EXPORT_SUBJECTS),
    )
    .option('-o, --output <file>', 'write to this file, which is replaced, instead of stdout')
    .action(exportJournal);
  addJsonOption(
    addDirOption(addErrorsOption(addCallOptions(addPeriodOptions(command)))),
    'with --output: say in JSON what was written',
  );
}

async function exportJournal(options: ExportOptions): Promise<void> {
  const { format, of, output } = options;
  const dir = resolveDir(options);
  const question = questionOf(options);
  if (format === 'parquet' && output === undefined && process.stdout.isTTY) {
    throw new UsageError('Parquet is nothing to look at. Give --output <file>, or send it to a file or a program.');
  }
  if (format === 'otlp' && of !== undefined) {
    throw new UsageError('OTLP lines are exported with their calls and runs alike: leave --of out.');
  }
  const { calls, runs, lines, journal } = await progressOfIndex((onProgress) => {
    const parts = openJournal({ dir }).export({ ...question, format, of, onProgress });
    return output === undefined ? printAll(parts) : writeFile(output, parts);
  });
  if (output !== undefined) {
    if (options.json) printJson({ format, output, calls, runs, lines, journal });
    else note(`${whatIs(calls, runs, of)} written to ${output}.`);
  }
  reportDamage(journal);
  reportSampling();
}

function whatIs(calls: number, runs: number, of: ExportSubject | undefined): string {
  if (of === 'runs') return formatCountOf(runs, 'run');
  const andRuns = runs === 0 ? '' : ` and ${formatCountOf(runs, 'run')}`;
  return `${formatCountOf(calls, 'call')}${andRuns}`;
}

async function printAll(parts: ExportParts, stream?: NodeJS.WritableStream): Promise<Exported> {
  for (;;) {
    const { done, value } = await parts.next();
    if (done) return value;
    await printPart(value, stream);
  }
}

/** Written beside the file and renamed at the end, so that there is never half an export under its name. */
async function writeFile(path: string, parts: ExportParts): Promise<Exported> {
  const unfinished = `${path}.${process.pid}.unfinished`;
  const stream = createWriteStream(unfinished, { mode: 0o600 });
  const done = finished(stream);
  try {
    const writing = printAll(parts, stream);
    // A failure of the disk ends the writing, not only the waiting at its end.
    await Promise.race([done, writing]);
    stream.end();
    await done;
    renameSync(unfinished, path);
    return await writing;
  } catch (error) {
    if (existsSync(unfinished)) rmSync(unfinished);
    throw new Failure(`Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
