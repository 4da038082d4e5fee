// From the bytes of a journal file to what the index keeps of them. The dear part of building it, done in several threads at once.
import { CALL_ATTRIBUTES, type Call, readCall, readCalls } from '../call.ts';
import { forEachLine } from '../line-splitter.ts';
import { forEachAttribute, isSpan } from '../otlp-json.ts';
import { mayHaveRuns, type Run, readRuns, saysRun } from '../run.ts';
import { SpanScanner } from '../span-scanner.ts';
import { ChunkBuilder, type EncodedChunk } from './chunk.ts';
import { type EncodedRuns, encodeRunKinds } from './run-chunk.ts';

export interface ParsedPiece {
  /** With the damaged ones. */
  readonly lines: number;
  readonly corruptLines: number;
  /** `undefined` when there is no call. */
  readonly chunk: EncodedChunk | undefined;
  /** Kind by kind. */
  readonly runs: readonly EncodedRuns[];
}

const scanner = new SpanScanner(CALL_ATTRIBUTES);

/** @param offset bytes before the piece in its file. */
export function parsePiece(bytes: Buffer, offset: number): ParsedPiece {
  const builder = new ChunkBuilder();
  const calls: Call[] = [];
  const runs: Run[] = [];
  let lines = 0;
  let corruptLines = 0;
  scanner.take(bytes);
  const broken = forEachLine(bytes, (start, end) => {
    lines += 1;
    calls.length = 0;
    if (!readLine(bytes, start, end, calls, runs)) corruptLines += 1;
    for (const call of calls) builder.add(call, offset + start);
  });
  return {
    lines: lines + broken,
    corruptLines: corruptLines + broken,
    chunk: builder.rows === 0 ? undefined : builder.encode(),
    runs: encodeRunKinds(runs),
  };
}

/** @returns whether the line is whole. */
function readLine(bytes: Buffer, start: number, end: number, calls: Call[], runs: Run[]): boolean {
  const span = scanner.scan(start, end);
  // A run has more attributes than those that were looked for.
  if (span !== undefined && isSpan(span) && forEachAttribute(span.attributes, (key, value) => !saysRun(key, value)))
    return readCall(span, calls);
  const line = bytes.toString('utf8', start, end);
  if (mayHaveRuns(line)) readRuns(line, runs);
  return readCalls(line, calls);
}
