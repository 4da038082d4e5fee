// `agent-vitals export`: the calls for other programs, as JSON lines, CSV, Parquet, or the journal's own OTLP lines.
import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import {
  EXPORT_FORMATS,
  type Exported,
  type ExportFormat,
  type ExportParts,
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
import { reportDamage } from '../journal-report.ts';
import { note, printJson, printPart } from '../output.ts';
import { progressOfIndex } from '../progress.ts';

interface ExportOptions extends FilterOptions {
  readonly format: ExportFormat;
  readonly output?: string;
}

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('calls for other programs')
    .addOption(
      new Option('--format <format>', 'JSON lines, CSV, Parquet, or the OTLP/JSON lines of the journal as they stand')
        .choices(EXPORT_FORMATS)
        .default('jsonl'),
    )
    .option('-o, --output <file>', 'write to this file, which is replaced, instead of stdout')
    .action(exportCalls);
  addJsonOption(
    addDirOption(addErrorsOption(addCallOptions(addPeriodOptions(command)))),
    'with --output: say in JSON what was written',
  );
}

async function exportCalls(options: ExportOptions): Promise<void> {
  const { format, output } = options;
  const dir = resolveDir(options);
  const question = questionOf(options);
  if (format === 'parquet' && output === undefined && process.stdout.isTTY) {
    throw new UsageError('Parquet is nothing to look at. Give --output <file>, or send it to a file or a program.');
  }
  const { calls, lines, journal } = await progressOfIndex((onProgress) => {
    const parts = openJournal({ dir }).export({ ...question, format, onProgress });
    return output === undefined ? printAll(parts) : writeFile(output, parts);
  });
  if (output !== undefined) {
    if (options.json) printJson({ format, output, calls, lines, journal });
    else note(`${formatCountOf(calls, 'call')} written to ${output}.`);
  }
  reportDamage(journal);
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
