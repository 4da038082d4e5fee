// The value of a measure over a window, series by series, kept up to date: only what has changed, or what time has changed, is computed again.
import type { Baseline, MeasureStatistic, Window } from '../rule.ts';
import { Aggregate } from './aggregate.ts';
import type { Bucket } from './bucket.ts';
import type { Group, Selection } from './selection.ts';
import { periodEnd, periodStart, sameTimeDaysAgo } from './time-zone.ts';

/** One side of a ratio, or the whole of what is no ratio. */
export interface Column {
  readonly selection: Selection;
  readonly statistic: MeasureStatistic;
}

export interface ViewOptions {
  /** One, or of a ratio two with the same `by`. */
  readonly columns: readonly [Column] | readonly [Column, Column];
  readonly window: Window;
  readonly baseline: Baseline | undefined;
  /** Whether a counter or histogram that is known, but of which nothing was measured in the window, is 0; else it is no data. */
  readonly idleIsZero: boolean;
  /** Sources that measure no more. */
  readonly ended: ReadonlySet<number>;
}

/** Of `p95`. */
const LETTER_P = 112;
const MINUTE_MILLIS = 60_000;
const DAY_MILLIS = 86_400_000;
/** How far back a forecast looks. */
const PACE_MILLIS = 7 * DAY_MILLIS;
/** Longest calendar window, with the hours by which a day may be longer. */
const MONTH_MILLIS = 32 * DAY_MILLIS;

const aggregate = new Aggregate();

