// How many values there are, what they add up to, and how far they lie apart: of parts, and of parts together.
import { type Sample } from '../internal/significance.ts';
import { type Distribution } from './distribution.ts';
import { ExactSum } from './sum.ts';

export class Moments {
  readonly count: number;
  readonly sum: ExactSum;
  readonly least: number;
  readonly most: number;
  /** Of the distances from the mean, summed. */
  readonly #squares: number;

  private constructor(count: number, sum: ExactSum, [least, most]: readonly [number, number], squares: number) {
    this.count = count;
    this.sum = sum;
    this.least = least;
    this.most = most;
    this.#squares = squares;
  }

  /** @param values none of them below 0. `NaN` is none. */
  static of(values: Distribution): Moments {
    const sum = new ExactSum();
    let count = 0;
    let [least, most] = [Infinity, -Infinity];
    values.forEachStretch((column, from, to) => {
      const range = rangeOf(column, from, to);
      count += range.count;
      if (range.least < least) least = range.least;
      if (range.most > most) most = range.most;
      if (range.count === to - from) sum.addFrom(column, from, to);
      else for (let index = from; index < to; index++) if (isKnown(column[index])) sum.add(column[index] as number);
    });
    const mean = meanOf(count, sum.exact(), [least, most]);
    let squares = 0;
    // From the mean, in a second pass: the difference of two large sums would be noise.
    if (least < most) values.forEachStretch((column, from, to) => (squares += squaresOf(column, from, to, mean)));
    return new Moments(count, sum, [least, most], squares);
  }

  static together(parts: readonly Moments[]): Moments {
    if (parts.length === 1) return parts[0] as Moments;
    const sum = new ExactSum();
    let count = 0;
    let [least, most] = [Infinity, -Infinity];
    for (const part of parts) {
      sum.addSum(part.sum);
      count += part.count;
      least = Math.min(least, part.least);
      most = Math.max(most, part.most);
    }
    const mean = meanOf(count, sum.exact(), [least, most]);
    const distance = (part: Moments): number => meanOf(part.count, part.sum.exact(), [part.least, part.most]) - mean;
    const squares = parts.reduce((all, part) => all + part.#squares + part.count * distance(part) ** 2, 0);
    return new Moments(count, sum, [least, most], squares);
  }

  /** 0 when there are none. */
  get mean(): number {
    return meanOf(this.count, this.sum.value(), [this.least, this.most]);
  }

  sample(): Sample {
    const { count, mean, least, most } = this;
    if (count < 2 || least === most) return { count, mean, variance: 0 };
    // The digits beyond are those of the order in which the parts were added up.
    return { count, mean, variance: Number((this.#squares / (count - 1)).toPrecision(12)) };
  }
}

/** Of values that are all alike it is theirs to the last digit. */
function meanOf(count: number, total: number, [least, most]: readonly [number, number]): number {
  return count === 0 ? 0 : least === most ? least : total / count;
}

function rangeOf(column: Float64Array, from: number, to: number): Pick<Moments, 'count' | 'least' | 'most'> {
  let count = 0;
  let [least, most] = [Infinity, -Infinity];
  for (let index = from; index < to; index++) {
    const value = column[index] as number;
    if (value < least) least = value;
    if (value > most) most = value;
    count += Number(isKnown(value));
  }
  return { count, least, most };
}

function squaresOf(column: Float64Array, from: number, to: number, mean: number): number {
  let squares = 0;
  for (let index = from; index < to; index++) {
    const value = column[index] as number;
    if (isKnown(value)) squares += (value - mean) ** 2;
  }
  return squares;
}

/** NaN is the only number that is not itself. */
function isKnown(value: number | undefined): boolean {
  return value === value;
}
