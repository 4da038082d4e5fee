// Whether two samples differ by more than chance: intervals, how sure one may be, and how many more runs would tell. Pure arithmetic; what cannot be
// said of so few is `null`, never 0.
import { normalQuantile, studentCdf, studentQuantile } from './probability.ts';

/** A share: how many of how many. */
export interface Rate {
  readonly successes: number;
  readonly count: number;
}

/** A figure that each run has one of. */
export interface Sample {
  readonly count: number;
  readonly mean: number;
  /** Of the sample, with count - 1 below the line; 0 when there are less than two. */
  readonly variance: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What the second has more than the first. Its interval is without end where so few runs that are all alike say nothing of it. */
export interface Difference extends Interval {
  readonly difference: number;
  /** 0 to 1: the highest confidence at which the interval leaves out 0. Near 1 it is no chance, near 0 it may well be. */
  readonly certainty: number;
  /** Whether the interval, at the confidence that was asked for, leaves out 0. */
  readonly isSignificant: boolean;
  /**
   * Runs that the first and the second would need beyond those there are, to find a difference as large as this one significant in 4 of 5 trials.
   * 0 when it is significant already; `null` when no number would do, for there is no difference, or none that less than ten million would tell.
   */
  readonly moreRuns: { readonly first: number; readonly second: number } | null;
}

/** What is taken for no chance where nothing else is asked for. */
export const CONFIDENCE = 0.95;
/** The odds of finding a difference that is there, which numbers of runs are counted for. */
const POWER = 0.8;
const MOST_RUNS = 10_000_000;

/** Wilson's score interval: true for few runs and for rates near 0 and 1 as well. @returns `null` without runs. */
export function rateInterval({ successes, count }: Rate, confidence = CONFIDENCE): Interval | null {
  return count > 0 ? wilson(successes / count, count, zOf(confidence)) : null;
}

/** Of a mean, by Student's distribution. @returns `null` with less than two runs, and when all are alike: they do not say how far others may lie. */
export function meanInterval({ count, mean, variance }: Sample, confidence = CONFIDENCE): Interval | null {
  if (count < 2 || variance === 0) return null;
  const margin = studentQuantile(0.5 + confidence / 2, count - 1) * Math.sqrt(variance / count);
  return { low: mean - margin, high: mean + margin };
}

/**
 * As means of zeros and ones, by the test that means have, each side with one success and one failure more than there were (Agresti and Caffo): so few runs
 * that are all alike do not pass for runs that never vary. Counted out for all numbers of runs to 40, and for some very unequal ones to 1000, it takes what
 * is chance for a difference in 5.6 of 100 cases at most, and mostly in less than 5: docs/decisions/0015-comparing-rates.md has it beside others.
 * @returns `null` when one of them has no runs.
 */
export function compareRates(first: Rate, second: Rate, confidence = CONFIDENCE): Difference | null {
  if (first.count === 0 || second.count === 0) return null;
  const [p1, p2] = [first.successes / first.count, second.successes / second.count];
  const difference = p2 - p1;
  const [one, two] = [withOneMoreOfBoth(p1, first.count), withOneMoreOfBoth(p2, second.count)];
  const found = welch(one, two, confidence);
  const interval = { low: Math.max(-1, found.low), high: Math.min(1, found.high) };
  return {
    difference,
    ...interval,
    // What was added may turn the difference of very few around: then they say nothing.
    certainty: Math.sign(two.mean - one.mean) === Math.sign(difference) ? found.certainty : 0,
    ...settled(difference, interval, first, second, runsForRates(p1, p2, confidence)),
  };
}

/**
 * By Welch's test, which does not take it that both vary alike; where neither varies at all there is no spread to reckon with, and a permutation test says
 * it. @returns `null` when one of them has less than two runs.
 */
export function compareMeans(first: Sample, second: Sample, confidence = CONFIDENCE): Difference | null {
  if (first.count < 2 || second.count < 2) return null;
  const difference = second.mean - first.mean;
  if (spreadOfDifference(first, second).error === 0) return compareConstants(difference, first, second, confidence);
  const found = welch(first, second, confidence);
  const needed = runsForMeans(difference, first.variance + second.variance, confidence);
  return { difference, ...found, ...settled(difference, found, first, second, needed) };
}

/** Of two of which one varies at least. */
function welch(first: Sample, second: Sample, confidence: number): Interval & Pick<Difference, 'certainty'> {
  const difference = second.mean - first.mean;
  const { error, df } = spreadOfDifference(first, second);
  const margin = studentQuantile(0.5 + confidence / 2, df) * error;
  return {
    low: difference - margin,
    high: difference + margin,
    certainty: 1 - 2 * studentCdf(-Math.abs(difference) / error, df),
  };
}

/** Standard error of the difference of two means, and its degrees of freedom, after Welch and Satterthwaite. */
function spreadOfDifference(first: Sample, second: Sample): { readonly error: number; readonly df: number } {
  const [v1, v2] = [first.variance / first.count, second.variance / second.count];
  return {
    error: Math.sqrt(v1 + v2),
    df: (v1 + v2) ** 2 / (v1 ** 2 / (first.count - 1) + v2 ** 2 / (second.count - 1)),
  };
}

/** @returns whether numbers of runs are so small that {@link compareRates} would find no difference however they end: all of the one well, none of the other. */
export function areTooFew(first: number, second: number, confidence = CONFIDENCE): boolean {
  return !(welch(withOneMoreOfBoth(0, first), withOneMoreOfBoth(1, second), confidence).low > 0);
}

/** Runs that succeed or do not, as ones and zeros, and one more of both. */
function withOneMoreOfBoth(rate: number, runs: number): Sample {
  const count = runs + 2;
  const mean = (rate * runs + 1) / count;
  return { count, mean, variance: (mean * (1 - mean) * count) / (count - 1) };
}

/**
 * All runs of the one are alike, and all of the other. Were it chance which run is of which, no more than two of all the ways to deal them out would part
 * them like this: of so few runs that there are few ways it may well be chance.
 */
function compareConstants(
  difference: number,
  first: { readonly count: number },
  second: { readonly count: number },
  confidence: number,
): Difference {
  const certaintyWith = (more: number): number => 1 - 2 / waysToDeal(first.count + more, second.count + more);
  const isEnough = certaintyWith(0) >= confidence;
  // Of fewer nothing is known of how far others may lie.
  const interval = isEnough ? { low: difference, high: difference } : { low: -Infinity, high: Infinity };
  if (difference === 0) return { difference, ...interval, certainty: 0, isSignificant: false, moreRuns: null };
  let more = 0;
  while (certaintyWith(more) < confidence) more++;
  return {
    difference,
    ...interval,
    certainty: certaintyWith(0),
    isSignificant: isEnough,
    moreRuns: { first: more, second: more },
  };
}

/** In how many ways runs can be dealt out to two groups of these sizes. */
function waysToDeal(first: number, second: number): number {
  const [fewer, others] = [Math.min(first, second), Math.max(first, second)];
  let ways = 1;
  for (let run = 1; run <= fewer && ways < Number.MAX_SAFE_INTEGER; run++) ways = (ways * (others + run)) / run;
  return ways;
}

/** @returns runs each of two needs for {@link compareRates} to tell rates of `p1` and `p2` apart; `Infinity` when it is more than anybody would make. */
export function runsForRates(p1: number, p2: number, confidence = CONFIDENCE, power = POWER): number {
  const z = normalQuantile(power);
  const isEnough = (runs: number): boolean => {
    const [one, two] = [withOneMoreOfBoth(p1, runs), withOneMoreOfBoth(p2, runs)];
    const { error, df } = spreadOfDifference(one, two);
    // How far below the difference that is to be expected 1 in 5 lie.
    const bad = z * (runs / (runs + 2)) * Math.sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / runs);
    return 1 - 2 * studentCdf((bad - Math.abs(two.mean - one.mean)) / error, df) >= confidence;
  };
  let [tooFew, enough] = [0, 1];
  while (!isEnough(enough)) {
    if (enough > MOST_RUNS) return Infinity;
    [tooFew, enough] = [enough, enough * 2];
  }
  while (enough - tooFew > 1) {
    const between = Math.floor((tooFew + enough) / 2);
    if (isEnough(between)) enough = between;
    else tooFew = between;
  }
  return enough;
}