export class View {
  readonly #options: ViewOptions;
  readonly #isRatio: boolean;
  /** By slot; NaN is no data. */
  values = new Float64Array(64).fill(Number.NaN);
  /** Slots whose value may have changed at the last update. */
  readonly changed: number[] = [];
  /** By slot: when time alone will change the value. */
  #expires = new Float64Array(64).fill(Number.POSITIVE_INFINITY);
  #marks = new Uint8Array(64);
  #length = 0;
  #updatedMillis = 0;
  /** Start of the first bucket of what was measured last. */
  #oldest = Number.POSITIVE_INFINITY;
  /** Of a ratio: both sides by slot. What is no ratio has the slots of its selection. */
  readonly #pairs: (readonly [string, readonly string[]] | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #slotByKey = new Map<string, number>();

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#isRatio = options.columns.length === 2;
    const { columns, window, baseline } = options;
    const longest = window.kind === 'sliding' ? window.millis : MONTH_MILLIS + PACE_MILLIS;
    const horizon = longest + (baseline ? (baseline.days + 1) * DAY_MILLIS : 0);
    for (const { selection } of columns) {
      selection.horizonMillis = Math.max(selection.horizonMillis, horizon);
      for (const group of selection.groups) if (group !== undefined) this.#mark(this.#slotOf(group));
    }
  }

  get length(): number {
    return this.#length;
  }

  /** See {@link Selection.hasPast}. */
  get hasPast(): boolean {
    return this.#options.columns.every(({ selection }) => selection.hasPast);
  }

  /** Labels the series are told apart by. */
  get by(): readonly string[] {
    return this.#options.columns[0].selection.by;
  }

  /** Values of `by` of a series; `undefined` where there is none. */
  valuesOf(slot: number): readonly string[] | undefined {
    const [{ selection }] = this.#options.columns;
    return this.#isRatio ? this.#pairs[slot]?.[1] : selection.groups[slot]?.values;
  }

  /** A series of a selection is gone: its slot may be given to another. */
  release(selection: Selection, key: string, slotInSelection: number): void {
    const { columns } = this.#options;
    if (!columns.some((column) => column.selection === selection)) return;
    let slot: number | undefined = slotInSelection;
    if (this.#isRatio) {
      if (columns.some((column) => column.selection.find(key))) return;
      slot = this.#slotByKey.get(key);
      if (slot === undefined) return;
      this.#slotByKey.delete(key);
      this.#pairs[slot] = undefined;
      this.#free.push(slot);
    }
    this.values[slot] = Number.NaN;
    this.#expires[slot] = Number.POSITIVE_INFINITY;
  }

  /** The series of its selection that a slot is of; `undefined` of a ratio. */
  groupAt(slot: number): readonly [Selection, Group] | undefined {
    const [{ selection }] = this.#options.columns;
    const group = this.#isRatio ? undefined : selection.groups[slot];
    return group && [selection, group];
  }

  /** Where a series of a selection is; `undefined` when the view does not look at it. */
  slotIn(selection: Selection, group: Group): number | undefined {
    if (!this.#options.columns.some((column) => column.selection === selection)) return undefined;
    return this.#isRatio ? this.#slotByKey.get(group.key) : group.slot;
  }

  /**
   * When a sum over a calendar window will reach `threshold` if it grows as in the last week: milliseconds since the epoch. Null: it has reached
   * it, will not within the window, or there is nothing to go by.
   */
  forecast(slot: number, threshold: number): number | null {
    const { window, columns } = this.#options;
    const value = this.values[slot] ?? Number.NaN;
    if (window.kind !== 'calendar' || this.#isRatio || columns[0].statistic !== 'sum' || !(value < threshold))
      return null;
    const buckets = columns[0].selection.groups[slot]?.buckets ?? [];
    const weekAgo = this.#updatedMillis - PACE_MILLIS;
    const recent = buckets.filter(({ start }) => start >= weekAgo);
    if (recent.length === 0) return null;
    const sum = recent.reduce((total, bucket) => total + bucket.sum, 0);
    const elapsed = this.#updatedMillis - (recent[0] as Bucket).start;
    if (!(sum > 0) || elapsed < MINUTE_MILLIS) return null;
    const atMillis = this.#updatedMillis + ((threshold - value) * elapsed) / sum;
    return atMillis < periodEnd(window.period, window.timeZone, this.#updatedMillis) ? atMillis : null;
  }

  /** The slot of a series that was known in an earlier life of the process. */
  restore(values: readonly string[]): number {
    return this.#slotOf(this.#options.columns[0].selection.groupFor(values));
  }

  /**
   * Brings all values up to date. {@link Selection.changed} of its selections are what has changed since the last update.
   * @param from slot to begin with, for an update in pieces: piece by piece up to `length`.
   */
  begin(): void {
    this.changed.length = 0;
    for (const { selection } of this.#options.columns) {
      for (const group of selection.changed) if (group.slot !== -1) this.#mark(this.#slotOf(group));
    }
  }

  /** The clock was set: every window holds something else. */
  markAll(): void {
    this.#marks.fill(1, 0, this.#length);
  }

  /** @returns whether there is more; `isOver` is asked now and then. */
  update(nowMillis: number, from: number, isOver: () => boolean): number {
    const period = this.#periodAt(nowMillis);
    this.#updatedMillis = nowMillis;
    for (let slot = from; slot < this.#length; slot++) {
      if (this.#marks[slot] === 0 && (this.#expires[slot] as number) > nowMillis) continue;
      this.#marks[slot] = 0;
      this.values[slot] = this.#valueOf(slot, nowMillis, period);
      this.changed.push(slot);
      if ((this.changed.length & 63) === 0 && isOver()) return slot + 1;
    }
    return this.#length;
  }

  #valueOf(slot: number, nowMillis: number, period: Period): number {
    const { columns, baseline } = this.#options;
    const [first, second] = columns;
    const group = this.#groupIn(first, slot);
    const divisor = second && this.#groupIn(second, slot);
    this.#expires[slot] = Number.POSITIVE_INFINITY;
    if (group === undefined && divisor === undefined) return Number.NaN;
    this.#oldest = Number.POSITIVE_INFINITY;
    const present = this.#measure(group, divisor, period.from, Number.POSITIVE_INFINITY, period.seconds);
    // Time alone changes what the past days were at this time.
    this.#expires[slot] = baseline === undefined ? this.#expiry(period) : nowMillis + 1;
    if (baseline === undefined) return present;
    if (!(present >= baseline.atLeast)) return Number.NaN;
    let sum = 0;
    let days = 0;
    for (let day = 1; day <= baseline.days; day++) {
      const until = sameTimeDaysAgo(nowMillis, day, baseline.timeZone);
      const past = this.#measure(group, divisor, until - (nowMillis - period.from), until, period.seconds);
      if (Number.isNaN(past)) continue;
      sum += past;
      days += 1;
    }
    return sum > 0 ? present / (sum / days) : Number.NaN;
  }

  /** When what was measured last will be worth something else, though nothing more is measured. */
  #expiry({ expires }: Period): number {
    const { window, columns } = this.#options;
    if (window.kind === 'calendar') return expires ?? Number.POSITIVE_INFINITY;
    return this.#oldest + columns[0].selection.width.millis + window.millis;
  }

  #measure(group: Group | undefined, divisor: Group | undefined, from: number, until: number, seconds: number): number {
    const [first, second] = this.#options.columns;
    const value = group === undefined ? Number.NaN : this.#side(first, group, from, until, seconds);
    if (second === undefined) return value;
    const divided = divisor === undefined ? Number.NaN : this.#side(second, divisor, from, until, seconds);
    if (Number.isNaN(divided) || divided === 0) return Number.NaN;
    // Of a counter that was never touched there is no series: nothing of what was counted was of that kind.
    return (Number.isNaN(value) ? 0 : value) / divided;
  }

  /**
   * The statistic of the buckets that reach into the time after `from`, up to `until`: a window is up to one bucket longer than it says, never
   * shorter. Notes where the first of them begins.
   */
  #side(
    { selection, statistic }: Column,
    { buckets, kind }: Group,
    from: number,
    until: number,
    seconds: number,
  ): number {
    aggregate.clear();
    const { isDay, millis } = selection.width;
    const isPercentile = statistic.charCodeAt(0) === LETTER_P;
    let first = Number.POSITIVE_INFINITY;
    for (let at = buckets.length - 1; at >= 0; at--) {
      const bucket = buckets[at] as Bucket;
      if (isDay ? bucket.start < from : bucket.start + millis <= from) break;
      if (bucket.start > until) continue;
      aggregate.add(bucket, isPercentile);
      first = bucket.start;
    }
    if (first < this.#oldest) this.#oldest = first;
    // Of a past day without anything nobody knows whether it was measured at all.
    const isPast = until !== Number.POSITIVE_INFINITY;
    return aggregate.value(
      statistic,
      seconds,
      this.#options.idleIsZero && !isPast ? kind : undefined,
      this.#options.ended,
    );
  }

  #groupIn({ selection }: Column, slot: number): Group | undefined {
    if (!this.#isRatio) return selection.groups[slot];
    const key = this.#pairs[slot]?.[0];
    return key === undefined ? undefined : selection.find(key);
  }

  #slotOf(group: Group): number {
    let slot = group.slot;
    if (this.#isRatio) {
      const known = this.#slotByKey.get(group.key);
      slot = known ?? this.#free.pop() ?? this.#pairs.length;
      if (known === undefined) {
        this.#slotByKey.set(group.key, slot);
        this.#pairs[slot] = [group.key, group.values];
      }
    }
    this.#length = Math.max(this.#length, slot + 1);
    if (slot >= this.values.length) this.#grow(slot + 1);
    return slot;
  }

  #mark(slot: number): void {
    this.#marks[slot] = 1;
  }

  #grow(atLeast: number): void {
    const size = Math.max(atLeast, this.values.length * 2);
    const values = new Float64Array(size).fill(Number.NaN);
    values.set(this.values);
    const expires = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
    expires.set(this.#expires);
    const marks = new Uint8Array(size);
    marks.set(this.#marks);
    this.values = values;
    this.#expires = expires;
    this.#marks = marks;
  }

  #periodAt(nowMillis: number): Period {
    const { window, columns } = this.#options;
    if (window.kind === 'sliding') {
      return { from: nowMillis - window.millis, seconds: window.millis / 1000, expires: undefined };
    }
    const from = periodStart(window.period, window.timeZone, nowMillis);
    // A rate over the day so far changes with every second.
    const expires = columns.some(({ statistic }) => statistic === 'rate')
      ? nowMillis + 1
      : periodEnd(window.period, window.timeZone, nowMillis);
    return { from, seconds: Math.max(1, (nowMillis - from) / 1000), expires };
  }
}

interface Period {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly seconds: number;
  /** When it is another one although nothing was measured. */
  readonly expires: number | undefined;
}
