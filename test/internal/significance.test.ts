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

  // ttest_ind(equal_var=False) of SciPy, of ones and zeros with one more of both.
  for (const [first, second, low, high, certainty] of [
    [rate(48, 80), rate(56, 70), 0.05038, 0.337832, 0.991546],
    [rate(3, 10), rate(9, 10), 0.12308, 0.87692, 0.988219],
    [rate(0, 29), rate(5, 56), -0.031483, 0.173863, 0.828329],
    [rate(0, 3), rate(3, 3), -0.052236, 1, 0.933312],
    [rate(0, 4), rate(4, 4), 0.141489, 1, 0.9821],
    // Alike, whatever the numbers of runs make of it.
    [rate(0, 20), rate(0, 10), -0.161793, 0.23755, 0],
    // One more of both has more weight with two runs than with a hundred, and turns this around.
    [rate(90, 100), rate(2, 2), -0.930465, 0.646151, 0],
  ] as const) {
    it(`has the interval of ${second.successes}/${second.count} less ${first.successes}/${first.count}`, () => {
      const found = compareRates(first, second);
      expect(found?.low).to.be.closeTo(low, 0.000001);
      expect(found?.high).to.be.closeTo(high, 0.000001);
      expect(found?.certainty).to.be.closeTo(certainty, 0.000001);
      expect(found?.isSignificant).to.equal(low > 0);
    });
  }

  it('is not sure of two runs of each, however they end (by hand)', () => {
    // 3 of 4 and 1 of 4: an error of √(3/4 × 1/4 / 3) each, so t = 0.5 / √(1/8) = √2 with 6 degrees of freedom, of which there is a formula.
    const sine = Math.SQRT2 / Math.sqrt(6 + 2);
    const cosine2 = 1 - sine ** 2;
    const found = compareRates(rate(0, 2), rate(2, 2));
    expect(found?.certainty).to.be.closeTo(sine * (1 + cosine2 / 2 + (3 / 8) * cosine2 ** 2), 1e-12);
    expect(found?.certainty).to.be.closeTo(0.793, 0.0005);
    expect(found?.isSignificant).to.equal(false);
    // Four of each that end so are the least.
    expect(found?.moreRuns).to.deep.equal({ first: 2, second: 2 });
    expect(compareRates(rate(0, 1), rate(1, 1))?.moreRuns).to.deep.equal({ first: 3, second: 3 });
    expect(runsForRates(0, 1)).to.equal(4);
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
      expect(found.certainty >= 0.95, label).to.equal(found.isSignificant);
      if (found.isSignificant) expect(found.moreRuns, label).to.deep.equal({ first: 0, second: 0 });
      else if (found.difference === 0) expect(found.moreRuns, label).to.equal(null);
      else if (found.moreRuns) expect(found.moreRuns.first + found.moreRuns.second, label).to.be.greaterThan(0);
    }
  });

  it('takes chance for a difference in 5 of 100 cases, hardly more, however few or unequal the runs', () => {
    const sizes: [number, number][] = [
      [31, 31],
      [60, 60],
      [1, 1000],
      [3, 300],
      [20, 100],
    ];
    for (let n1 = 1; n1 <= 12; n1++) for (let n2 = n1; n2 <= 12; n2++) sizes.push([n1, n2]);
    for (const [n1, n2] of sizes) {
      for (const pairs of [1, 3]) {
        const alarms = alarmsOf(n1, n2, 1 - 0.05 / pairs);
        for (const p of RATES) {
          const chance = chanceOf(alarms, [n1, p], [n2, p]);
          if (chance > 0.056 / pairs)
            throw new Error(`${n1} and ${n2} runs, of ${pairs} pairs: ${chance} at a rate of ${p}`);
        }
      }
    }
  });

  it('finds a difference in four of five trials with the runs it asks for', () => {
    for (const [p1, p2] of [
      [0.9, 0.4],
      [0.9, 0.6],
      [0.8, 0.5],
      [0.95, 0.7],
      [0.2, 0.5],
      [0.99, 0.5],
    ] as const) {
      for (const confidence of [0.95, 1 - 0.05 / 3]) {
        const runs = runsForRates(p1, p2, confidence);
        const found = chanceOf(alarmsOf(runs, runs, confidence), [runs, p1], [runs, p2]);
        // Of so few runs one more or less makes a step.
        expect(found, `${p1} and ${p2}: ${runs} runs`).to.be.closeTo(0.8, 0.05);
      }
    }
    // power.prop.test of R, which is for many.
    expect(runsForRates(0.5, 0.51)).to.be.closeTo(39_239.3, 4);
    expect(runsForRates(0.5, 0.5)).to.equal(Number.POSITIVE_INFINITY);
  });
});

/** Rates of success of both, from where hardly any run succeeds to a half: beyond it is the same with failures. */
const RATES = [
  ...Array.from({ length: 30 }, (_, i) => 0.0001 * 1.22 ** i),
  ...Array.from({ length: 48 }, (_, i) => 0.03 + i / 100),
];

/** All that may come of so many runs and is called a difference. */
function alarmsOf(n1: number, n2: number, confidence: number): [number, number][] {
  const alarms: [number, number][] = [];
  for (let s1 = 0; s1 <= n1; s1++) {
    for (let s2 = 0; s2 <= n2; s2++)
      if (compareRates(rate(s1, n1), rate(s2, n2), confidence)?.isSignificant) alarms.push([s1, s2]);
  }
  return alarms;
}

/** That any of these comes of runs, so many with such a rate of success: counted out, not tried. */
function chanceOf(
  outcomes: readonly [number, number][],
  first: readonly [number, number],
  second: readonly [number, number],
): number {
  const [one, two] = [binomial(...first), binomial(...second)];
  return outcomes.reduce((sum, [s1, s2]) => sum + (one[s1] ?? 0) * (two[s2] ?? 0), 0);
}

function binomial(count: number, p: number): number[] {
  const chances = [(1 - p) ** count];
  for (let k = 1; k <= count; k++) chances.push(((chances[k - 1] ?? 0) * (count - k + 1) * p) / (k * (1 - p)));
  return chances;
}

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
