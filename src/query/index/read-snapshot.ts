// A snapshot straight from the lines of the journal: for what the index does not keep, attributes of any name. As slow as reading all of it.
import { listJournalFiles } from '../journal-files.ts';
import { JournalTally, readJournal } from '../journal-reader.ts';
import { forEachSpan } from '../otlp-json.ts';
import { type Where, withMatchingSpans } from '../where.ts';
import { type BuildOptions } from './build-index.ts';
import { type Snapshot } from './journal-index.ts';
import { type Kind } from './layout.ts';
import { ChunkBuilders } from './parse-piece.ts';
import { Table } from './table.ts';

export async function readSnapshot(
  dir: string,
  where: Where,
  { onProgress }: Pick<BuildOptions, 'onProgress'>,
): Promise<Snapshot> {
  const { files, skipped } = listJournalFiles(dir, 'traces');
  const tally = new JournalTally();
  tally.skippedFiles.push(...skipped);
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const builders = new ChunkBuilders();
  for await (const { file, lines } of readJournal(files, tally, {
    onProgress: (bytes) => onProgress?.(bytes, totalBytes),
  })) {
    for (const line of lines) {
      const isWhole = forEachSpan(withMatchingSpans(line, where), (span) => builders.take(span, 0));
      if (!isWhole) tally.addCorrupt(file);
    }
  }
  const chunks = builders.encode();
  return { calls: () => table('call'), runs: table, tally };

  function table(kind: Kind): Table {
    const all = new Table(kind);
    for (const chunk of chunks) if (chunk.kind === kind) all.add(chunk);
    return all;
  }
}
