// The journal files of one writer and signal, in the order they were written.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Signal } from '../backend.ts';
import { parseSegmentName, type SegmentName } from '../journal/segment-name.ts';

export interface Segment extends SegmentName {
  readonly path: string;
}

/** Those of all writers and signals when none is named; none when there is no such directory. */
export function listSegments(directory: string, signal?: Signal, writer?: string): Segment[] {
  return namesIn(directory)
    .flatMap((name) => {
      const parsed = parseSegmentName(name);
      const isWanted = parsed && (!signal || parsed.signal === signal) && (!writer || parsed.writer === writer);
      return isWanted ? [{ ...parsed, path: join(directory, name) }] : [];
    })
    .sort((a, b) => a.sequence - b.sequence);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
