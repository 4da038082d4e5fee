// The calls and runs in lines of a journal that a question is about.
import { type Call, readCall } from './call.ts';
import { type CallFilter, matches, matchesRun } from './call-filter.ts';
import { type JournalBatch, type JournalTally } from './journal-reader.ts';
import { forEachSpan, type SpanJson } from './otlp-json.ts';
import { type Run, readRun } from './run.ts';
import { withMatchingSpans } from './where.ts';

export interface CallsAndRuns {
  readonly calls: Call[];
  readonly runs: Run[];
}

/** Adds what the span is: a call, a run, or nothing. @returns whether it is whole. */
export function readCallOrRun(span: SpanJson, { calls, runs }: CallsAndRuns): boolean {
  const before = calls.length;
  const isWhole = readCall(span, calls);
  return calls.length > before ? isWhole : readRun(span, runs) && isWhole;
}

/** Damaged lines are counted in `tally`. */
export function callsAndRunsIn({ file, lines }: JournalBatch, filter: CallFilter, tally: JournalTally): CallsAndRuns {
  const calls: Call[] = [];
  const runs: Run[] = [];
  const { where } = filter;
  for (const line of lines) {
    const isWhole = forEachSpan(where ? withMatchingSpans(line, where) : line, (span) =>
      readCallOrRun(span, { calls, runs }),
    );
    if (!isWhole) tally.addCorrupt(file);
  }
  return { calls: calls.filter((call) => matches(call, filter)), runs: runs.filter((run) => matchesRun(run, filter)) };
}
