// How journal files are called: from the name alone one sees what is in it, when it was begun and by which process.
import type { Signal } from '../backend.ts';

export interface SegmentName {
  readonly signal: Signal;
  /** Milliseconds since the epoch at which the file was begun. */
  readonly beganAt: number;
  readonly pid: number;
  /** Tells apart processes and worker threads that have the same process id. */
  readonly writer: string;
  /** Counts the files of one writer and signal, from 1. */
  readonly sequence: number;
}

const PATTERN =
  /^(traces|logs|metrics)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-(\d+)-([0-9a-f]{8})-(\d{6,})\.jsonl$/;

/** `traces-20261123T081500123Z-4711-9f3ac01b-000001.jsonl`: sorts by time within a signal. */
export function formatSegmentName({ signal, beganAt, pid, writer, sequence }: SegmentName): string {
  const stamp = new Date(beganAt).toISOString().replaceAll(/[-:.]/g, '');
  return `${signal}-${stamp}-${pid}-${writer}-${String(sequence).padStart(6, '0')}.jsonl`;
}

/** What a file name says; `undefined` when it is not one of ours. */
export function parseSegmentName(name: string): SegmentName | undefined {
  const match = PATTERN.exec(name);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second, millis] = match.slice(2, 9).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    signal: match[1] as Signal,
    beganAt: Date.UTC(year, month - 1, day, hour, minute, second, millis),
    pid: Number(match[9]),
    writer: match[10] as string,
    sequence: Number(match[11]),
  };
}
