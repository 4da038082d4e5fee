// What of a data directory waits for a collector: for people who ask, not for who ships.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { JOURNAL_DIRECTORY, OUTBOX_DIRECTORY } from '../../internal/data-directory.ts';
import { listSegments } from '../journal/segments.ts';
import { Claims } from './claims.ts';
import { Cursors } from './cursors.ts';
import { shippedUpTo } from './shipped-up-to.ts';

export interface Waiting {
  readonly bytes: number;
  readonly files: number;
  /** Milliseconds since the epoch of the last write to the oldest of the files; `undefined` when there is none. */
  readonly since: number | undefined;
  /** Bytes that are left to processes that ship them themselves, and live or have lived just now. */
  readonly heldBytes: number;
}

/** Counts only what was shipped by somebody who is gone: what was meant for no collector waits for none. */
export function waitingIn(dir: string): Waiting {
  const [claims, cursors] = [new Claims(dir), new Cursors(dir)];
  const claimed = claims.shipped();
  let bytes = 0;
  let heldBytes = 0;
  const times: number[] = [];
  for (const segment of [JOURNAL_DIRECTORY, OUTBOX_DIRECTORY].flatMap((name) => listSegments(join(dir, name)))) {
    const stat = statSync(segment.path, { throwIfNoEntry: false });
    const known = claimed.get(segment.writer);
    const left = stat ? stat.size - shippedUpTo(known, cursors, segment, segment.path, stat.size) : 0;
    if (left <= 0) continue;
    if (known?.holding() === 'held') {
      heldBytes += left;
      continue;
    }
    bytes += left;
    times.push(stat?.mtimeMs ?? 0);
  }
  const since = times.length === 0 ? undefined : Math.min(...times);
  return { bytes, files: times.length, since, heldBytes };
}
