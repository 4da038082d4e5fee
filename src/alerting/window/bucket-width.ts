// How finely a window is kept: the stretches of time whose measurements are kept together.
import type { Window } from '../rule.ts';
import { periodStart } from './time-zone.ts';

const SECOND_MILLIS = 1000;
const MINUTE_MILLIS = 60 * SECOND_MILLIS;
const HOUR_MILLIS = 60 * MINUTE_MILLIS;
const DAY_MILLIS = 24 * HOUR_MILLIS;

/** Longest window, and the width of its buckets: at most some 1,440 buckets a window. */
const WIDTHS: readonly (readonly [number, number])[] = [
  [10 * MINUTE_MILLIS, 5 * SECOND_MILLIS],
  [HOUR_MILLIS, 15 * SECOND_MILLIS],
  [DAY_MILLIS, MINUTE_MILLIS],
  [7 * DAY_MILLIS, 10 * MINUTE_MILLIS],
  [Number.POSITIVE_INFINITY, HOUR_MILLIS],
];

export interface BucketWidth {
  /** The same for equal widths. */
  readonly key: string;
  /** Longest stretch of time in a bucket, in milliseconds. */
  readonly millis: number;
  /** Days of a time zone, which are not all as long. */
  readonly isDay: boolean;
  /** Start of the bucket a moment lies in. */
  startOf(atMillis: number): number;
}

/** Buckets of a window, with a baseline for some days back too. */
export function widthFor(window: Window, hasBaseline: boolean): BucketWidth {
  if (window.kind === 'calendar') {
    // Days in the zone make up its weeks and months, also those with a day of 23 hours.
    const { timeZone } = window;
    return {
      key: `day ${timeZone}`,
      millis: 25 * HOUR_MILLIS,
      isDay: true,
      startOf: (atMillis) => periodStart('day', timeZone, atMillis),
    };
  }
  const [, narrow] = WIDTHS.find(([longest]) => window.millis <= longest) as readonly [number, number];
  // For a week back there would be 40,000 of the narrow ones.
  const millis = hasBaseline ? Math.max(narrow, MINUTE_MILLIS) : narrow;
  return { key: `${millis}`, millis, isDay: false, startOf: (atMillis) => Math.floor(atMillis / millis) * millis };
}
