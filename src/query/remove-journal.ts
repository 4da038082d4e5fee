// Removes a journal and the index made of it, and nothing else.
import { rmSync } from 'node:fs';
import { cursorPath } from '../internal/data-directory.ts';
import { errorName } from '../internal/guard.ts';
import { removeIndex } from './index/index-file.ts';
import { type JournalFile, listJournalFiles, type SkippedFile } from './journal-files.ts';
import { countLines, type ReadOptions } from './journal-reader.ts';

/** What is there to remove. */
export interface RemovedJournal {
  readonly files: number;
  /** Lines of traces, logs and metrics, with the damaged ones. */
  readonly entries: number;
  readonly bytes: number;
}

/** A file is removed or stays as a whole: others write to it, and what is shipped is known by its place in it. */
export function filesUntil(dir: string, untilMillis = Infinity): JournalFile[] {
  return listJournalFiles(dir).files.filter(({ modifiedMillis }) => modifiedMillis < untilMillis);
}

export async function sizeOf(files: readonly JournalFile[], options: ReadOptions = {}): Promise<RemovedJournal> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { files: files.length, entries: await countLines(files, options), bytes };
}

/** @returns the files that could not be removed. */
export function removeFiles(dir: string, files: readonly JournalFile[]): SkippedFile[] {
  const left: SkippedFile[] = [];
  for (const { path, name } of files) {
    try {
      rmSync(path, { force: true });
      rmSync(cursorPath(dir, path), { force: true });
    } catch (error) {
      left.push({ file: name, reason: errorName(error) });
    }
  }
  // It is made of the journal, and would hold it until the next question.
  removeIndex(dir);
  return left;
}
