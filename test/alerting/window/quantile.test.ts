import { expect } from 'chai';
import { addCounts } from '../../../src/alerting/window/bucket.ts';
import { quantile } from '../../../src/alerting/window/quantile.ts';

describe('quantile', () => {
  it('is what histogram_quantile of Prometheus gives', () => {
    // From its own test data: buckets 0.1, 0.2 and above with 5, 10 and 12 values up to there.
    expect(quantile(0.2, [0.1, 0.2], [5, 5, 2])).to.be.closeTo(0.048, 1e-12);
    expect(quantile(0.5, [0.1, 0.2], [5, 5, 2])).to.be.closeTo(0.12, 1e-12);
    expect(quantile(0.8, [0.1, 0.2], [5, 5, 2])).to.be.closeTo(0.192, 1e-12);
    expect(quantile(0.99, [0.1, 0.2], [5, 5, 2])).to.equal(0.2);
    expect(quantile(0.25, [-1, 1], [3, 3, 0])).to.equal(-1);
    expect(quantile(0.75, [-1, 1], [3, 3, 0])).to.equal(0);
    expect(quantile(0.95, [1, 2, 4], [0, 0, 10, 0])).to.be.closeTo(3.9, 1e-12);
  });

  it('is nothing without values or buckets', () => {
    expect(quantile(0.5, [1, 2], [0, 0, 0])).to.be.NaN;
    expect(quantile(0.5, [], [3])).to.be.NaN;
  });

  it('is never told too low where histograms with other buckets meet', () => {
    const merged = { bounds: [1, 2, 4], counts: [1, 1, 1, 0] };
    addCounts(merged, [1.5, 3], [2, 3, 4]);
    expect(merged).to.deep.equal({ bounds: [1, 2, 4], counts: [1, 3, 4, 4] });
  });
});
