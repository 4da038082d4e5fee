// A thread that reads pieces of journal files for another, one after the other.
import { parentPort } from 'node:worker_threads';
import { type Piece, readPiece } from './piece-reader.ts';

parentPort?.on('message', (piece: Piece) => {
  const answer = readPiece(piece);
  const columns =
    'parsed' in answer ? answer.parsed.chunks.flatMap((chunk) => [chunk.ends, ...chunk.columns.values()]) : [];
  // Handed over, not copied.
  parentPort?.postMessage(
    answer,
    columns.map(({ buffer }) => buffer as ArrayBuffer),
  );
});
