// Percentiles from the buckets of a histogram, as Prometheus' histogram_quantile estimates them: what lies in a bucket is taken to be spread evenly over it.

/**
 * @param q greater than 0, less than 1.
 * @param bounds upper bounds, rising; values above the last are in one bucket more.
 * @returns `NaN` without values. The last bound for what lies above it; for the first bucket the lower bound is 0, or, where its upper
 * bound is not above 0, that bound itself.
 */
export function quantile(q: number, bounds: readonly number[], counts: readonly number[]): number {
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0 || bounds.length === 0) return Number.NaN;
  const rank = q * total;
  let below = 0;
  let at = 0;
  while (at < bounds.length && below + (counts[at] ?? 0) < rank) {
    below += counts[at] ?? 0;
    at += 1;
  }
  // > If a quantile is located in the highest bucket, the upper bound of the second highest bucket is returned.
  if (at === bounds.length) return bounds[at - 1] as number;
  const upper = bounds[at] as number;
  // > the lower limit of that bucket is assumed to be 0 if the upper bound of that bucket is greater than 0. [...] Otherwise, the upper bound
  // > of the lowest bucket is returned for quantiles located in the lowest bucket.
  if (at === 0 && upper <= 0) return upper;
  const lower = at === 0 ? 0 : (bounds[at - 1] as number);
  const inside = counts[at] ?? 0;
  return inside === 0 ? upper : lower + ((upper - lower) * (rank - below)) / inside;
}
