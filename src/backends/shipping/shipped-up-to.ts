// For retention: how far a journal file has been shipped, where somebody ships it at all.
import { basename, dirname } from 'node:path';
import type { SegmentName } from '../journal/segment-name.ts';
import { directoryOf, type Shipped } from './claims.ts';
import type { Cursors } from './cursors.ts';

/** @returns the byte from which on the collector has not got a file; its size when nobody ships it. */
export function shippedUpTo(
  shipped: Shipped | undefined,
  cursors: Cursors,
  { signal }: SegmentName,
  path: string,
  size: number,
): number {
  const isShipped = shipped?.signals.includes(signal) && directoryOf(signal, shipped) === basename(dirname(path));
  return isShipped ? cursors.read(path, size) : size;
}
