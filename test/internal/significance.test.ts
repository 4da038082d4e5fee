import { expect } from 'chai';
import {
  compareMeans,
  compareRates,
  meanInterval,
  type Rate,
  rateInterval,
  runsForMeans,
  runsForRates,
  type Sample,
} from '../../src/internal/significance.ts';
import { Random } from '../support/random.ts';

function sampleOf(values: readonly number[]): Sample {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = count < 2 ? 0 : values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { count, mean, variance };
}

const rate = (successes: number, count: number): Rate => ({ successes, count });

describe('significance of rates', () => {
  // Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998) 857, table I, method 3.
  for (const [successes, count, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    it(`has the interval of ${successes}/${count}`, () => {
      const interval = rateInterval(rate(successes, count));
      expect(interval?.low).to.be.closeTo(low, 0.00005);
      expect(interval?.high).to.be.closeTo(high, 0.00005);
    });
  }

  // Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17 (1998) 873, table II, method 10.
  for (const [first, second, low, high] of [
    [rate(48, 80), rate(56, 70), 0.0524, 0.3339],
    [rate(3, 10), rate(9, 10), 0.1705, 0.809],
    // 0.0582 there, but of so few Fisher's exact test finds no difference.
    [rate(2, 7), rate(6, 7), 0, 0.8062],
    [rate(0, 29), rate(5, 56), -0.0381, 0.1926],
    [rate(0, 20), rate(0, 10), -0.1611, 0.2775],
    [rate(0, 10), rate(0, 10), -0.2775, 0.2775],
    [rate(0, 20), rate(10, 10), 0.6791, 1],
    [rate(0, 10), rate(10, 10), 0.6075, 1],
  ] as const) {
    it(`has the interval of ${second.successes}/${second.count} less ${first.successes}/${first.count}`, () => {
      const found = compareRates(first, second);
      expect(found?.low).to.be.closeTo(low, 0.00005);
      expect(found?.high).to.be.closeTo(high, 0.00005);
      expect(found?.isSignificant).to.equal(low > 0);
    });
  }

  // scipy.stats.hypergeom: what is less likely than this, and half of what is as likely.
  for (const [first, second, certainty] of [
    [rate(0, 1), rate(1, 1), 0.5],
    [rate(0, 2), rate(2, 2), 0.8333333333],
    [rate(2, 7), rate(6, 7), 0.9463869464],
    [rate(6, 12), rate(11, 12), 0.9633867277],
    [rate(0, 1), rate(20, 20), 0.9761904762],
    [rate(500_000, 1_000_000), rate(1, 10), 0.9833992333],
  ] as const) {
    it(`is no surer of ${second.successes}/${second.count} and ${first.successes}/${first.count} than Fisher's exact test`, () => {
      expect(compareRates(first, second)?.certainty).to.be.closeTo(certainty, 1e-9);
      expect(compareRates(second, first)?.certainty).to.be.closeTo(certainty, 1e-9);
    });
  }

  it('finds a difference where there is none in no more than 5 of 100 trials of few runs, and 6 of many', () => {
    /** Of each number of successes how likely it is. */
    const binomial = (count: number, p: number): number[] => {
      let odds = [1];
      for (let run = 0; run < count; run++)
        odds = Array.from({ length: odds.length + 1 }, (_, k) => (odds[k] ?? 0) * (1 - p) + (odds[k - 1] ?? 0) * p);
      return odds;
    };
    for (const [n1, n2, most] of [
      [1, 1, 0],
      [2, 2, 0],
      [2, 3, 0],
      [3, 3, 0],
      [2, 10, 0.05],
      [4, 4, 0.05],
      [1, 20, 0.05],
      [8, 8, 0.05],
      [12, 12, 0.05],
      [1, 60, 0.06],
      [30, 30, 0.06],
    ] as const) {
      const alarms = Array.from({ length: n1 + 1 }, (_, a) =>
        Array.from({ length: n2 + 1 }, (__, b) => compareRates(rate(a, n1), rate(b, n2))?.isSignificant),
      );
      for (let p = 0.01; p < 1; p += 0.01) {
        const [first, second] = [binomial(n1, p), binomial(n2, p)];
        let alarm = 0;
        for (const [a, odds] of first.entries())
          for (const [b, others] of second.entries()) if (alarms[a]?.[b]) alarm += odds * others;
        expect(alarm, `${n1} and ${n2} at ${p}`).to.be.at.most(most);
      }
    }
  });

  it('asks of few that differ wholly for as many as would tell', () => {
    for (const count of [1, 2, 3]) {
      const more = compareRates(rate(0, count), rate(count, count))?.moreRuns?.first ?? 0;
      expect(count + more).to.equal(4);
    }
    expect(compareRates(rate(0, 3), rate(3, 3))).to.include({ certainty: 0.95, isSignificant: false });
    expect(compareRates(rate(0, 4), rate(4, 4))?.isSignificant).to.equal(true);
  });

  it('says how many runs would tell (power.prop.test of R)', () => {
    expect(runsForRates(0.5, 0.75, 0.95, 0.9)).to.be.closeTo(76.7, 0.05);
  });

  it('knows nothing of what never ran', () => {
    expect(rateInterval(rate(0, 0))).to.equal(null);
    expect(compareRates(rate(0, 0), rate(3, 4))).to.equal(null);
    expect(compareRates(rate(3, 4), rate(0, 0))).to.equal(null);
  });

  it('is settled, or says what would settle it', () => {
    const random = new Random(11);
    for (let i = 0; i < 2000; i++) {
      const [n1, n2] = [1 + random.below(300), 1 + random.below(300)];
      const [first, second] = [rate(random.below(n1 + 1), n1), rate(random.below(n2 + 1), n2)];
      const found = compareRates(first, second);
      const back = compareRates(second, first);
      if (!found || !back) throw new Error('both have runs');
      const label = JSON.stringify([first, second, found]);
      expect(found.low, label)
        .to.be.at.most(found.difference + 1e-12)
        .and.at.least(-1);
      expect(found.high, label)
        .to.be.at.least(found.difference - 1e-12)
        .and.at.most(1);
      // Which of them is first makes no difference but of sign.
      expect(back.low, label).to.be.closeTo(-found.high, 1e-12);
      expect(back.certainty, label).to.be.closeTo(found.certainty, 1e-9);
      expect(found.isSignificant, label).to.equal(found.low > 0 || found.high < 0);
      expect(found.certainty > 0.95, label).to.equal(found.isSignificant);
      if (found.isSignificant) expect(found.moreRuns, label).to.deep.equal({ first: 0, second: 0 });
      else if (found.difference === 0) expect(found.moreRuns, label).to.equal(null);
      else if (found.moreRuns) expect(found.moreRuns.first + found.moreRuns.second, label).to.be.greaterThan(0);
    }
  });

  it('finds a difference as often as it promises, and with the runs it asks for four times in five', () => {
    const random = new Random(12);
    const draw = (p: number, count: number): Rate => {
      let successes = 0;
      for (let i = 0; i < count; i++) if (random.maybe(p)) successes += 1;
      return rate(successes, count);
    };
    const needed = Math.ceil(runsForRates(0.8, 0.9));
    let alarms = 0;
    let found = 0;
    for (let i = 0; i < 2000; i++) {
      if (compareRates(draw(0.8, needed), draw(0.8, needed))?.isSignificant) alarms += 1;
      if (compareRates(draw(0.8, needed), draw(0.9, needed))?.isSignificant) found += 1;
    }
    expect(alarms / 2000).to.be.closeTo(0.05, 0.02);
    expect(found / 2000).to.be.closeTo(0.8, 0.04);
  });
});

describe('significance of means', () => {
  // Student's sleep data, t.test(extra ~ group, data = sleep) of R.
  const first = sampleOf([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2]);
  const second = sampleOf([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);

  it("is Welch's", () => {
    const found = compareMeans(first, second);
    expect(found?.difference).to.be.closeTo(1.58, 1e-9);
    expect(found?.low).to.be.closeTo(-0.2054832, 1e-6);
    expect(found?.high).to.be.closeTo(3.3654832, 1e-6);
    expect(found?.certainty).to.be.closeTo(1 - 0.07939414, 1e-6);
    expect(found?.isSignificant).to.equal(false);
    expect(found?.moreRuns?.first).to.equal(Math.ceil(runsForMeans(1.58, first.variance + second.variance)) - 10);
  });

  it('has the interval of one (t.test of R)', () => {
    const interval = meanInterval(second);
    expect(interval?.low).to.be.closeTo(0.8976775, 1e-6);
    expect(interval?.high).to.be.closeTo(3.7623225, 1e-6);
  });

  it('says how many runs would tell (power.t.test of R)', () => {
    expect(runsForMeans(1, 2, 0.95, 0.9)).to.be.closeTo(22.0211, 0.1);
  });

  it('knows nothing of less than two', () => {
    const one = sampleOf([3]);
    expect(meanInterval(one)).to.equal(null);
    expect(compareMeans(one, second)).to.equal(null);
    expect(compareMeans(sampleOf([2, 2, 2]), sampleOf([2, 2]))).to.deep.include({
      certainty: 0,
      isSignificant: false,
      moreRuns: null,
    });
  });

  it('counts the ways to deal out runs that never vary', () => {
    const alike = (value: number, count: number): Sample => sampleOf(Array.from({ length: count }, () => value));
    // 2 of C(4, 2) = 6, of C(7, 3) = 35, of C(8, 4) = 70 and of C(20, 10) = 184,756.
    expect(compareMeans(alike(2, 2), alike(3, 2))).to.deep.include({
      certainty: 1 - 2 / 6,
      isSignificant: false,
      low: -Infinity,
      high: Infinity,
      moreRuns: { first: 2, second: 2 },
    });
    expect(compareMeans(alike(2, 3), alike(3, 4))).to.include({ certainty: 1 - 2 / 35, isSignificant: false });
    const enough = { difference: 1, low: 1, high: 1, isSignificant: true, moreRuns: { first: 0, second: 0 } };
    expect(compareMeans(alike(2, 4), alike(3, 4))).to.deep.include({ ...enough, certainty: 1 - 2 / 70 });
    expect(compareMeans(alike(2, 10), alike(3, 10))).to.deep.include({ ...enough, certainty: 1 - 2 / 184_756 });
    expect(compareMeans(alike(2, 1e6), alike(3, 1e6))?.certainty).to.be.closeTo(1, 1e-15);
    expect(meanInterval(alike(2, 10))).to.equal(null);
  });

  it('is one with itself', () => {
    const random = new Random(13);
    const draw = (): Sample => {
      const [scale, shift] = [10 ** (random.next() * 6 - 3), random.next()];
      return sampleOf(Array.from({ length: 2 + random.below(50) }, () => (random.next() + shift) * scale));
    };
    for (let i = 0; i < 1000; i++) {
      const [a, b] = [draw(), draw()];
      const found = compareMeans(a, b);
      const back = compareMeans(b, a);
      if (!found || !back) throw new Error('both have runs');
      const label = JSON.stringify([a, b, found]);
      expect(found.certainty >= 0.95, label).to.equal(found.isSignificant);
      expect((found.low + found.high) / 2 / found.difference, label).to.be.closeTo(1, 1e-6);
      expect(back.low / -found.high, label).to.be.closeTo(1, 1e-9);
      expect(found.certainty, label).to.be.within(0, 1);
      // The same figures in another unit say the same.
      const scaled = compareMeans(
        { ...a, mean: a.mean * 8, variance: a.variance * 64 },
        { ...b, mean: b.mean * 8, variance: b.variance * 64 },
      );
      expect(scaled?.certainty, label).to.be.closeTo(found.certainty, 1e-9);
      expect(scaled?.moreRuns, label).to.deep.equal(found.moreRuns);
    }
  });
});
