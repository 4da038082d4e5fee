// Which files a journal has, and in which order. Reads names and sizes only, and never follows a link out of the journal.
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { JOURNAL_DIRECTORY } from '../internal/data-directory.ts';
import { errorName } from '../internal/guard.ts';

export type JournalSignal = 'traces' | 'logs' | 'metrics';

export interface JournalFile {
  readonly path: string;
  /** Base name, as people and counters call it. */
  readonly name: string;
  readonly signal: JournalSignal;
  /** Bytes to read: what comes later belongs to a later question. */
  readonly bytes: number;
  /** Milliseconds since the epoch of the last write, as the file system has it: a copy may say another. */
  readonly modifiedMillis: number;
  /** Tells a file from another one that took its name, and knows it again under a new name. May pass to a new file once this one is removed. */
  readonly identity: string;
  /** Nanoseconds since the epoch at which it was made. Some file systems say 0, or the time of the last change. */
  readonly bornNanos: bigint;
}

export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

export interface JournalListing {
  /** Oldest last write first. Files of processes that ran at the same time overlap. */
  readonly files: readonly JournalFile[];
  /** Named like a journal file, but not one that may be read. */
  readonly skipped: readonly SkippedFile[];
}

const JOURNAL_FILE = /^(traces|logs|metrics)-.*\.jsonl$/;

/** Where the journal of a data directory lies. */
export function journalDirectory(dir: string): string {
  return join(dir, JOURNAL_DIRECTORY);
}

/** The journal files under the data directory `dir`; none when there is no journal. */
export function listJournalFiles(dir: string, signal?: JournalSignal): JournalListing {
  const journal = journalDirectory(dir);
  const files: JournalFile[] = [];
  const skipped: SkippedFile[] = [];
  const linked = new Set<string>();
  for (const name of namesIn(journal, skipped)) {
    const found = JOURNAL_FILE.exec(name)?.[1] as JournalSignal | undefined;
    if (found === undefined || (signal !== undefined && found !== signal)) continue;
    const path = join(journal, name);
    try {
      const stat = lstatSync(path, { bigint: true });
      if (!stat.isFile()) {
        // A link is never read: it may lead anywhere, and one to a neighbour would count its calls twice.
        skipped.push({ file: name, reason: stat.isSymbolicLink() ? 'a symbolic link' : 'not a regular file' });
        continue;
      }
      const identity = identityOf(stat);
      if (stat.nlink > 1n) {
        if (linked.has(identity)) {
          skipped.push({ file: name, reason: 'another name of a file that is read' });
          continue;
        }
        linked.add(identity);
      }
      files.push({
        path,
        name,
        signal: found,
        bytes: Number(stat.size),
        modifiedMillis: Number(stat.mtimeMs),
        identity,
        bornNanos: stat.birthtimeNs,
      });
    } catch (error) {
      // Gone since it was listed: retention or rotation took it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') skipped.push({ file: name, reason: errorName(error) });
    }
  }
  files.sort((a, b) => a.modifiedMillis - b.modifiedMillis || (a.name < b.name ? -1 : 1));
  return { files, skipped };
}

export function identityOf(stat: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${stat.dev}:${stat.ino}`;
}

function namesIn(journal: string, skipped: SkippedFile[]): string[] {
  try {
    return readdirSync(journal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT')
      skipped.push({ file: journal, reason: code === 'ENOTDIR' ? 'not a directory' : errorName(error) });
    return [];
  }
}
