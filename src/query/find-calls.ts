// From the lines of a journal to the calls a question is about.
import { type Call } from './call.ts';
import { type CallFilter } from './call-filter.ts';
import { callsAndRunsIn } from './calls-and-runs.ts';
import { type BuildOptions } from './index/build-index.ts';
import { JournalIndex } from './index/journal-index.ts';
import { type JournalFile, listJournalFiles } from './journal-files.ts';
import { type JournalBatch, type JournalTally, type ReadOptions, readJournal } from './journal-reader.ts';

interface FindOptions extends Pick<BuildOptions, 'onProgress'> {
  /** One that is open. */
  readonly index?: JournalIndex | undefined;
}

/** How far the clocks of a call and of the disk that keeps it may differ. */
const CLOCK_LEEWAY_MILLIS = 3_600_000;

/** The files that may hold what matches `filter`. Of a period the index knows them: the time of a file's last change says little. */
export async function findTraceFiles(
  dir: string,
  filter: CallFilter,
  tally: JournalTally,
  { index = new JournalIndex(dir), onProgress }: FindOptions = {},
): Promise<readonly JournalFile[]> {
  const { files, skipped } =
    filter.sinceMillis === undefined
      ? listJournalFiles(dir, 'traces')
      : await index.ask((snapshot) => ({ files: snapshot.filesWithin(filter), skipped: snapshot.tally.skippedFiles }), {
          onProgress,
        });
  tally.skippedFiles.push(...skipped);
  return files;
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

/** The newest `limit` matching calls, oldest first. Without a period, files last written long before the oldest of them are not read. */
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
    if (filter.sinceMillis === undefined && oldest && file.modifiedMillis < oldest.timeMillis - CLOCK_LEEWAY_MILLIS)
      break;
    for await (const calls of findCalls([file], filter, tally, options)) {
      for (const call of calls) newest.push(call);
      if (newest.length > 2 * limit + 1000) keepNewest();
    }
  }
  keepNewest();
  return newest;
}
