// What the buckets of a window come to, by statistic. NaN is no data.
import type { MeasureStatistic } from '../rule.ts';
import { addCounts, type Bucket, COUNTER, GAUGE, HISTOGRAM, type Kind } from './bucket.ts';
import { quantile } from './quantile.ts';

const NONE: ReadonlySet<number> = new Set();

/** One is used for many windows, one after the other. */
export class Aggregate {
  #kind: Kind = COUNTER;
  #buckets = 0;
  #count = 0;
  #sum = 0;
  /** What the sum lost to rounding (Neumaier): a thousand small costs must not lose their cents. */
  #lost = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  /** Newest reading by source. */
  readonly #newest = new Map<number, Bucket>();
  readonly #counted: { bounds: readonly number[] | undefined; counts: number[] | undefined } = {
    bounds: undefined,
    counts: undefined,
  };

  clear(): void {
    this.#buckets = 0;
    this.#count = 0;
    this.#sum = 0;
    this.#lost = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
    if (this.#newest.size > 0) this.#newest.clear();
    this.#counted.bounds = undefined;
    this.#counted.counts = undefined;
  }

  add(bucket: Bucket, withCounts: boolean): void {
    this.#buckets += 1;
    this.#kind = bucket.kind;
    this.#count += bucket.count;
    const sum = this.#sum + bucket.sum;
    this.#lost +=
      Math.abs(this.#sum) >= Math.abs(bucket.sum) ? this.#sum - sum + bucket.sum : bucket.sum - sum + this.#sum;
    this.#sum = sum;
    if (bucket.min < this.#min) this.#min = bucket.min;
    if (bucket.max > this.#max) this.#max = bucket.max;
    if (bucket.kind > HISTOGRAM) {
      const newest = this.#newest.get(bucket.source);
      if (newest === undefined || newest.lastMillis <= bucket.lastMillis) this.#newest.set(bucket.source, bucket);
    } else if (withCounts && bucket.counts !== undefined && bucket.bounds !== undefined) {
      addCounts(this.#counted, bucket.bounds, bucket.counts);
    }
  }

  /**
   * @param seconds length of the window.
   * @param idleKind what the series is when nothing lies in the window: of counters and histograms nothing is 0 then. `undefined`: no data.
   * @param ended sources whose up-down counters are gone with them.
   */
  value(
    statistic: MeasureStatistic,
    seconds: number,
    idleKind: Kind | undefined,
    ended: ReadonlySet<number> = NONE,
  ): number {
    const kind = this.#buckets > 0 ? this.#kind : idleKind;
    if (kind === undefined) return Number.NaN;
    const isReading = kind > HISTOGRAM;
    const isHistogram = kind === HISTOGRAM;
    const sum = this.#sum + this.#lost;
    switch (statistic) {
      case 'sum':
        return isReading ? this.#last(ended) : sum;
      case 'count':
        return isReading && this.#buckets === 0 ? Number.NaN : isReading || isHistogram ? this.#count : sum;
      case 'rate':
        return isReading ? Number.NaN : (isHistogram ? this.#count : sum) / seconds;
      case 'avg':
        return this.#count === 0 ? Number.NaN : sum / this.#count;
      case 'min':
        return Number.isFinite(this.#min) ? this.#min : Number.NaN;
      case 'max':
        return Number.isFinite(this.#max) ? this.#max : Number.NaN;
      case 'last':
        return isReading ? this.#last(ended) : Number.NaN;
      default: {
        const { bounds, counts } = this.#counted;
        return bounds && counts ? quantile(Number(statistic.slice(1)) / 100, bounds, counts) : Number.NaN;
      }
    }
  }

  /** Of gauges the newest, of up-down counters the newest of each source that lives together. */
  #last(ended: ReadonlySet<number>): number {
    let last = Number.NaN;
    let newest = Number.NEGATIVE_INFINITY;
    for (const bucket of this.#newest.values()) {
      if (bucket.kind !== GAUGE) {
        if (!ended.has(bucket.source)) last = (Number.isNaN(last) ? 0 : last) + bucket.last;
      } else if (bucket.lastMillis > newest) {
        newest = bucket.lastMillis;
        last = bucket.last;
      }
    }
    return last;
  }
}