/**
 * @param variances of both, summed
 * @returns runs each of two needs to tell means apart that differ by `difference`.
 */
export function runsForMeans(difference: number, variances: number, confidence = CONFIDENCE, power = POWER): number {
  const z = zOf(confidence);
  // The last part is Guenther's, for a variance that is not known but estimated.
  return ((z + normalQuantile(power)) ** 2 * variances) / difference ** 2 + z ** 2 / 4;
}

function settled(
  difference: number,
  { low, high }: Interval,
  first: { readonly count: number },
  second: { readonly count: number },
  needed: number,
): Pick<Difference, 'isSignificant' | 'moreRuns'> {
  if (difference !== 0 && (low > 0 || high < 0)) return { isSignificant: true, moreRuns: { first: 0, second: 0 } };
  if (difference === 0 || !(needed < MOST_RUNS)) return { isSignificant: false, moreRuns: null };
  const more = ({ count }: { readonly count: number }): number => Math.max(0, Math.ceil(needed) - count);
  const moreRuns = { first: more(first), second: more(second) };
  // Of very few the two ways to reckon differ: one more is the least that may change anything.
  if (moreRuns.first === 0 && moreRuns.second === 0) return { isSignificant: false, moreRuns: { first: 1, second: 1 } };
  return { isSignificant: false, moreRuns };
}

function wilson(p: number, count: number, z: number): Interval {
  const z2 = z * z;
  const center = p + z2 / (2 * count);
  const margin = z * Math.sqrt((p * (1 - p)) / count + z2 / (4 * count * count));
  const scale = 1 + z2 / count;
  // Rounding must not leave 0 and 1 outside where they are the ends.
  return { low: p === 0 ? 0 : (center - margin) / scale, high: p === 1 ? 1 : (center + margin) / scale };
}

function zOf(confidence: number): number {
  return normalQuantile(0.5 + confidence / 2);
}
