// `agent-vitals tail`: calls as they end, until it is interrupted.
import { type Command } from 'commander';
import { type Call } from '../../query/call.ts';
import { timedRecord } from '../../query/export/timed-record.ts';
import { callsIn, findRecentCalls } from '../../query/find-calls.ts';
import { JournalFollower } from '../../query/journal-follower.ts';
import { JournalTally } from '../../query/journal-reader.ts';
import { filterOf, summaryOf } from '../../query/question.ts';
import { callColumns } from '../call-table.ts';
import {
  addCallOptions,
  addDirOption,
  addErrorsOption,
  addJsonOption,
  type FilterOptions,
  parseLimit,
  questionOf,
  resolveDir,
} from '../journal-options.ts';
import { reportDamage, reportSampling, shortPath } from '../journal-report.ts';
import { noteFollowing, printPart, terminalWidth } from '../output.ts';
import { createTable } from '../table.ts';

interface TailOptions extends FilterOptions {
  readonly limit: number;
}

export function addTail(program: Command): void {
  const command = program
    .command('tail')
    .description('follow calls live, until Ctrl-C')
    .option('-n, --limit <count>', 'calls from before to begin with', parseLimit, 10)
    .option('--utc', 'times in UTC instead of the local time zone')
    .action(tail);
  addJsonOption(addDirOption(addErrorsOption(addCallOptions(command))), 'a JSON object a line');
}

async function tail(options: TailOptions): Promise<void> {
  const dir = resolveDir(options);
  const filter = filterOf(questionOf(options));
  const tally = new JournalTally();
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);

  const follower = new JournalFollower(dir, 'traces', tally);
  const writeCalls = options.json ? writeRecords : writeRows(options.utc ?? false);
  const before = await follower.start();
  await writeCalls(await findRecentCalls(before, filter, options.limit, tally));
  reportSampling();
  if (!options.json) noteFollowing(shortPath(dir));
  for await (const batch of follower.batches(interrupted.signal)) await writeCalls(callsIn(batch, filter, tally));
  reportDamage(summaryOf(dir, tally));
}

async function writeRecords(calls: readonly Call[]): Promise<void> {
  for (const call of calls) await printPart(`${JSON.stringify(timedRecord(call))}\n`);
}

/** What most calls need: rows that are printed cannot be aligned again. */
const LEAST_WIDTHS = { MODEL: 22, OUTCOME: 9, TOOK: 7, FIRST: 6, INPUT: 7, CACHED: 6, OUTPUT: 6, COST: 8, PROVIDER: 9 };

function writeRows(utc: boolean): (calls: readonly Call[]) => Promise<void> {
  const writer = createTable(callColumns(utc), terminalWidth(), LEAST_WIDTHS);
  return async (calls) => {
    if (calls.length > 0) await printPart(`${writer(calls)}\n`);
  };
}
