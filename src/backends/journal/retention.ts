// Removes journal files that are too old or too many. Never one that a living process is writing, never a file that we did not name, and one that
// the collector has not got only when there is no more room, after all others.
import { closeSync, openSync, readSync } from 'node:fs';
import { countLines } from '../../internal/count-lines.ts';
import { isAlive } from '../../internal/process-alive.ts';
import { believedNow, type DatedSegment, datedInOrder, filesOf } from './segment-age.ts';
import type { SegmentName } from './segment-name.ts';
import type { JournalFs } from './segment-writer.ts';
import { listSegments, type Segment } from './segments.ts';

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
  /** @param lostBytes of it that the collector will not get. */
  removed(segment: DatedSegment, path: string, lostBytes: number): void;
}

interface SizedSegment extends Segment, DatedSegment {
  readonly bytes: number;
}

const DAY_MILLIS = 86_400_000;
const PIECE_BYTES = 65_536;

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
    else if (remove(segment, 0, shipping, fs)) total -= segment.bytes;
  }
  let lost = 0;
  for (const segment of awaited) {
    if (total <= limits.maxTotalBytes) break;
    const from = tryTo(() => shipping.neededFrom(segment, segment.path, segment.bytes)) ?? 0;
    const lines = linesIn(segment.path, from);
    if (!remove(segment, Math.max(0, segment.bytes - from), shipping, fs)) continue;
    total -= segment.bytes;
    lost += lines;
  }
  return lost;
}

function sizedSegments(directory: string, fs: JournalFs): SizedSegment[] {
  return listSegments(directory).flatMap((segment) => {
    const stat = tryTo(() => fs.statSync(segment.path));
    if (!stat?.isFile()) return [];
    // A file holds one day at most, so that a copied or touched file cannot look younger than it is.
    return [{ ...segment, bytes: stat.size, writtenAt: Math.min(stat.mtimeMs, segment.beganAt + DAY_MILLIS) }];
  });
}

function remove(segment: SizedSegment, lostBytes: number, shipping: Shipping, fs: JournalFs): boolean {
  const isRemoved = tryTo(() => fs.rmSync(segment.path, { force: true }) ?? true) ?? false;
  if (isRemoved) tryTo(() => shipping.removed(segment, segment.path, lostBytes));
  return isRemoved;
}

/** Piece by piece: a whole file is more memory than all the rest of us. */
function linesIn(path: string, from: number): number {
  const fd = tryTo(() => openSync(path, 'r'));
  if (fd === undefined) return 0;
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let lines = 0;
  for (let offset = from; ; ) {
    const length = tryTo(() => readSync(fd, piece, 0, PIECE_BYTES, offset)) ?? 0;
    if (length === 0) break;
    lines += countLines(piece, length);
    offset += length;
  }
  tryTo(() => closeSync(fd));
  return lines;
}

/** Another process may remove the same file at the same time; a file that cannot be looked at is left alone. */
function tryTo<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}
