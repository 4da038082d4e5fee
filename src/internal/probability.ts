// The two distributions that statements about samples rest on, normal and Student's t: how likely, and from where on.

/** P(Z ≤ z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  // Beyond, the other side is less than a double can tell from 0.
  if (x > 27) return z > 0 ? 1 : 0;
  const tail = x < 2.5 ? (1 - erf(x)) / 2 : erfc(x) / 2;
  return z > 0 ? 1 - tail : tail;
}

/** The z with P(Z ≤ z) = `p`, of 0 < p < 1. */
export function normalQuantile(p: number): number {
  return inverse(normalCdf, p);
}

/** P(T ≤ t) of Student's distribution with `df` degrees of freedom, whole or not. */
export function studentCdf(t: number, df: number): number {
  // Where the two are one, and the logarithms below would lose more than that.
  if (df > 1e7) return normalCdf(t);
  const tail = incompleteBeta(df / (df + t * t), df / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The t with P(T ≤ t) = `p`, of 0 < p < 1. */
export function studentQuantile(p: number, df: number): number {
  if (p !== last.p || df !== last.df) last = { p, df, t: inverse((t) => studentCdf(t, df), p) };
  return last.t;
}

/** Several figures of the same runs are asked for one after the other. */
let last = { p: Number.NaN, df: Number.NaN, t: Number.NaN };

/** By false position (Illinois), to the last bit but a few: `cdf` is of a distribution that is the same on both sides of 0. */
function inverse(cdf: (x: number) => number, p: number): number {
  // The lower side, where small probabilities keep their digits.
  if (p > 0.5) return -inverse(cdf, 1 - p);
  let low = -1;
  while (cdf(low) > p && low > -1e12) low *= 2;
  let high = 0;
  // By their logarithms the tails are nearly straight.
  const above = (x: number): number => Math.log(cdf(x) / p);
  let [atLow, atHigh] = [above(low), above(high)];
  for (let i = 0; i < 100 && high - low > 1e-15 * -low; i++) {
    const between = low - (atLow * (high - low)) / (atHigh - atLow);
    const there = above(between);
    if (there === 0) return between;
    if (there > 0) {
      high = between;
      atHigh = there;
      atLow /= 2;
    } else {
      low = between;
      atLow = there;
      atHigh /= 2;
    }
  }
  return (low + high) / 2;
}

/** By its series, of which all terms are positive (Abramowitz and Stegun 7.1.6). */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** By its continued fraction (Abramowitz and Stegun 7.1.14), of x > 2. */
function erfc(x: number): number {
  let fraction = x;
  for (let n = 100; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI));
}

/** I(x; a, b), by Lentz's way through its continued fraction (Abramowitz and Stegun 26.5.8). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction is quick on one side of the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return front * fraction;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Stirling's series, after going up to where it is exact. */
function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < 15; at++) shift += Math.log(at);
  const inverse2 = 1 / (at * at);
  const series = (1 / 12 - inverse2 * (1 / 360 - inverse2 * (1 / 1260 - inverse2 / 1680))) / at;
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - shift;
}
