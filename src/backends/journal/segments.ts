// The journal files of a directory, in the order they were written.
import { join } from 'node:path';
import { namesIn } from '../../internal/names-in.ts';
import type { Signal } from '../backend.ts';
import { parseSegmentName, type SegmentName } from './segment-name.ts';

export interface Segment extends SegmentName {
  readonly path: string;
}

/** Some of a file. */
export interface Share {
  /** Lines: traces and logs hold one record a line. */
  readonly records: number;
  readonly bytes: number;
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
