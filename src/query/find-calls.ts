// From the lines of a journal to the calls a question is about.
import { type Call } from './call.ts';
import { type CallFilter } from './call-filter.ts';
import { callsAndRunsIn } from './calls-and-runs.ts';
import { type JournalFile, listJournalFiles } from './journal-files.ts';
import { type JournalBatch, type JournalTally, type ReadOptions, readJournal } from './journal-reader.ts';

/** How far the clocks of a call and of the disk that keeps it may differ. */
const CLOCK_LEEWAY_MILLIS = 3_600_000;

/** The files that may hold calls matching `filter`: one last written before `sinceMillis` cannot. */
export function findTraceFiles(dir: string, filter: CallFilter, tally: JournalTally): JournalFile[] {
  const { files, skipped } = listJournalFiles(dir, 'traces');
  tally.skippedFiles.push(...skipped);
  const since = (filter.sinceMillis ?? -Infinity) - CLOCK_LEEWAY_MILLIS;
  return files.filter((file) => file.modifiedMillis >= since);
}

/** Calls in the order of the journal: file by file, and in a file as they ended. */
export async function* findCalls(
  files: readonly JournalFile[],
  filter: CallFilter,
  tally: JournalTally,
  options: ReadOptions = {},
): AsyncGenerator<Call[]> {
  for await (const batch of readJournal(files, tally, options)) yield callsIn(batch, filter, tally);
}

/** The matching calls of one batch. Damaged lines are counted in `tally`. */
export function callsIn(batch: JournalBatch, filter: CallFilter, tally: JournalTally): Call[] {
  return callsAndRunsIn(batch, filter, tally).calls;
}

/** The newest `limit` matching calls, oldest first. Files that can only hold older ones are not read. */
export async function findRecentCalls(
  files: readonly JournalFile[],
  filter: CallFilter,
  limit: number,
  tally: JournalTally,
  options: ReadOptions = {},
): Promise<Call[]> {
  let newest: Call[] = [];
  const keepNewest = (): void => {
    newest = newest.sort((a, b) => a.timeMillis - b.timeMillis).slice(-limit);
  };
  if (limit === 0) return newest;
  for (const file of files.toReversed()) {
    keepNewest();
    const oldest = newest.length < limit ? undefined : newest[0];
    if (oldest && file.modifiedMillis < oldest.timeMillis - CLOCK_LEEWAY_MILLIS) break;
    for await (const calls of findCalls([file], filter, tally, options)) {
      for (const call of calls) newest.push(call);
      if (newest.length > 2 * limit + 1000) keepNewest();
    }
  }
  keepNewest();
  return newest;
}
