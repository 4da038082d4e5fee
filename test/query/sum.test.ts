import { expect } from 'chai';
import { ExactSum } from '../../src/query/sum.ts';

function sumOf(values: Iterable<number>): number {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum.value();
}

describe('ExactSum', () => {
  it('shows no noise of binary fractions, and every digit of small sums', () => {
    expect(sumOf([0.1, 0.2])).to.equal(0.3);
    expect(sumOf([1.234567e-7, 1e-13])).to.equal(1.234568e-7);
    expect(sumOf([1e-15, 2e-15])).to.equal(3e-15);
    expect(sumOf([])).to.equal(0);
  });

  it('does not drift: a million parts of a cent beside a large sum', () => {
    const sum = new ExactSum();
    sum.add(123_456);
    for (let i = 0; i < 1_000_000; i++) sum.add(0.000_001_1);
    expect(sum.value()).to.equal(123_457.1);
  });
});
