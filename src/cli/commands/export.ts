// `agent-vitals export`: the calls for other programs, as JSON lines, CSV, or the journal's own OTLP lines.
import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { type Call } from '../../query/call.ts';
import { type CallFilter } from '../../query/call-filter.ts';
import { callsIn, findTraceFiles } from '../../query/find-calls.ts';
import { type JournalBatch, JournalTally, readJournal } from '../../query/journal-reader.ts';
import { summaryOf } from '../../query/question.ts';
import { callRecord } from '../call-table.ts';
import { CSV_HEADER, csvRow } from '../csv.ts';
import { Failure, UsageError } from '../failure.ts';
import { formatCountOf } from '../format.ts';
import {
  addCallOptions,
  addDirOption,
  addErrorsOption,
  addJsonOption,
  addPeriodOptions,
  type FilterOptions,
  resolveDir,
  resolveFilter,
} from '../journal-options.ts';
import { reportDamage } from '../journal-report.ts';
import { note, printJson, printPart } from '../output.ts';
import { parquetParts } from '../parquet.ts';
import { startProgress } from '../progress.ts';

const FORMATS = ['jsonl', 'csv', 'parquet', 'otlp'] as const;
type Format = (typeof FORMATS)[number];

interface ExportOptions extends FilterOptions {
  readonly format: Format;
  readonly output?: string;
}

interface Exported {
  calls: number;
  lines: number;
}

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('calls for other programs')
    .addOption(
      new Option('--format <format>', 'JSON lines, CSV, Parquet, or the OTLP/JSON lines of the journal as they stand')
        .choices(FORMATS)
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
  const dir = resolveDir(options);
  const filter = resolveFilter(options);
  const tally = new JournalTally();
  const exported: Exported = { calls: 0, lines: 0 };
  if (options.format === 'parquet' && options.output === undefined && process.stdout.isTTY) {
    throw new UsageError('Parquet is nothing to look at. Give --output <file>, or send it to a file or a program.');
  }
  const parts = exportParts(dir, filter, options.format, tally, exported);
  if (options.output === undefined) {
    for await (const part of parts) await printPart(part);
  } else {
    await writeFile(options.output, parts);
    const { calls, lines } = exported;
    if (options.json) {
      printJson({ format: options.format, output: options.output, calls, lines, journal: summaryOf(dir, tally) });
    } else {
      note(`${formatCountOf(calls, 'call')} written to ${options.output}.`);
    }
  }
  reportDamage(summaryOf(dir, tally));
}

async function* exportParts(
  dir: string,
  filter: CallFilter,
  format: Format,
  tally: JournalTally,
  exported: Exported,
): AsyncGenerator<string | Uint8Array> {
  const files = findTraceFiles(dir, filter, tally);
  const progress = startProgress(files);
  const batches = readJournal(files, tally, { onProgress: progress.update });
  if (format === 'otlp') yield* otlpParts(batches, filter, tally, exported);
  else {
    const calls = exportedCalls(batches, filter, tally, exported);
    yield* format === 'parquet' ? parquetParts(calls) : textParts(calls, format);
  }
  progress.end();
}

async function* exportedCalls(
  batches: AsyncIterable<JournalBatch>,
  filter: CallFilter,
  tally: JournalTally,
  exported: Exported,
): AsyncGenerator<readonly Call[]> {
  for await (const batch of batches) {
    const calls = callsIn(batch, filter, tally);
    exported.calls += calls.length;
    exported.lines += calls.length;
    if (calls.length > 0) yield calls;
  }
}

async function* textParts(batches: AsyncIterable<readonly Call[]>, format: 'jsonl' | 'csv'): AsyncGenerator<string> {
  if (format === 'csv') yield CSV_HEADER;
  const rowOf = format === 'csv' ? csvRow : (call: Call) => `${JSON.stringify(callRecord(call))}\n`;
  for await (const calls of batches) yield calls.map(rowOf).join('');
}

async function* otlpParts(
  batches: AsyncIterable<JournalBatch>,
  filter: CallFilter,
  tally: JournalTally,
  exported: Exported,
): AsyncGenerator<string> {
  for await (const batch of batches) {
    const lines = linesWithCalls(batch, filter, tally, exported);
    exported.lines += lines.length;
    if (lines.length > 0) yield lines.join('');
  }
}

/** A line goes out whole, with all its spans, when one of its calls matches: what is cut would no longer be the line that was written. */
function linesWithCalls(batch: JournalBatch, filter: CallFilter, tally: JournalTally, exported: Exported): string[] {
  return batch.lines
    .filter((line) => {
      const { length } = callsIn({ file: batch.file, lines: [line] }, filter, tally);
      exported.calls += length;
      return length > 0;
    })
    .map((line) => `${line}\n`);
}

/** Written beside the file and renamed at the end, so that there is never half an export under its name. */
async function writeFile(path: string, parts: AsyncIterable<string | Uint8Array>): Promise<void> {
  const unfinished = `${path}.${process.pid}.unfinished`;
  const stream = createWriteStream(unfinished, { mode: 0o600 });
  const done = finished(stream);
  try {
    // A failure of the disk ends the writing, not only the waiting at its end.
    await Promise.race([done, writeAll()]);
    await done;
    renameSync(unfinished, path);
  } catch (error) {
    if (existsSync(unfinished)) rmSync(unfinished);
    throw new Failure(`Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }

  async function writeAll(): Promise<void> {
    for await (const part of parts) await printPart(part, stream);
    stream.end();
  }
}
