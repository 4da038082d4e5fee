// `agent-vitals stats`: what the calls add up to.
import { type Command, InvalidArgumentError } from 'commander';
import { type CallFilter } from '../../query/call-filter.ts';
import { openJournal } from '../../query/open-journal.ts';
import { DIMENSIONS, type Dimension, type Group } from '../../query/statistics.ts';
import { formatTime, printable } from '../format.ts';
import {
  addCallOptions,
  addDirOption,
  addJsonOption,
  addPeriodOptions,
  type FilterOptions,
  questionOf,
  resolveDir,
  resolveFilter,
} from '../journal-options.ts';
import { noCalls, reportDamage, shortPath } from '../journal-report.ts';
import { paint, print, printJson, terminalWidth } from '../output.ts';
import { progressOfIndex } from '../progress.ts';
import { renderStatistics } from '../stats-view.ts';

interface StatsOptions extends FilterOptions {
  readonly by?: Dimension[];
}

export function addStats(program: Command): void {
  const command = program
    .command('stats')
    .description('calls, errors, tokens, cost, cache hits and latency')
    .option('--by <dimensions>', `break down only by these, in full: ${DIMENSIONS.join(',')}`, parseDimensions)
    .action(stats);
  addJsonOption(addDirOption(addCallOptions(addPeriodOptions(command))));
}

async function stats(options: StatsOptions): Promise<void> {
  const dir = resolveDir(options);
  const filter = resolveFilter(options);
  const { totals, by, journal } = await progressOfIndex((onProgress) =>
    openJournal({ dir }).stats({ ...questionOf(filter, options), by: options.by, onProgress }),
  );
  if (options.json) {
    printJson({
      period: { since: isoTime(filter.sinceMillis), until: isoTime(filter.untilMillis), timeZone: timeZone(options) },
      ...totals,
      by: Object.fromEntries(
        Object.entries(by).map(([dimension, groups]) => [
          dimension,
          groups.map((group) => groupRecord(dimension, group)),
        ]),
      ),
      journal,
    });
  } else if (totals.calls === 0) {
    print(noCalls(journal));
  } else {
    print(paint('dim', titleOf(dir, filter, options)));
    print(`\n${renderStatistics({ totals, by }, options.by !== undefined, terminalWidth())}`);
  }
  reportDamage(journal);
}

function groupRecord(dimension: string, { key, totals }: Group): object {
  return { [dimension]: key, ...totals };
}

function titleOf(dir: string, filter: CallFilter, options: StatsOptions): string {
  const time = (millis: number): string => formatTime(millis, options.utc ?? false);
  const since = filter.sinceMillis === undefined ? '' : ` since ${time(filter.sinceMillis)}`;
  const until = filter.untilMillis === undefined ? '' : ` until ${time(filter.untilMillis)}`;
  const only = [...(filter.workflows ?? []), ...(filter.models ?? []), ...(filter.providers ?? [])];
  const of = only.length === 0 ? '' : ` of ${printable(only.join(', '))}`;
  const zone = since || until ? ` (${timeZone(options)})` : '';
  return `${since || until || of ? 'Calls' : 'All calls'}${of}${since}${until}${zone} in ${shortPath(dir)}`;
}

function timeZone(options: StatsOptions): string {
  return options.utc ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function isoTime(millis: number | undefined): string | null {
  return millis === undefined ? null : new Date(millis).toISOString();
}

function parseDimensions(text: string): Dimension[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const unknown = names.find((name) => !DIMENSIONS.includes(name as Dimension));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${DIMENSIONS.join(', ')}.`);
  return [...new Set(names as Dimension[])];
}
