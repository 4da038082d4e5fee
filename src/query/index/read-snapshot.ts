// A snapshot straight from the lines of the journal: for what the index does not keep, attributes of any name. As slow as reading all of it.
import { type Call, readCalls } from '../call.ts';
import { listJournalFiles } from '../journal-files.ts';
import { JournalTally, readJournal } from '../journal-reader.ts';
import { type Run, readRuns } from '../run.ts';
import { type Where, withMatchingSpans } from '../where.ts';
import { type BuildOptions } from './build-index.ts';
import { ChunkBuilder, chunkInMemory } from './chunk.ts';
import { type Snapshot } from './journal-index.ts';
import { encodeRunKinds, runChunkInMemory } from './run-chunk.ts';

export async function readSnapshot(
  dir: string,
  where: Where,
  { onProgress }: Pick<BuildOptions, 'onProgress'>,
): Promise<Snapshot> {
  const { files, skipped } = listJournalFiles(dir, 'traces');
  const tally = new JournalTally();
  tally.skippedFiles.push(...skipped);
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const builder = new ChunkBuilder();
  const found: Run[] = [];
  const calls: Call[] = [];
  for await (const { file, lines } of readJournal(files, tally, {
    onProgress: (bytes) => onProgress?.(bytes, totalBytes),
  })) {
    for (const line of lines) {
      const matching = withMatchingSpans(line, where);
      calls.length = 0;
      if (!readCalls(matching, calls)) tally.addCorrupt(file);
      readRuns(matching, found);
      for (const call of calls) builder.add(call, 0);
    }
  }
  return {
    chunks: builder.rows === 0 ? [] : [chunkInMemory(builder.encode())],
    runChunks: (kind) =>
      encodeRunKinds(found)
        .filter((runs) => runs.kind === kind)
        .map(runChunkInMemory),
    tally,
  };
}
