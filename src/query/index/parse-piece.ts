// From the bytes of a journal file to what the index keeps of them. The dear part of building it, done in several threads at once.
import { type Call } from '../call.ts';
import { readCallOrRun } from '../calls-and-runs.ts';
import { forEachLine } from '../line-splitter.ts';
import { forEachSpan, isSpan, type SpanJson } from '../otlp-json.ts';
import { RUN_KINDS, type Run, type RunKind } from '../run.ts';
import { SpanScanner } from '../span-scanner.ts';
import { hasAttributes, type Where, withMatchingSpans } from '../where.ts';
import { ChunkBuilder, type EncodedChunk } from './chunk.ts';

export interface ParsedPiece {
  /** With the damaged ones. */
  readonly lines: number;
  readonly corruptLines: number;
  /** Of those kinds of which there are any. */
  readonly chunks: readonly EncodedChunk[];
}

const scanner = new SpanScanner();

/** @param offset bytes before the piece in its file. @param where attributes that spans must have; all are taken without it. */
export function parsePiece(bytes: Buffer, offset: number, where?: Where): ParsedPiece {
  const builders = new ChunkBuilders();
  let lines = 0;
  let corruptLines = 0;
  scanner.take(bytes);
  const broken = forEachLine(bytes, (start, end) => {
    lines += 1;
    const take = (span: SpanJson): boolean => builders.take(span, offset + start);
    const spans = scanner.scan(start, end);
    if (spans?.every(isSpan)) {
      let isWhole = true;
      for (const span of spans) {
        if (where !== undefined && !hasAttributes(span.attributes, scanner.resourceAttributes, where)) continue;
        if (!take(span)) isWhole = false;
      }
      if (!isWhole) corruptLines += 1;
      return;
    }
    const line = bytes.toString('utf8', start, end);
    if (!forEachSpan(where === undefined ? line : withMatchingSpans(line, where), take)) corruptLines += 1;
  });
  return { lines: lines + broken, corruptLines: corruptLines + broken, chunks: builders.encode() };
}

/** Takes in spans, and keeps those of calls and runs. */
class ChunkBuilders {
  readonly #calls = new ChunkBuilder('call');
  readonly #runs = Object.fromEntries(RUN_KINDS.map((kind) => [kind, new ChunkBuilder(kind)])) as Record<
    RunKind,
    ChunkBuilder<RunKind>
  >;
  readonly #read: { readonly calls: Call[]; readonly runs: Run[] } = { calls: [], runs: [] };

  /** @param offset bytes before its line in the file. @returns whether it is whole. */
  take(span: SpanJson, offset: number): boolean {
    const { calls, runs } = this.#read;
    calls.length = 0;
    runs.length = 0;
    const isWhole = readCallOrRun(span, this.#read);
    for (const call of calls) this.#calls.add(call, offset);
    for (const run of runs) this.#runs[run.kind].add(run, offset);
    return isWhole;
  }

  encode(): EncodedChunk[] {
    return [this.#calls, ...Object.values(this.#runs)].flatMap((builder) =>
      builder.rows === 0 ? [] : [builder.encode()],
    );
  }
}
