// Removes journal files that are too old or too many. Never one that a living process is writing, and never a file that we did not name.
import { join } from 'node:path';
import { isAlive } from '../process-alive.ts';
import { parseSegmentName, type SegmentName } from './segment-name.ts';
import type { JournalFs } from './segment-writer.ts';

export interface RetentionLimits {
  readonly retentionDays: number;
  /** Bytes of all files of the directory together. */
  readonly maxTotalBytes: number;
}

interface Segment extends SegmentName {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since the epoch of the last write. */
  readonly writtenAt: number;
}

const DAY_MILLIS = 86_400_000;

/** Looks at the whole directory, so that it is called when a file is begun and not for every write. Never throws. */
export function removeOldSegments(directory: string, limits: RetentionLimits, fs: JournalFs, now = Date.now()): void {
  const segments = listSegments(directory, fs).sort(
    (a, b) => a.writtenAt - b.writtenAt || a.beganAt - b.beganAt || a.sequence - b.sequence,
  );
  const newest = new Map<string, number>();
  for (const { signal, pid, writer, sequence } of segments) {
    const key = `${signal} ${pid} ${writer}`;
    newest.set(key, Math.max(sequence, newest.get(key) ?? 0));
  }
  let total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  const oldest = now - limits.retentionDays * DAY_MILLIS;
  for (const segment of segments) {
    if (segment.writtenAt >= oldest && total <= limits.maxTotalBytes) continue;
    const isNewest = newest.get(`${segment.signal} ${segment.pid} ${segment.writer}`) === segment.sequence;
    // A writer begins a file every day, so one untouched for two days has no writer: the process id was given to someone else.
    if (isNewest && now - segment.writtenAt < 2 * DAY_MILLIS && isAlive(segment.pid)) continue;
    if (remove(segment.path, fs)) total -= segment.bytes;
  }
}

function listSegments(directory: string, fs: JournalFs): Segment[] {
  const segments: Segment[] = [];
  for (const entry of tryTo(() => fs.readdirSync(directory)) ?? []) {
    const name = parseSegmentName(entry);
    if (!name) continue;
    const path = join(directory, entry);
    const stat = tryTo(() => fs.statSync(path));
    // A file holds one day at most, so that a copied or touched file cannot look younger than it is.
    if (stat?.isFile()) {
      segments.push({ ...name, path, bytes: stat.size, writtenAt: Math.min(stat.mtimeMs, name.beganAt + DAY_MILLIS) });
    }
  }
  return segments;
}

function remove(path: string, fs: JournalFs): boolean {
  return tryTo(() => fs.rmSync(path, { force: true }) ?? true) ?? false;
}

/** Another process may remove the same file at the same time; a file that cannot be looked at is left alone. */
function tryTo<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}
