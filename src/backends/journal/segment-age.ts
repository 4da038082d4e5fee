// How old journal files are, though the machine's clock may be wrong for a while: set ahead, set back, or not yet set after a start. In doubt a
// file is younger: what is kept a day too long can be removed later.
import type { SegmentName } from './segment-name.ts';

export interface DatedSegment extends SegmentName {
  /** Milliseconds since the epoch of the last write, as far as that is known. */
  readonly writtenAt: number;
}

const HOUR_MILLIS = 3_600_000;

/**
 * Up to when ages count: the last write that lies an hour back or more, by a clock that says `now`. After a clock was set ahead, that is the
 * last one before, so that nothing looks old; only what is written while it stays there makes it believed.
 */
export function believedNow(segments: readonly DatedSegment[], now: number): number {
  const times = segments.map(({ writtenAt }) => writtenAt).filter((writtenAt) => writtenAt <= now - HOUR_MILLIS);
  return times.length === 0 ? now : times.reduce((latest, time) => Math.max(latest, time));
}

/**
 * No file is older than one that its writer wrote before it, though a clock that was set back says so. A date further ahead than `toleranceMillis`
 * proves nothing: it would keep all later files of its writer until it has come.
 */
export function datedInOrder<T extends DatedSegment>(
  segments: readonly T[],
  now: number,
  toleranceMillis: number,
): T[] {
  const latest = new Map<string, number>();
  const dated: T[] = [];
  for (const segment of [...segments].sort((a, b) => a.sequence - b.sequence)) {
    const key = filesOf(segment);
    const writtenAt = Math.max(segment.writtenAt, latest.get(key) ?? 0);
    if (writtenAt <= now + toleranceMillis) latest.set(key, writtenAt);
    dated.push({ ...segment, writtenAt });
  }
  return dated;
}

/** What the files of one writer and signal have in common. */
export function filesOf({ signal, pid, writer }: SegmentName): string {
  return `${signal} ${pid} ${writer}`;
}
