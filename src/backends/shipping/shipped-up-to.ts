// For retention: how far a journal file has been shipped, where somebody ships it at all.
import { basename, dirname } from 'node:path';
import { OUTBOX_DIRECTORY } from '../../internal/data-directory.ts';
import type { SegmentName } from '../journal/segment-name.ts';
import { directoryOf, type Known } from './claims.ts';
import type { Cursors } from './cursors.ts';

/** @returns the byte from which on the collector has not got a file; its size when nobody ships it. */
export function shippedUpTo(
  shipped: Known | undefined,
  cursors: Cursors,
  { signal }: SegmentName,
  path: string,
  size: number,
): number {
  if (shipped === undefined) return size;
  const directory = basename(dirname(path));
  // Of a torn claim that says nothing all is kept: but for the journal's metrics, beside which there are others for the collector.
  const isShipped = shipped.torn
    ? signal !== 'metrics' || directory === OUTBOX_DIRECTORY
    : shipped.signals.includes(signal) && directory === directoryOf(signal, shipped);
  return isShipped ? cursors.read(path, size) : size;
}
