// `agent-vitals show`: the newest calls, one a row.
import { type Command } from 'commander';
import { timedRecord } from '../../query/export/timed-record.ts';
import { findRecentCalls, findTraceFiles } from '../../query/find-calls.ts';
import { JournalTally } from '../../query/journal-reader.ts';
import { filterOf, summaryOf } from '../../query/question.ts';
import { openJournal } from '../../runtime/open-journal.ts';
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
import { nothingFound, reportDamage, reportSampling } from '../journal-report.ts';
import { print, printJson, terminalWidth } from '../output.ts';
import { progressOfIndex, startProgress } from '../progress.ts';
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
  const question = questionOf(options);
  const filter = filterOf(question);
  const tally = new JournalTally();
  const files = await progressOfIndex((onProgress) => findTraceFiles(dir, filter, tally, { onProgress }));
  const progress = startProgress(files);
  const calls = await findRecentCalls(files, filter, options.limit, tally, { onProgress: progress.update });
  progress.end();
  if (options.json) printJson({ calls: calls.map(timedRecord), journal: summaryOf(dir, tally) });
  // Of all there is, not of the files that were read.
  else if (calls.length === 0)
    print(nothingFound('calls', (await openJournal({ dir }).stats({ ...question, by: [] })).journal));
  else print(renderTable(calls, callColumns(options.utc ?? false), terminalWidth()));
  reportDamage(summaryOf(dir, tally));
  reportSampling();
}
