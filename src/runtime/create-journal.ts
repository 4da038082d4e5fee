// The journal of this process and who it is to others that ship for it.
import { JournalBackend } from '../backends/journal/journal-backend.ts';
import { OwnWriter } from '../backends/shipping/own-writer.ts';
import type { Config } from '../config/option-table.ts';

/** Under which name the journal of a directory is written. */
const writers = new Map<string, string>();

/** Who this process is to the others of a data directory: the name under which it writes its journal, else one of its own. */
export function writerIn(dir: string): string {
  return writers.get(dir) ?? new OwnWriter(dir).writer;
}

/** `undefined` when it is switched off. */
export function createJournal({
  dir,
  journal,
}: Config): { dir: string; own: OwnWriter; journal: JournalBackend } | undefined {
  if (!journal.enabled) return undefined;
  const own = new OwnWriter(dir);
  writers.set(dir, own.writer);
  return { dir, own, journal: new JournalBackend({ dir, own, ...journal }) };
}
