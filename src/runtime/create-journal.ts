// The journal of this process and who it is to others that ship for it.
import { JournalBackend } from '../backends/journal/journal-backend.ts';
import { OwnWriter } from '../backends/shipping/own-writer.ts';
import type { Config } from '../config/option-table.ts';

/** `undefined` when it is switched off. */
export function createJournal({
  dir,
  journal,
}: Config): { dir: string; own: OwnWriter; journal: JournalBackend } | undefined {
  if (!journal.enabled) return undefined;
  const own = new OwnWriter(dir);
  return { dir, own, journal: new JournalBackend({ dir, own, ...journal }) };
}
