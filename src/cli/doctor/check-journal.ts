// Checks of the journal: what it holds and takes, what of it is damaged, and which calls have no price.
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { journalDirectory, listJournalFiles } from '../../query/journal-files.ts';
import { type JournalSummary } from '../../query/question.ts';
import { type Totals } from '../../query/statistics.ts';
import { openJournal } from '../../runtime/open-journal.ts';
import { formatBytes, formatCount, formatCountOf, formatPercent } from '../format.ts';
import { shortPath } from '../journal-report.ts';
import { progressOfIndex } from '../progress.ts';
import { type Check } from './check.ts';

const LOW_DISK_BYTES = 1_000_000_000;
/** Prices are checked on what happened lately: an old journal may have been written with an old price book. */
const PRICE_DAYS = 30;
const DAY_MILLIS = 86_400_000;

export async function checkJournal(dir: string): Promise<Check[]> {
  const since = Date.now() - PRICE_DAYS * DAY_MILLIS;
  const { totals, journal } = await progressOfIndex((onProgress) =>
    openJournal({ dir }).stats({ since, by: [], onProgress }),
  );
  return [sizeOf(dir), damageOf(journal), pricesOf(totals), diskOf(dir)];
}

function sizeOf(dir: string): Check {
  const { files } = listJournalFiles(dir);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const where = shortPath(journalDirectory(dir));
  return {
    check: 'journal',
    state: 'info',
    message:
      files.length === 0
        ? `no journal yet in ${where}`
        : `journal of ${formatBytes(bytes)} in ${formatCountOf(files.length, 'file')} in ${where}`,
    data: { files: files.length, bytes },
  };
}

function damageOf(journal: JournalSummary): Check {
  const { corruptLines, lines, skippedFiles, corruptByFile } = journal;
  const sound = corruptLines === 0 && skippedFiles.length === 0;
  return {
    check: 'damage',
    state: sound ? 'ok' : 'warning',
    message: sound
      ? `no damage in ${formatCountOf(lines, 'line')} of traces`
      : `${formatCountOf(corruptLines, 'damaged line')} of ${formatCount(lines)}, ${formatCountOf(skippedFiles.length, 'file')} not read`,
    details: [
      ...Object.entries(corruptByFile).map(([file, count]) => `${file}: ${formatCountOf(count, 'line')}`),
      ...skippedFiles.map(({ file, reason }) => `${file}: ${reason}`),
    ],
    data: journal,
  };
}

function pricesOf(totals: Totals): Check {
  const { pricedCalls, unpricedCalls, unpricedModels, unpricedReasons } = totals;
  const known = pricedCalls + unpricedCalls;
  const withoutUsage = unpricedReasons.unknown_usage;
  return {
    check: 'prices',
    state: unpricedCalls > 0 ? 'warning' : known === 0 ? 'info' : 'ok',
    message:
      known === 0
        ? `no call to price in the last ${PRICE_DAYS} days`
        : `${formatPercent(pricedCalls / known)} of ${formatCountOf(known, 'call')} of the last ${PRICE_DAYS} days have a known cost`,
    details: [
      ...Object.entries(unpricedModels).map(
        ([model, calls]) => `no price for ${model}: ${formatCountOf(calls, 'call')}`,
      ),
      ...(withoutUsage > 0 ? [`usage not told by the provider: ${formatCountOf(withoutUsage, 'call')}`] : []),
      ...(unpricedReasons.unknown_price > 0
        ? ['give prices of your own under `prices:` in agent-vitals.config.yaml']
        : []),
    ],
    data: { pricedCalls, unpricedCalls, unpricedReasons, unpricedModels },
  };
}

function diskOf(dir: string): Check {
  // Where the directory is, or would be made.
  let place = dir;
  while (!existsSync(place)) place = dirname(place);
  try {
    const { bavail, bsize } = statfsSync(place);
    const freeBytes = bavail * bsize;
    const data = { freeBytes, writable: isWritable(place) };
    if (!data.writable)
      return { check: 'disk', state: 'problem', message: `${shortPath(place)} cannot be written`, data };
    return {
      check: 'disk',
      state: freeBytes < LOW_DISK_BYTES ? 'warning' : 'ok',
      message: `${formatBytes(freeBytes)} free on the disk of ${shortPath(dir)}`,
      data,
    };
  } catch (error) {
    return { check: 'disk', state: 'problem', message: `${place}: ${(error as NodeJS.ErrnoException).code}` };
  }
}

function isWritable(place: string): boolean {
  try {
    accessSync(place, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
