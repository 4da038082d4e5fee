// Calls for other programs, as JSON lines, CSV, Parquet, or the journal's own OTLP lines. What is in memory is a piece of them, however many there are.
import { type Call } from '../call.ts';
import { type CallFilter } from '../call-filter.ts';
import { callsIn, findTraceFiles } from '../find-calls.ts';
import { type JournalBatch, JournalTally, readJournal } from '../journal-reader.ts';
import { type Question, summaryOf } from '../question.ts';
import { callRecord } from './call-record.ts';
import { CSV_HEADER, csvRow } from './csv.ts';
import { EXPORT_FORMATS, type ExportFormat, type ExportParts } from './export-format.ts';
import { parquetParts } from './parquet.ts';

export async function* exportCalls(
  dir: string,
  filter: CallFilter,
  format: ExportFormat,
  { onProgress }: Pick<Question, 'onProgress'> = {},
): ExportParts {
  // Of code without types.
  if (!EXPORT_FORMATS.includes(format)) {
    throw new RangeError(`"${format}" is no format of an export. Give one of ${EXPORT_FORMATS.join(', ')}.`);
  }
  const tally = new JournalTally();
  const files = findTraceFiles(dir, filter, tally);
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const batches = readJournal(files, tally, { onProgress: (bytes) => onProgress?.(bytes, totalBytes) });
  const exported = { calls: 0, lines: 0 };
  if (format === 'otlp') yield* otlpParts(batches, filter, tally, exported);
  else {
    const calls = exportedCalls(batches, filter, tally, exported);
    yield* format === 'parquet' ? parquetParts(calls) : textParts(calls, format);
  }
  return { ...exported, journal: summaryOf(dir, tally) };
}

interface Counts {
  calls: number;
  lines: number;
}

async function* exportedCalls(
  batches: AsyncIterable<JournalBatch>,
  filter: CallFilter,
  tally: JournalTally,
  exported: Counts,
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
  exported: Counts,
): AsyncGenerator<string> {
  for await (const batch of batches) {
    const lines = linesWithCalls(batch, filter, tally, exported);
    exported.lines += lines.length;
    if (lines.length > 0) yield lines.join('');
  }
}

/** A line goes out whole, with all its spans, when one of its calls matches: what is cut would no longer be the line that was written. */
function linesWithCalls(batch: JournalBatch, filter: CallFilter, tally: JournalTally, exported: Counts): string[] {
  return batch.lines
    .filter((line) => {
      const { length } = callsIn({ file: batch.file, lines: [line] }, filter, tally);
      exported.calls += length;
      return length > 0;
    })
    .map((line) => `${line}\n`);
}
