// What of a journal the index has not read yet: compares the files there are with those it knows.
import { hash } from 'node:crypto';
import { type JournalFile } from '../journal-files.ts';
import { readListed } from '../journal-reader.ts';
import { type IndexedFile } from './index-store.ts';

/**
 * Bytes at the end of what was read of a file that must be there still when it has grown. As many as a line has, so that they hold the ids of a
 * span: lines end alike, and one of a file that was emptied and written anew may end where another did.
 */
const TAIL_BYTES = 8192;

export interface Plan {
  /** No longer in the journal, or no longer the same. */
  readonly gone: readonly IndexedFile[];
  /** From where on which files are to be read. */
  readonly news: readonly News[];
}

export interface News {
  readonly file: JournalFile;
  /** Undefined for one that is not known yet, or begins anew. */
  readonly known: IndexedFile | undefined;
  readonly from: number;
}

export function planUpdate(files: readonly JournalFile[], known: readonly IndexedFile[]): Plan {
  const gone = new Map(known.map((one) => [one.identity, one]));
  const news: News[] = [];
  for (const file of files) {
    const before = gone.get(file.identity);
    if (before !== undefined && isSameFile(before, file)) {
      gone.delete(file.identity);
      // The same name is part of it: damage is told by name.
      if (isUnchanged(before, file)) continue;
      news.push({ file, known: before, from: before.readBytes });
    } else {
      news.push({ file, known: undefined, from: 0 });
    }
  }
  return { gone: [...gone.values()], news };
}

/** A digest of the last bytes of a file before `end`. Of none when it is gone. */
export function tailBefore(file: JournalFile, end: number): string {
  try {
    return hash('sha256', readListed(file, Math.max(0, end - TAIL_BYTES), end));
  } catch {
    return '';
  }
}

/** Whether a file is the one that was read, perhaps renamed and written on: not a new one of the same number, and not changed within. */
function isSameFile(before: IndexedFile, file: JournalFile): boolean {
  if (before.bornNanos !== file.bornNanos && (before.name !== file.name || isBirth(file))) return false;
  if (file.bytes === before.bytes) return file.modifiedMillis === before.modifiedMillis || before.bytes === 0;
  return file.bytes >= before.readBytes && tailBefore(file, before.readBytes) === before.tail;
}

function isUnchanged(before: IndexedFile, file: JournalFile): boolean {
  return file.bytes === before.bytes && file.modifiedMillis === before.modifiedMillis && file.name === before.name;
}

/** Whether the file system says when a file was made. Some say 0, or the time of the last change. */
function isBirth({ bornNanos, modifiedMillis }: JournalFile): boolean {
  return bornNanos !== 0n && Number(bornNanos / 1_000_000n) !== modifiedMillis;
}
