import { expect } from 'chai';
import { sparkLine } from '../../src/cli/spark-line.ts';
import { Random } from '../support/random.ts';

describe('sparkLine', () => {
  it('has a bar for each value, the tallest for the largest, the lowest for none, and a gap for what is unknown', () => {
    expect(sparkLine([0, 1, 2, 3, 4, 5, 6, 7])).to.equal('▁▂▃▄▅▆▇█');
    expect(sparkLine([0, null, 1000])).to.equal('▁ █');
    expect(sparkLine([0, 0])).to.equal('▁▁');
    expect(sparkLine([null])).to.equal(' ');
    expect(sparkLine([])).to.equal('');
  });

  it('shows that there was something, however little', () => {
    expect(sparkLine([1e-9, 1, 0])).to.equal('▂█▁');
  });

  it('rises with the values', () => {
    const random = new Random(3);
    for (let i = 0; i < 200; i++) {
      const values = Array.from({ length: 20 }, () => random.next() * 10 ** random.below(6)).sort((a, b) => a - b);
      const bars = Array.from(sparkLine(values));
      expect(bars).to.have.length(20);
      expect(bars.toSorted()).to.deep.equal(bars);
      expect(bars.at(-1)).to.equal('█');
    }
  });
});
