// A snapshot straight from the lines of the journal: for what the index does not keep, attributes of any name. As slow as reading all of it.
import { errorName } from '../../internal/guard.ts';
import { type JournalFile, listJournalFiles } from '../journal-files.ts';
import { JournalTally } from '../journal-reader.ts';
import { type Where } from '../where.ts';
import { type BuildOptions, MUCH_BYTES, PIECE_BYTES } from './build-index.ts';
import { type ByteRange, cutIntoPieces } from './cut-into-pieces.ts';
import { type Snapshot } from './journal-index.ts';
import { type Kind } from './layout.ts';
import { type ParsedPiece } from './parse-piece.ts';
import { PieceReaders, type ReadPiece, readUnfinished, type Unread } from './piece-reader.ts';
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
  const readers = new PieceReaders(totalBytes >= MUCH_BYTES);
  const pieces: ParsedPiece[] = [];
  let readBytes = 0;
  try {
    const reading: Promise<ParsedPiece[] | Unread>[] = [];
    for (const file of files) {
      const ranges = await cutIntoPieces(file, 0, file.bytes, PIECE_BYTES);
      const read = readFile(file, ranges, where, readers, (bytes) => onProgress?.((readBytes += bytes), totalBytes));
      // Awaited below, after those before it.
      read.catch(() => undefined);
      reading.push(read);
    }
    for (const [index, read] of (await Promise.all(reading)).entries()) {
      const { name } = files[index] as JournalFile;
      if ('reason' in read) {
        tally.skippedFiles.push({ file: name, reason: read.reason });
        continue;
      }
      tally.files += 1;
      for (const piece of read) {
        tally.lines += piece.lines;
        tally.addCorrupt(name, piece.corruptLines);
        pieces.push(piece);
      }
    }
  } finally {
    await readers.close();
  }
  return { calls: () => table('call'), runs: table, tally };

  function table(kind: Kind): Table {
    const all = new Table(kind);
    for (const { chunks } of pieces) all.add(chunks);
    return all;
  }
}

async function readFile(
  file: JournalFile,
  ranges: readonly ByteRange[],
  where: Where,
  readers: PieceReaders,
  onRead: (bytes: number) => void,
): Promise<ParsedPiece[] | Unread> {
  const read = await Promise.all(
    ranges.map(async (range) => {
      const piece = await readers.read({ file, ...range, where });
      onRead(range.end - range.start);
      return piece;
    }),
  );
  const failed = read.find((piece) => 'reason' in piece);
  if (failed !== undefined) return failed;
  const sound = read as ReadPiece[];
  const parsed = sound.map((piece) => piece.parsed);
  const end = sound.at(-1)?.end ?? 0;
  try {
    // A last line without its end is whole, or damaged.
    if (file.bytes > end) parsed.push(readUnfinished(file, end, where));
  } catch (error) {
    return { reason: errorName(error) };
  }
  return parsed;
}
