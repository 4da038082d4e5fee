// Calls or runs for other programs, as JSON lines, CSV or Parquet, or both as the journal's own OTLP lines. What is in memory is a piece of them, however
// many there are.
import { type CallFilter } from '../call-filter.ts';
import { type CallsAndRuns, callsAndRunsIn } from '../calls-and-runs.ts';
import { findTraceFiles } from '../find-calls.ts';
import { type JournalIndex } from '../index/journal-index.ts';
import { type JournalBatch, JournalTally, readJournal } from '../journal-reader.ts';
import { type Question, summaryOf } from '../question.ts';
import { CALL_FIELDS } from './call-fields.ts';
import { csvHeader, csvRow } from './csv.ts';
import { type ExportFormat, type ExportParts, type ExportSubject } from './export-format.ts';
import { type Field } from './field.ts';
import { parquetParts } from './parquet.ts';
import { RUN_FIELDS } from './run-fields.ts';
import { timedRecord } from './timed-record.ts';

interface ExportOptions extends Pick<Question, 'onProgress'> {
  readonly format: ExportFormat;
  /** Of `otlp` its lines hold both. */
  readonly of?: ExportSubject | undefined;
  readonly index: JournalIndex;
}

export async function* exportJournal(
  dir: string,
  filter: CallFilter,
  { format, of, index, onProgress }: ExportOptions,
): ExportParts {
  const tally = new JournalTally();
  const files = await findTraceFiles(dir, filter, tally, { index, onProgress });
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const batches = readJournal(files, tally, { onProgress: (bytes) => onProgress?.(bytes, totalBytes) });
  const exported = { calls: 0, runs: 0, lines: 0 };
  const found = (batch: JournalBatch): CallsAndRuns => callsAndRunsIn(batch, filter, tally);
  if (format === 'otlp') yield* otlpParts(batches, found, exported);
  else if (of === 'runs') yield* tableParts(RUN_FIELDS, rowsOf('runs', batches, found, exported), format);
  else yield* tableParts(CALL_FIELDS, rowsOf('calls', batches, found, exported), format);
  return { ...exported, journal: summaryOf(dir, tally) };
}

interface Counts {
  calls: number;
  runs: number;
  lines: number;
}

async function* rowsOf<S extends ExportSubject>(
  subject: S,
  batches: AsyncIterable<JournalBatch>,
  found: (batch: JournalBatch) => CallsAndRuns,
  exported: Counts,
): AsyncGenerator<CallsAndRuns[S]> {
  for await (const batch of batches) {
    const rows = found(batch)[subject];
    exported[subject] += rows.length;
    exported.lines += rows.length;
    if (rows.length > 0) yield rows;
  }
}

function tableParts<Row extends { readonly timeMillis: number }>(
  fields: readonly Field<Row>[],
  batches: AsyncIterable<readonly Row[]>,
  format: Exclude<ExportFormat, 'otlp'>,
): AsyncGenerator<string | Uint8Array> {
  return format === 'parquet' ? parquetParts(fields, batches) : textParts(fields, batches, format);
}

async function* textParts<Row extends { readonly timeMillis: number }>(
  fields: readonly Field<Row>[],
  batches: AsyncIterable<readonly Row[]>,
  format: 'jsonl' | 'csv',
): AsyncGenerator<string> {
  if (format === 'csv') yield csvHeader(fields);
  const lineOf = (row: Row): string =>
    format === 'csv' ? csvRow(fields, row) : `${JSON.stringify(timedRecord(row))}\n`;
  for await (const rows of batches) yield rows.map(lineOf).join('');
}

/** A line goes out whole, with all its spans, when one of its calls or runs matches: what is cut would no longer be the line that was written. */
async function* otlpParts(
  batches: AsyncIterable<JournalBatch>,
  found: (batch: JournalBatch) => CallsAndRuns,
  exported: Counts,
): AsyncGenerator<string> {
  for await (const { file, lines } of batches) {
    const matching = lines.filter((line) => {
      const { calls, runs } = found({ file, lines: [line] });
      exported.calls += calls.length;
      exported.runs += runs.length;
      return calls.length + runs.length > 0;
    });
    exported.lines += matching.length;
    if (matching.length > 0) yield `${matching.join('\n')}\n`;
  }
}
