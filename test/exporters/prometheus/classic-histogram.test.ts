// Exponential buckets as bounds, worked out by hand.
import { expect } from 'chai';
import { toClassicHistogram } from '../../../src/exporters/prometheus/classic-histogram.ts';

const NONE = { offset: 0, bucketCounts: [] };

describe('toClassicHistogram', () => {
  it('puts negative numbers, zeros and positive numbers in order', () => {
    // Scale 0, base 2: positive (2,4] 3 and (8,16] 1; negative [-8,-4) 2; two zeros.
    const { buckets, count } = toClassicHistogram({
      count: 8,
      scale: 0,
      zeroCount: 2,
      positive: { offset: 1, bucketCounts: [3, 0, 1] },
      negative: { offset: 2, bucketCounts: [2] },
    });
    expect(buckets).to.deep.equal({ boundaries: [-4, 0, 2, 4, 8, 16], counts: [2, 2, 0, 3, 0, 1, 0] });
    expect(count).to.equal(8);
  });

  it('merges what is finer than four buckets from a number to its double', () => {
    // Scale 3, eight buckets a doubling: 1..2 in eight ones.
    const { buckets } = toClassicHistogram({
      count: 8,
      scale: 3,
      zeroCount: 0,
      positive: { offset: 0, bucketCounts: [1, 1, 1, 1, 1, 1, 1, 1] },
      negative: NONE,
    });
    expect(buckets.counts).to.deep.equal([0, 0, 2, 2, 2, 2, 0]);
    expect(buckets.boundaries.map((bound) => bound.toFixed(4))).to.deep.equal([
      '0.0000',
      '1.0000',
      '1.1892',
      '1.4142',
      '1.6818',
      '2.0000',
    ]);
  });

  it('keeps the grid when the scale gets coarser, also below one', () => {
    const at = (scale: number, offset: number, bucketCounts: number[]): number[] =>
      toClassicHistogram({ count: 1, scale, zeroCount: 0, positive: { offset, bucketCounts }, negative: NONE }).buckets
        .boundaries;
    expect(at(-1, -2, [1])).to.deep.equal([0, 2 ** -4, 2 ** -2]);
    // (2**(-3/8), 2**(-2/8)] lies in (2**(-2/4), 2**(-1/4)].
    expect(at(3, -3, [1])).to.deep.equal([0, 2 ** -0.5, 2 ** -0.25]);
  });

  it('has distinct and finite bounds at the ends of what a double holds', () => {
    const { buckets, count } = toClassicHistogram({
      count: 4,
      scale: 0,
      zeroCount: 1,
      positive: { offset: -1075, bucketCounts: [1] },
      negative: NONE,
    });
    expect(new Set(buckets.boundaries).size).to.equal(buckets.boundaries.length);
    const top = toClassicHistogram({
      count,
      scale: 0,
      zeroCount: 0,
      positive: { offset: 1023, bucketCounts: [4] },
      negative: NONE,
    });
    expect(top.buckets).to.deep.equal({ boundaries: [0, 2 ** 1023], counts: [0, 0, 4] });
  });

  it('is one empty bucket when there is nothing', () => {
    const { buckets } = toClassicHistogram({ count: 0, scale: 20, zeroCount: 0, positive: NONE, negative: NONE });
    expect(buckets).to.deep.equal({ boundaries: [0], counts: [0, 0] });
  });
});
