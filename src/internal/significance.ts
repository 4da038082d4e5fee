// Whether two samples differ by more than chance: intervals, how sure one may be, and how many more runs would tell. Pure arithmetic; what cannot be
// said of so few is `null`, never 0.
import { normalCdf, normalQuantile, studentCdf, studentQuantile } from './probability.ts';

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
/** Beyond it a double cannot tell the certainty from 1. */
const SUREST_Z = 9;

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
 * By Newcombe's hybrid score interval (his method 10). Of so few runs that it finds differences where none are, no surer than Fisher's exact test (its
 * mid-p): where that is not convinced, the interval reaches to 0. @returns `null` when one of them has no runs.
 */
export function compareRates(first: Rate, second: Rate, confidence = CONFIDENCE): Difference | null {
  if (first.count === 0 || second.count === 0) return null;
  const [p1, p2] = [first.successes / first.count, second.successes / second.count];
  const difference = p2 - p1;
  const found = newcombe(first, second, zOf(confidence));
  const exact = exactCertainty(first, second);
  const interval = exact > confidence ? found : { low: Math.min(0, found.low), high: Math.max(0, found.high) };
  return {
    difference,
    ...interval,
    certainty: Math.min(
      exact,
      certaintyOf(difference, (z) => newcombe(first, second, z)),
    ),
    ...settled(difference, interval, first, second, runsThatTell(first, second, confidence)),
  };
}

function newcombe(first: Rate, second: Rate, z: number): Interval {
  const [p1, p2] = [first.successes / first.count, second.successes / second.count];
  const [one, two] = [wilson(p1, first.count, z), wilson(p2, second.count, z)];
  const difference = p2 - p1;
  return {
    low: Math.max(-1, difference - Math.hypot(p2 - two.low, one.high - p1)),
    high: Math.min(1, difference + Math.hypot(two.high - p2, p1 - one.low)),
  };
}

/**
 * How many runs of the rarer end the smaller side would have, were both alike. With fewer, Newcombe's interval alone finds a difference in up to 12 of 100
 * trials where there is none; with as many, in no more than 6.
 */
const FEW = 10;

function areFew(first: Rate, second: Rate): boolean {
  const runs = first.count + second.count;
  const successes = first.successes + second.successes;
  return (Math.min(first.count, second.count) * Math.min(successes, runs - successes)) / runs < FEW;
}

/**
 * One less how likely chance deals the successes out at least as unevenly; those ways that are as likely as what was found are counted by half.
 * @returns 0 to 1; 1 where there are so many that nobody needs to ask.
 */
function exactCertainty(first: Rate, second: Rate): number {
  if (!areFew(first, second)) return 1;
  const successes = first.successes + second.successes;
  const [fewest, most] = [Math.max(0, successes - second.count), Math.min(first.count, successes)];
  // Each as many times as likely as what was found, which needs no factorials.
  let [below, alike, all] = [0, 1, 1];
  const add = (weight: number): void => {
    all += weight;
    // What is as likely is off by rounding alone.
    if (weight < 1 - 1e-9) below += weight;
    else if (weight <= 1 + 1e-9) alike += weight;
  };
  /** As many times as likely is one more success of the first than `k`. */
  const ratio = (k: number): number =>
    ((successes - k) * (first.count - k)) / ((k + 1) * (second.count - successes + k + 1));
  let weight = 1;
  for (let k = first.successes; k < most; k++) add((weight *= ratio(k)));
  weight = 1;
  for (let k = first.successes - 1; k >= fewest; k--) add((weight /= ratio(k)));
  // In round figures: whether two and three runs that differ wholly are 95% sure, or more, is no matter of rounding.
  return Math.round((1 - (below + alike / 2) / all) * 1e12) / 1e12;
}

/** Runs each of two needs to tell such rates apart: for few, as many as would tell were they to go on just like this. */
function runsThatTell(first: Rate, second: Rate, confidence: number): number {
  const [p1, p2] = [first.successes / first.count, second.successes / second.count];
  let needed = runsForRates(p1, p2, confidence);
  if (!(needed < MOST_RUNS)) return needed;
  const goneOn = (p: number, { count }: Rate): Rate => {
    const runs = Math.max(count, needed);
    return { successes: Math.round(p * runs), count: runs };
  };
  needed = Math.ceil(needed);
  for (let more = 0; more < FEW * FEW; more++) {
    if (exactCertainty(goneOn(p1, first), goneOn(p2, second)) > confidence) break;
    needed++;
  }
  return needed;
}

/**
 * By Welch's test, which does not take it that both vary alike; where neither varies at all there is no spread to reckon with, and a permutation test says
 * it. @returns `null` when one of them has less than two runs.
 */
export function compareMeans(first: Sample, second: Sample, confidence = CONFIDENCE): Difference | null {
  if (first.count < 2 || second.count < 2) return null;
  const difference = second.mean - first.mean;
  const [v1, v2] = [first.variance / first.count, second.variance / second.count];
  const error = Math.sqrt(v1 + v2);
  if (error === 0) return compareConstants(difference, first, second, confidence);
  const df = (v1 + v2) ** 2 / (v1 ** 2 / (first.count - 1) + v2 ** 2 / (second.count - 1));
  const margin = studentQuantile(0.5 + confidence / 2, df) * error;
  const interval = { low: difference - margin, high: difference + margin };
  return {
    difference,
    ...interval,
    certainty: 1 - 2 * studentCdf(-Math.abs(difference) / error, df),
    ...settled(
      difference,
      interval,
      first,
      second,
      runsForMeans(difference, first.variance + second.variance, confidence),
    ),
  };
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

/** @returns runs each of two needs to tell rates of `p1` and `p2` apart. */
export function runsForRates(p1: number, p2: number, confidence = CONFIDENCE, power = POWER): number {
  const average = (p1 + p2) / 2;
  const spread =
    zOf(confidence) * Math.sqrt(2 * average * (1 - average)) +
    normalQuantile(power) * Math.sqrt(p1 * (1 - p1) + p2 * (1 - p2));
  return (spread / (p1 - p2)) ** 2;
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

/** The confidence at which the end of the interval that is nearer to 0 reaches it. */
function certaintyOf(difference: number, intervalAt: (z: number) => Interval): number {
  if (difference === 0) return 0;
  let [low, high] = [0, SUREST_Z];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    const interval = intervalAt(middle);
    if (difference > 0 ? interval.low > 0 : interval.high < 0) low = middle;
    else high = middle;
  }
  return 2 * normalCdf(low) - 1;
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
