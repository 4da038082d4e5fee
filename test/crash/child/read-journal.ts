// Reads a journal as `stats` does, in a process of its own whose memory can be measured: `read-journal.ts <data directory>`.
import { findCalls, findTraceFiles } from '../../../src/query/find-calls.ts';
import { JournalTally } from '../../../src/query/journal-reader.ts';

export interface Reading {
  readonly calls: number;
  readonly lines: number;
  readonly corruptLines: number;
  /** Most memory the process had, before the reading and with it. */
  readonly megabytesBefore: number;
  readonly megabytes: number;
}

const [dir = ''] = process.argv.slice(2);
const megabytesBefore = peakMegabytes();
const tally = new JournalTally();
let calls = 0;
for await (const found of findCalls(await findTraceFiles(dir, {}, tally), {}, tally)) calls += found.length;
const { lines, corruptLines } = tally;
const reading: Reading = { calls, lines, corruptLines, megabytesBefore, megabytes: peakMegabytes() };
process.stdout.write(JSON.stringify(reading));

function peakMegabytes(): number {
  return process.resourceUsage().maxRSS / 1024;
}
