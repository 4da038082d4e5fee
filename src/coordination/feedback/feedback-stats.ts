// What many scores say together. Pure arithmetic: what so few cannot say is `null`, never 0.
import { studentCdf } from '../../internal/probability.ts';
import { compareMeans, type Sample } from '../../internal/significance.ts';

/** How the newer half of the scores differs from the older. */
export interface Trend {
  /** `steady` where the difference may well be chance: its confidence is below 0.95. */
  readonly direction: 'rising' | 'falling' | 'steady';
  /** Mean of the newer half less that of the older. */
  readonly change: number;
  /** 0 to 1: how sure it is that there is a difference at all. */
  readonly confidence: number;
}

export interface FeedbackStats {
  readonly count: number;
  /** `null` without scores. */
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** `null` with less than four scores, two in each half. */
  readonly trend: Trend | null;
}

const SURE = 0.95;

/** @param scores oldest first */
export function statsOf(scores: readonly number[]): FeedbackStats {
  const { count, mean } = sampleOf(scores);
  if (count === 0) return { count, mean: null, min: null, max: null, trend: null };
  return { count, mean, min: scores.reduce(least), max: scores.reduce(most), trend: trendOf(scores) };
}

/** Of an odd number the one in the middle belongs to neither half. */
function trendOf(scores: readonly number[]): Trend | null {
  const half = Math.floor(scores.length / 2);
  const compared = compareMeans(sampleOf(scores.slice(0, half)), sampleOf(scores.slice(-half)), SURE);
  if (half < 2 || compared === null) return null;
  const { difference: change, certainty: confidence, isSignificant } = compared;
  return { direction: !isSignificant ? 'steady' : change > 0 ? 'rising' : 'falling', change, confidence };
}

/** 0 to 1: how sure it is, by Student's test, that scores such as these have a mean on the side of `limit` where theirs is. 0 with less than two. */
export function certaintyOfSide(scores: readonly number[], limit: number): number {
  const { count, mean, variance } = sampleOf(scores);
  if (count < 2) return 0;
  const distance = Math.abs(mean - limit);
  const error = Math.sqrt(variance / count);
  if (error === 0) return distance === 0 ? 0 : 1;
  // From a half, which is no knowledge, to one.
  return 2 * studentCdf(distance / error, count - 1) - 1;
}

export function sampleOf(values: readonly number[]): Sample {
  // By the distance from the first: many that are nearly alike lose no digits.
  const [origin = 0] = values;
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value - origin;
    squares += (value - origin) ** 2;
  }
  const count = values.length;
  const variance = count < 2 ? 0 : Math.max(0, (squares - sum ** 2 / count) / (count - 1));
  return { count, mean: count === 0 ? 0 : origin + sum / count, variance };
}

const least = (one: number, other: number): number => Math.min(one, other);
const most = (one: number, other: number): number => Math.max(one, other);
