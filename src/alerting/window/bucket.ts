// What one source measured of one series in one stretch of time, and how it is added up. It knows no rule.

/** What kind of instrument it came from; the numbers stand in alerts.db. */
export const COUNTER = 0;
export const HISTOGRAM = 1;
/** Readings that add up over processes: up-down counters. */
export const UP_DOWN = 2;
/** Readings of which the newest counts, whoever made it: gauges. */
export const GAUGE = 3;
export type Kind = typeof COUNTER | typeof HISTOGRAM | typeof UP_DOWN | typeof GAUGE;

/** Source of what this process measures itself; others have the number of their row in alerts.db. */
export const OWN = 0;

export interface Bucket {
  /** Milliseconds since the epoch. */
  start: number;
  /** Who measured. */
  readonly source: number;
  kind: Kind;
  /** Values of a histogram; readings; 0 of a counter. */
  count: number;
  /** Of the increments, values or readings. */
  sum: number;
  min: number;
  max: number;
  /** Of readings: what the series of the group came to together when they were read last. */
  last: number;
  lastMillis: number;
  /** Of a histogram: upper bounds. */
  bounds: readonly number[] | undefined;
  /** Values in each, one more than bounds. */
  counts: number[] | undefined;
  /** Not yet in the database. */
  isDirty: boolean;
}

/** Whether it holds nothing, as one whose measurements went elsewhere. */
export function isEmpty({ count, sum, lastMillis }: Bucket): boolean {
  return count === 0 && sum === 0 && lastMillis === 0;
}

export function emptyBucket(start: number, source: number, kind: Kind): Bucket {
  return {
    start,
    source,
    kind,
    count: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    last: 0,
    lastMillis: 0,
    bounds: undefined,
    counts: undefined,
    isDirty: false,
  };
}

/** What is added to a bucket: a bucket, or a point of a histogram. */
export type Amounts = Pick<Bucket, 'count' | 'sum' | 'min' | 'max' | 'bounds' | 'counts'>;

/** Adds amounts, of a histogram its counts too. */
export function addAmounts(bucket: Bucket, amounts: Amounts): void {
  bucket.count += amounts.count;
  bucket.sum += amounts.sum;
  if (amounts.min < bucket.min) bucket.min = amounts.min;
  if (amounts.max > bucket.max) bucket.max = amounts.max;
  if (amounts.counts !== undefined && amounts.bounds !== undefined) addCounts(bucket, amounts.bounds, amounts.counts);
}

/** Puts a bucket into another of the same source, as when a clock was set back. */
export function mergeBucket(into: Bucket, from: Omit<Bucket, 'source'>): void {
  addAmounts(into, from);
  if (from.lastMillis >= into.lastMillis) {
    into.last = from.last;
    into.lastMillis = from.lastMillis;
  }
}

interface Counted {
  bounds: readonly number[] | undefined;
  counts: number[] | undefined;
}

/** Adds counts of a histogram. Those with other bounds go where their upper bound lies, so that a percentile is never told too low. */
export function addCounts(into: Counted, bounds: readonly number[], counts: readonly number[]): void {
  if (into.bounds === undefined || into.counts === undefined) {
    into.bounds = bounds;
    into.counts = [...counts];
    return;
  }
  if (haveEqual(into.bounds, bounds)) {
    for (let i = 0; i < counts.length; i++) into.counts[i] = (into.counts[i] ?? 0) + (counts[i] ?? 0);
    return;
  }
  for (let i = 0; i < counts.length; i++) {
    const upper = bounds[i] ?? Number.POSITIVE_INFINITY;
    let at = 0;
    while (at < into.bounds.length && (into.bounds[at] as number) < upper) at += 1;
    into.counts[at] = (into.counts[at] ?? 0) + (counts[i] ?? 0);
  }
}

function haveEqual(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
