import { expect } from 'chai';
import { normalCdf, normalQuantile, studentCdf, studentQuantile } from '../../src/internal/probability.ts';
import { Random } from '../support/random.ts';

// Values of R 4 (pnorm, qnorm, pt, qt), as in the tables of every textbook.
describe('normal distribution', () => {
  for (const [z, p] of [
    [0, 0.5],
    [1, 0.841344746068543],
    [1.96, 0.97500210485178],
    [-3, 0.00134989803163009],
    [-6, 9.86587645037698e-10],
    [-10, 7.61985302416053e-24],
    [40, 1],
  ] as const) {
    it(`P(Z ≤ ${z}) = ${p}`, () => {
      expect(normalCdf(z) / p).to.be.closeTo(1, 1e-12);
    });
  }

  for (const [p, z] of [
    [0.5, 0],
    [0.8, 0.841621233572914],
    [0.975, 1.95996398454005],
    [0.995, 2.5758293035489],
    [1e-10, -6.36134090240406],
  ] as const) {
    it(`P(Z ≤ z) = ${p} for z = ${z}`, () => {
      expect(normalQuantile(p)).to.be.closeTo(z, 1e-12);
    });
  }
});

describe("Student's distribution", () => {
  for (const [p, df, t] of [
    [0.975, 1, 12.7062047361747],
    [0.975, 2, 4.30265272974946],
    [0.975, 10, 2.22813885198627],
    [0.95, 4, 2.13184678632665],
    [0.975, 30, 2.04227245630124],
    [0.995, 100, 2.62589052100186],
    [0.025, 1e6, -1.95996635682141],
  ] as const) {
    it(`P(T ≤ t) = ${p} for t = ${t}, ${df} degrees of freedom`, () => {
      expect(studentQuantile(p, df) / t).to.be.closeTo(1, 1e-9);
      expect(studentCdf(t, df)).to.be.closeTo(p, 1e-11);
    });
  }

  it('is one with its inverse, the same on both sides, and normal in the end', () => {
    const random = new Random(7);
    for (let i = 0; i < 300; i++) {
      const df = 0.5 + random.next() * 10 ** (random.next() * 5);
      const p = 1e-6 + random.next() * (1 - 2e-6);
      expect(studentCdf(studentQuantile(p, df), df)).to.be.closeTo(p, 1e-10);
      const t = (random.next() - 0.5) * 20;
      expect(studentCdf(t, df) + studentCdf(-t, df)).to.be.closeTo(1, 1e-12);
      expect(studentCdf(t, 5e6)).to.be.closeTo(normalCdf(t), 1e-7);
    }
  });
});
