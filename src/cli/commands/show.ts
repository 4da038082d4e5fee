// `agent-vitals show`: the newest calls, one a row.
import { type Command } from 'commander';
import { timedRecord } from '../../query/export/timed-record.ts';
import { findRecentCalls, findTraceFiles } from '../../query/find-calls.ts';
import { JournalTally } from '../../query/journal-reader.ts';
import { filterOf, summaryOf } from '../../query/question.ts';
import { callColumns } from '../call-table.ts';
import {
  addCallOptions,
  addDirOption,
  addErrorsOption,
  addJsonOption,
  addPeriodOptions,
  type FilterOptions,
  parseCount,
  questionOf,
  resolveDir,
} from '../journal-options.ts';
import { nothingFound, reportDamage } from '../journal-report.ts';
import { print, printJson, terminalWidth } from '../output.ts';
import { startProgress } from '../progress.ts';
import { renderTable } from '../table.ts';

interface ShowOptions extends FilterOptions {
  readonly limit: number;
}

export function addShow(program: Command): void {
  const command = program
    .command('show')
    .description('the newest calls, oldest of them first')
    .option('-n, --limit <count>', 'how many', parseCount, 20)
    .action(show);
  addJsonOption(addDirOption(addErrorsOption(addCallOptions(addPeriodOptions(command)))));
}

async function show(options: ShowOptions): Promise<void> {
  const dir = resolveDir(options);
  const filter = filterOf(questionOf(options));
  const tally = new JournalTally();
  const files = findTraceFiles(dir, filter, tally);
  const progress = startProgress(files);
  const calls = await findRecentCalls(files, filter, options.limit, tally, { onProgress: progress.update });
  progress.end();
  if (options.json) printJson({ calls: calls.map(timedRecord), journal: summaryOf(dir, tally) });
  else if (calls.length === 0) print(nothingFound('calls', summaryOf(dir, tally)));
  else print(renderTable(calls, callColumns(options.utc ?? false), terminalWidth()));
  reportDamage(summaryOf(dir, tally));
}
