// How a journal file is cut to be parsed by several threads.
import { type JournalFile } from '../journal-files.ts';
import { endOfLastLine } from '../journal-reader.ts';

/** Bytes of a file from `start` on, before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Pieces of whole lines, of some `bytes` together; the last may end in half a line. */
export async function cutIntoPieces(
  file: JournalFile,
  from: number,
  bytes: number,
  pieceBytes: number,
): Promise<ByteRange[]> {
  const pieces: ByteRange[] = [];
  for (let start = from; start < file.bytes && start - from < bytes; ) {
    let end = start;
    for (let stop = start; end === start; ) {
      const before = stop;
      stop = Math.min(stop + pieceBytes, file.bytes);
      // A line longer than a piece stays whole.
      end = stop === file.bytes ? stop : await endOfLastLine({ ...file, bytes: stop }, before);
      if (end === before) end = start;
    }
    pieces.push({ start, end });
    start = end;
  }
  return pieces;
}
