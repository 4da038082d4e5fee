// Exponential histograms as buckets with bounds, which the text format can carry. Bounds stay on one grid from scrape to scrape.
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';

/** Finest grid: four buckets from a number to its double. A finer histogram is merged into it, so that a scrape stays small. */
const MAX_SCALE = 2;

export function toClassicHistogram(histogram: ExponentialHistogram): Histogram {
  const scale = Math.min(histogram.scale, MAX_SCALE);
  const merge = histogram.scale - scale;
  const bound = (index: number): number => 2 ** (index * 2 ** -scale);
  const boundaries: number[] = [];
  const counts: number[] = [];
  let above = 0;
  const add = (boundary: number, count: number): void => {
    const last = counts.length - 1;
    // Next to the smallest and the largest double two bounds may be one, or none.
    if (boundary === Infinity) above += count;
    else if (last >= 0 && boundary <= (boundaries[last] as number)) counts[last] = (counts[last] as number) + count;
    else {
      boundaries.push(boundary);
      counts.push(count);
    }
  };
  // > Bucket `index` holds (base**index, base**(index+1)]; negative numbers are held by their absolute value.
  for (const [index, count] of merged(histogram.negative, merge).toReversed()) add(-bound(index), count);
  add(0, histogram.zeroCount);
  const positive = merged(histogram.positive, merge);
  // Between zero and the lowest bucket lies nothing; without this bound a quantile would be drawn towards zero.
  if (positive[0]) add(bound(positive[0][0]), 0);
  for (const [index, count] of positive) add(bound(index + 1), count);
  const { count, sum, min, max } = histogram;
  return { buckets: { boundaries, counts: [...counts, above] }, count, sum, min, max };
}

/** Bucket indexes of the coarser grid with their counts, from the lowest that has any to the highest, without gaps. */
function merged({ offset, bucketCounts }: ExponentialHistogram['positive'], merge: number): [number, number][] {
  const counts = new Map<number, number>();
  for (const [at, count] of bucketCounts.entries()) {
    const index = Math.floor((offset + at) / 2 ** merge);
    if (count > 0) counts.set(index, (counts.get(index) ?? 0) + count);
  }
  if (counts.size === 0) return [];
  const lowest = Math.min(...counts.keys());
  const highest = Math.max(...counts.keys());
  return Array.from({ length: highest - lowest + 1 }, (_, at) => [lowest + at, counts.get(lowest + at) ?? 0]);
}
