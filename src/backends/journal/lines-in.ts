// How many lines a journal file has. Never throws: a file that cannot be read has none.
import { closeSync, openSync, readSync } from 'node:fs';
import { countLines } from '../../internal/count-lines.ts';

const PIECE_BYTES = 65_536;

/** Piece by piece: a whole file is more memory than all the rest of us. @param from which byte on. */
export function linesIn(path: string, from: number): number {
  let lines = 0;
  try {
    const fd = openSync(path, 'r');
    try {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      for (let offset = from; ; ) {
        const length = readSync(fd, piece, 0, PIECE_BYTES, offset);
        if (length === 0) break;
        lines += countLines(piece, length);
        offset += length;
      }
    } finally {
      closeSync(fd);
    }
  } catch {
    // What was read before counts.
  }
  return lines;
}
