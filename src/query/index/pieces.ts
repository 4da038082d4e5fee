// How a journal file is cut to be parsed by several threads.
import { type JournalFile } from '../journal-files.ts';
import { endOfLastLine } from '../journal-reader.ts';
import { type Span } from './index-store.ts';

export const MEGABYTE = 1024 * 1024;
/** What is parsed at once: thousands of calls, and no more than one line may have. */
export const PIECE_BYTES = 16 * MEGABYTE;
/** Of less, starting threads takes longer than they save. */
export const MUCH_BYTES = 24 * MEGABYTE;

/** Pieces of whole lines, of some `bytes` together; the last may end in half a line. */
export async function piecesOf(file: JournalFile, from: number, bytes: number, pieceBytes: number): Promise<Span[]> {
  const spans: Span[] = [];
  for (let start = from; start < file.bytes && start - from < bytes; ) {
    let end = start;
    for (let stop = start; end === start; ) {
      const before = stop;
      stop = Math.min(stop + pieceBytes, file.bytes);
      // A line longer than a piece stays whole.
      end = stop === file.bytes ? stop : await endOfLastLine({ ...file, bytes: stop }, before);
      if (end === before) end = start;
    }
    spans.push({ start, end });
    start = end;
  }
  return spans;
}
