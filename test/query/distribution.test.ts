import { expect } from 'chai';
import { Distribution, percentiles } from '../../src/query/distribution.ts';
import { Random } from '../support/random.ts';

describe('percentiles', () => {
  it('are those of all values sorted, however many parts they are in', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed);
      const values = random.pick([
        () => random.next() * 1000,
        () => random.below(3),
        () => random.next() ** 9 * 1e12,
        () => 5e-324 * random.below(4),
        () => 1e300 * random.next(),
      ]);
      const parts = random.several(6, () => random.several(2000, values));
      const all = Float64Array.from(parts.flat()).sort();
      const expected = [50, 95, 100].map(
        (percent) => all[Math.max(0, Math.ceil((percent / 100) * all.length) - 1)] ?? null,
      );
      const distributions = parts.map((part) => {
        const distribution = new Distribution();
        distribution.add(Float64Array.of(Number.NaN, ...part, Number.NaN), 0, part.length + 2);
        return distribution;
      });
      expect(percentiles(distributions, [50, 95, 100]), `seed ${seed}`).to.deep.equal(expected);
    }
  });
});
