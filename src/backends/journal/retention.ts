// Removes journal files that are too old or too many. Never one that a living process is writing, never a file that we did not name, and one that
// the collector has not got only when there is no more room, after all others.
import { isAlive } from '../../internal/process-alive.ts';
import { linesIn } from './lines-in.ts';
import { believedNow, type DatedSegment, datedInOrder, filesOf } from './segment-age.ts';
import type { SegmentName } from './segment-name.ts';
import type { JournalFs } from './segment-writer.ts';
import { listSegments, type Segment, type Share } from './segments.ts';

export interface RetentionLimits {
  readonly retentionDays: number;
  /** Bytes of all files of the directory together. */
  readonly maxTotalBytes: number;
}

/** What is known of the collector. */
export interface Shipping {
  /** From which byte on it has not got a file yet; the file's size or more when it has it all, or never will. */
  shippedUpTo(segment: SegmentName, path: string, size: number): number;
  /** The same, where what is on its way from memory counts as shipped: it gets there without the file. */
  neededFrom(segment: SegmentName, path: string, size: number): number;
  /** Who ships it just now. The process that writes it counts itself what it loses: it alone knows what it has in memory. */
  keeperOf(segment: SegmentName): 'nobody' | 'us' | 'writer' | 'another';
  /** @param lost what of it the collector will not get, as far as we can count it. */
  removed(segment: DatedSegment, path: string, lost: Share): void;
}

interface SizedSegment extends Segment, DatedSegment {
  readonly bytes: number;
}

const DAY_MILLIS = 86_400_000;
const NOTHING: Share = { records: 0, bytes: 0 };

/**
 * Looks at the whole directory, so that it is called when a file is begun and not for every write. Never throws.
 * @returns lines that are lost to the collector.
 */
export function removeOldSegments(
  directory: string,
  limits: RetentionLimits,
  shipping: Shipping,
  fs: JournalFs,
  clock = Date.now(),
): number {
  const listed = sizedSegments(directory, fs);
  const now = believedNow(listed, clock);
  const keepMillis = limits.retentionDays * DAY_MILLIS;
  const segments = datedInOrder(listed, clock, keepMillis).sort(
    (a, b) => a.writtenAt - b.writtenAt || a.beganAt - b.beganAt || a.sequence - b.sequence,
  );
  let total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  const oldest = now - keepMillis;
  const newest = new Map<string, number>();
  for (const segment of segments) {
    const key = filesOf(segment);
    newest.set(key, Math.max(segment.sequence, newest.get(key) ?? 0));
  }
  const awaited: SizedSegment[] = [];
  for (const segment of segments) {
    if (segment.writtenAt >= oldest && total <= limits.maxTotalBytes) continue;
    const isNewest = newest.get(filesOf(segment)) === segment.sequence;
    // A writer begins a file every day, so one untouched for two days has no writer: the process id was given to someone else.
    if (isNewest && now - segment.writtenAt < 2 * DAY_MILLIS && isAlive(segment.pid)) continue;
    const from = tryTo(() => shipping.shippedUpTo(segment, segment.path, segment.bytes)) ?? segment.bytes;
    if (from < segment.bytes) awaited.push(segment);
    else if (remove(segment, NOTHING, shipping, fs) !== 'failed') total -= segment.bytes;
  }
  let lost = 0;
  const begun = new Set<string>();
  for (const segment of awaited) {
    if (total <= limits.maxTotalBytes) break;
    const isFirst = !begun.has(filesOf(segment));
    begun.add(filesOf(segment));
    const keeper = tryTo(() => shipping.keeperOf(segment)) ?? 'nobody';
    // It may be sending it just now, and would count that as sent.
    if (keeper === 'another' && isFirst) continue;
    const share = keeper === 'writer' ? NOTHING : shareFrom(segment, shipping);
    const outcome = remove(segment, share, shipping, fs);
    if (outcome !== 'failed') total -= segment.bytes;
    if (outcome === 'removed') lost += share.records;
  }
  return lost;
}

/** What of it the collector will not get without the file. */
function shareFrom({ path, bytes, ...segment }: SizedSegment, shipping: Shipping): Share {
  const from = tryTo(() => shipping.neededFrom(segment, path, bytes)) ?? 0;
  return { records: linesIn(path, from), bytes: Math.max(0, bytes - from) };
}

function sizedSegments(directory: string, fs: JournalFs): SizedSegment[] {
  return listSegments(directory).flatMap((segment) => {
    const stat = tryTo(() => fs.statSync(segment.path));
    if (!stat?.isFile()) return [];
    // A file holds one day at most, so that a copied or touched file cannot look younger than it is.
    return [{ ...segment, bytes: stat.size, writtenAt: Math.min(stat.mtimeMs, segment.beganAt + DAY_MILLIS) }];
  });
}

/** Two processes may do it at the same time: `gone` for the one that comes second. */
function remove(segment: SizedSegment, lost: Share, shipping: Shipping, fs: JournalFs): 'removed' | 'gone' | 'failed' {
  try {
    fs.unlinkSync(segment.path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'gone' : 'failed';
  }
  tryTo(() => shipping.removed(segment, segment.path, lost));
  return 'removed';
}

/** Another process may remove the same file at the same time; a file that cannot be looked at is left alone. */
function tryTo<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}
