import { expect } from 'chai';
import { Distribution } from '../../src/query/distribution.ts';
import { percentilesByGroup } from '../../src/query/percentiles.ts';
import { Random } from '../support/random.ts';

describe('percentiles', () => {
  it('are those of the values of each group sorted, however many parts they are in', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed);
      const values = random.pick([
        () => random.next() * 1000,
        () => random.below(3),
        () => random.next() ** 9 * 1e12,
        () => 5e-324 * random.below(4),
        () => 1e300 * random.next(),
      ]);
      // Many small ones, or few large ones: together they have as many values.
      const most = random.pick([4, 40]);
      const parts = random.several(most, () => random.several(8000 / most, values));
      const distributions = parts.map((part) => {
        const distribution = new Distribution();
        distribution.add(Float64Array.of(Number.NaN, ...part, Number.NaN), 0, part.length + 2);
        return distribution;
      });
      // All together, in groups of some (one of them empty, some in none), and each alone.
      const some = Array.from({ length: random.below(4) }, () => parts.map(() => random.below(4) - 1));
      const breakdowns = [
        parts.map(() => 0),
        ...some,
        parts.map(() => 1 + random.below(3)),
        parts.map((_, part) => part),
      ];
      const grouped = <T>(items: readonly T[]): T[][][] =>
        breakdowns.map((groupOf) =>
          Array.from({ length: Math.max(4, parts.length) }, (_, group) =>
            items.filter((__, part) => groupOf[part] === group),
          ),
        );
      const expected = grouped(parts).map((groups) =>
        groups.map((some_) => {
          const all = Float64Array.from(some_.flat()).sort();
          return [50, 95, 100].map((percent) => all[Math.max(0, Math.ceil((percent / 100) * all.length) - 1)] ?? null);
        }),
      );
      expect(percentilesByGroup(grouped(distributions), [50, 95, 100]), `seed ${seed}`).to.deep.equal(expected);
    }
  });
});
