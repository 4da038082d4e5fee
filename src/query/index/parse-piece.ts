// From the bytes of a journal file to what the index keeps of them. The dear part of building it, done in several threads at once.
import { type Call, readCalls } from '../call.ts';
import { forEachLine } from '../line-splitter.ts';
import { mayHaveRuns, type Run, readRuns } from '../run.ts';
import { ChunkBuilder, type EncodedChunk } from './chunk.ts';

export interface ParsedPiece {
  /** With the damaged ones. */
  readonly lines: number;
  readonly corruptLines: number;
  /** `undefined` when there is no call. */
  readonly chunk: EncodedChunk | undefined;
  readonly runs: readonly Run[];
}

/** @param offset bytes before the piece in its file. */
export function parsePiece(bytes: Buffer, offset: number): ParsedPiece {
  const builder = new ChunkBuilder();
  const calls: Call[] = [];
  const runs: Run[] = [];
  let lines = 0;
  let corruptLines = 0;
  const broken = forEachLine(bytes, (line, at) => {
    lines += 1;
    calls.length = 0;
    if (!readCalls(line, calls)) corruptLines += 1;
    if (mayHaveRuns(line)) readRuns(line, runs);
    for (const call of calls) builder.add(call, offset + at);
  });
  return {
    lines: lines + broken,
    corruptLines: corruptLines + broken,
    chunk: builder.rows === 0 ? undefined : builder.encode(),
    runs,
  };
}
