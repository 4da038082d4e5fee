import { expect } from 'chai';
import { Counts, compareNames } from '../../src/query/counts.ts';

describe('counts', () => {
  it('are told largest first, those alike by name, in whatever order they were counted', () => {
    const counted = [
      ['b', 1],
      ['é', 2],
      ['a', 1],
      ['c', 1],
      ['c', 4],
    ] as const;
    for (const order of [counted, counted.toReversed()]) {
      const counts = new Counts();
      for (const [name, count] of order) counts.add(name, count);
      expect(counts.entries()).to.deep.equal([
        ['c', 5],
        ['é', 2],
        ['a', 1],
        ['b', 1],
      ]);
      expect(counts.of('c')).to.equal(5);
      expect(counts.of('d')).to.equal(0);
      expect(counts.of(null)).to.equal(0);
    }
  });

  it('have what has no name last', () => {
    expect(['b', null, 'a', null].sort(compareNames)).to.deep.equal(['a', 'b', null, null]);
  });
});
