// The series of an instrument that a rule looks at, folded by its labels, and what was measured of each. Bounded: what is too much goes into one series.
import type { Attributes } from '@opentelemetry/api';
import type { Matcher } from '../rule.ts';
import {
  type Amounts,
  addAmounts,
  type Bucket,
  emptyBucket,
  isEmpty,
  type Kind,
  mergeBucket,
  OWN,
  UP_DOWN,
} from './bucket.ts';
import type { BucketWidth } from './bucket-width.ts';

/** Value of every label of the series into which others are folded. */
const OTHER = 'other';
/** How far ahead of the clock a bucket may lie: clocks of processes are read one after the other. */
const AHEAD_MILLIS = 60_000;
const NOTHING: readonly Bucket[] = [];

export interface SelectionOptions {
  readonly metric: string;
  readonly where: readonly Matcher[];
  readonly by: readonly string[];
  readonly width: BucketWidth;
  readonly maxSeries: number;
  /** Called for each measurement that is folded. */
  readonly onFold: () => void;
}

/** One series of a selection. */
export interface Group {
  /** Its place in the selection; -1 once it is given up. */
  slot: number;
  readonly key: string;
  /** Values of `by`, in its order; empty where the measurement has no such label. */
  readonly values: readonly string[];
  /** `undefined`: nothing has been measured yet. */
  kind: Kind | undefined;
  /** In the order of their starts; several sources may have one at the same time. */
  buckets: Bucket[];
  /** Of this process, written last. */
  current: Bucket | undefined;
  /** Since when no window holds anything of it, in milliseconds since the epoch. */
  emptyMillis: number | undefined;
  /** Changed since the selection was last judged. */
  isChanged: boolean;
  /** How many of its buckets are to be written to the database. */
  dirtyBuckets: number;
  /** Is in the list of those. */
  isDirty: boolean;
  /** Row in the database. */
  id: number | undefined;
  /** Collection in which a reading was last taken. */
  collection: number;
}

export class Selection {
  readonly key: string;
  readonly metric: string;
  readonly by: readonly string[];
  readonly width: BucketWidth;
  readonly #options: SelectionOptions;
  readonly #tests: readonly ((attributes: Attributes) => boolean)[];
  /** By slot; a slot that is free is filled again. */
  readonly groups: (Group | undefined)[] = [];
  /** Changed since they were last taken. */
  changed: Group[] = [];
  /** To be written. */
  dirty: Group[] = [];
  /** Row in the database. */
  id: number | undefined;
  /** Whether what was measured before anybody looked has been taken from the journal: until then nothing is judged. */
  hasPast = false;
  /** From when on this process counts for it: what came before, the journal has. Milliseconds since the epoch. */
  countsFromMillis: number | undefined;
  /** Longest time back that any rule looks, in milliseconds. */
  horizonMillis = 0;
  readonly #byKey = new Map<string, Group>();
  readonly #free: number[] = [];
  /** Label sets of ours are made once: what became of them is remembered. `null`: filtered out. */
  readonly #known = new WeakMap<Attributes, Group | null>();

  constructor(options: SelectionOptions) {
    this.#options = options;
    this.metric = options.metric;
    this.by = options.by;
    this.width = options.width;
    this.key = selectionKey(options);
    this.#tests = options.where.map(testOf);
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The series that a measurement belongs to; `undefined` when it is filtered out. */
  groupOf(attributes: Attributes): Group | undefined {
    const known = this.#known.get(attributes);
    if (known === null) return undefined;
    if (known !== undefined && known.slot !== -1) return known;
    const passes = this.#tests.every((test) => test(attributes));
    const group = passes ? this.groupFor(this.by.map((label) => textOf(attributes[label]))) : undefined;
    // What is folded is looked up again, and counted.
    if (group?.key !== this.#otherKey || this.by.length === 0) this.#known.set(attributes, group ?? null);
    return group;
  }

  /** The series with these values of `by`, made when there is none. */
  groupFor(values: readonly string[]): Group {
    const key = JSON.stringify(values);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#byKey.size >= this.#options.maxSeries && key !== this.#otherKey) {
      this.#options.onFold();
      return this.groupFor(this.by.map(() => OTHER));
    }
    const slot = this.#free.pop() ?? this.groups.length;
    const group: Group = {
      slot,
      key,
      values,
      kind: undefined,
      buckets: [],
      current: undefined,
      emptyMillis: undefined,
      isChanged: false,
      dirtyBuckets: 0,
      isDirty: false,
      id: undefined,
      collection: -1,
    };
    this.groups[slot] = group;
    this.#byKey.set(key, group);
    this.#markChanged(group);
    return group;
  }

  find(key: string): Group | undefined {
    return this.#byKey.get(key);
  }

  get #otherKey(): string {
    return JSON.stringify(this.by.map(() => OTHER));
  }

  /** Adds what was measured; `atMillis` by the wall clock. */
  add(group: Group, kind: Kind, source: number, atMillis: number, amounts: Amounts): void {
    addAmounts(this.#bucketAt(group, kind, source, atMillis), amounts);
  }

  /** Adds an increment of a counter. */
  increment(group: Group, kind: Kind, source: number, atMillis: number, by: number): void {
    this.#bucketAt(group, kind, source, atMillis).sum += by;
  }

  /**
   * Adds a reading.
   * @param collection readings of one collection are of several series of the group, and add up to its present value.
   */
  read(group: Group, kind: Kind, source: number, atMillis: number, value: number, collection: number): void {
    const bucket = this.#bucketAt(group, kind, source, atMillis);
    bucket.count += 1;
    bucket.sum += value;
    if (value < bucket.min) bucket.min = value;
    if (value > bucket.max) bucket.max = value;
    bucket.last = group.collection === collection && bucket.lastMillis === atMillis ? bucket.last + value : value;
    bucket.lastMillis = atMillis;
    group.collection = collection;
  }

  /** Puts in a bucket as it stands in the database, in the place of what was known of it. */
  replace(group: Group, bucket: Bucket): void {
    const at = indexOf(group.buckets, bucket.start, bucket.source);
    if (isEmpty(bucket)) {
      if (at >= 0) group.buckets.splice(at, 1);
    } else if (at >= 0) group.buckets[at] = bucket;
    else group.buckets.splice(-at - 1, 0, bucket);
    if (group.current?.start === bucket.start && group.current.source === bucket.source) group.current = undefined;
    group.kind = bucket.kind;
    this.#markChanged(group);
  }

  /** @param oldest start of the first bucket that a rule looks at. */
  forget(group: Group, oldest: number): void {
    const { buckets } = group;
    let gone = 0;
    while (gone < buckets.length && (buckets[gone] as Bucket).start < oldest) gone += 1;
    if (gone === 0) return;
    buckets.splice(0, gone);
    group.current = undefined;
  }

  /**
   * Forgets what no rule looks at any more, and brings to the present what lies ahead of the clock: it was set back, and what was measured then
   * was measured before now.
   * @param oldest start of the first bucket that a rule looks at.
   * @param isOurs whether the buckets of a source are ours to move: those of a process that lives it moves itself.
   * @returns the buckets that were moved, as they were.
   */
  tidy(group: Group, oldest: number, nowMillis: number, isOurs: (source: number) => boolean): readonly Bucket[] {
    const { buckets } = group;
    const limit = nowMillis + AHEAD_MILLIS;
    if (buckets.length === 0 || ((buckets[0] as Bucket).start >= oldest && (buckets.at(-1) as Bucket).start <= limit))
      return NOTHING;
    this.forget(group, oldest);
    const ahead: Bucket[] = [];
    for (let at = buckets.length - 1; at >= 0 && (buckets[at] as Bucket).start > limit; at--) {
      if (isOurs((buckets[at] as Bucket).source)) ahead.push(...buckets.splice(at, 1));
    }
    if (ahead.length > 0) group.current = undefined;
    for (const bucket of ahead) {
      // Of whoever it was, it is ours now.
      const present = this.#bucketAt(group, bucket.kind, OWN, nowMillis);
      mergeBucket(present, { ...bucket, lastMillis: Math.min(bucket.lastMillis, nowMillis) });
    }
    return ahead;
  }

  /** Gives up a series of which nothing is known any more. */
  remove(group: Group): void {
    this.#byKey.delete(group.key);
    this.groups[group.slot] = undefined;
    this.#free.push(group.slot);
    group.slot = -1;
  }

  /** What was to be written of a series is written. */
  saved(group: Group): void {
    for (const bucket of dirtyBuckets(group)) bucket.isDirty = false;
    group.dirtyBuckets = 0;
    group.isDirty = false;
  }

  /** The database is another one: it has no row of ours, and its rows of others are to be read. */
  forgetRows(): void {
    this.id = undefined;
    this.hasPast = false;
    this.removeSources((source) => source !== OWN);
    for (const group of this.groups) {
      if (group === undefined) continue;
      group.id = undefined;
      for (const bucket of group.buckets) bucket.isDirty = true;
      group.dirtyBuckets = group.buckets.length;
      if (group.buckets.length > 0) this.#markDirty(group);
    }
  }

  /** What kind of instrument it came from, as it was known before. */
  recall(group: Group, kind: Kind): void {
    group.kind = kind;
    this.#markChanged(group);
  }

  /** What some have measured. */
  bucketsOf(isMeant: (source: number) => boolean): readonly (readonly [Group, Bucket])[] {
    return this.groups.flatMap((group) =>
      group === undefined
        ? []
        : group.buckets.filter(({ source }) => isMeant(source)).map((one) => [group, one] as const),
    );
  }

  /** Some measure no more: of what they read nothing is present. */
  end(ended: ReadonlySet<number>): void {
    for (const group of this.groups) {
      if (group?.kind === UP_DOWN && group.buckets.some(({ source }) => ended.has(source))) this.#markChanged(group);
    }
  }

  /** Forgets what some have measured. */
  removeSources(isGone: (source: number) => boolean): void {
    for (const group of this.groups) {
      if (group === undefined || !group.buckets.some(({ source }) => isGone(source))) continue;
      group.buckets = group.buckets.filter(({ source }) => !isGone(source));
      group.current = undefined;
      this.#markChanged(group);
    }
  }

  #bucketAt(group: Group, kind: Kind, source: number, atMillis: number): Bucket {
    const start = this.width.startOf(atMillis);
    let bucket = group.current;
    if (bucket?.start !== start || bucket.source !== source) {
      const at = indexOf(group.buckets, start, source);
      if (at >= 0) bucket = group.buckets[at] as Bucket;
      else {
        bucket = emptyBucket(start, source, kind);
        group.buckets.splice(-at - 1, 0, bucket);
      }
      group.current = bucket;
      group.kind = kind;
    }
    bucket.kind = kind;
    if (!bucket.isDirty) {
      bucket.isDirty = true;
      group.dirtyBuckets += 1;
    }
    if (!group.isChanged) this.#markChanged(group);
    if (!group.isDirty) this.#markDirty(group);
    return bucket;
  }

  #markChanged(group: Group): void {
    if (group.isChanged) return;
    group.isChanged = true;
    this.changed.push(group);
  }

  #markDirty(group: Group): void {
    if (group.isDirty) return;
    group.isDirty = true;
    this.dirty.push(group);
  }
}

/** Those that are to be written, newest first. */
export function* dirtyBuckets({ buckets, dirtyBuckets: left }: Group): Generator<Bucket> {
  for (let at = buckets.length - 1; at >= 0 && left > 0; at--) {
    const bucket = buckets[at] as Bucket;
    if (!bucket.isDirty) continue;
    left -= 1;
    yield bucket;
  }
}

/** Equal for those that look at the same in the same buckets. */
export function selectionKey({
  metric,
  where,
  by,
  width,
}: Pick<SelectionOptions, 'metric' | 'where' | 'by' | 'width'>): string {
  return JSON.stringify([metric, where, by, width.key]);
}

/** Index of the bucket, or -(place where it belongs) - 1. Searched from the end, where nearly all is. */
function indexOf(buckets: readonly Bucket[], start: number, source: number): number {
  let at = buckets.length - 1;
  while (at >= 0) {
    const bucket = buckets[at] as Bucket;
    if (bucket.start < start) break;
    if (bucket.start === start && bucket.source === source) return at;
    at -= 1;
  }
  return -(at + 1) - 1;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

function testOf(matcher: Matcher): (attributes: Attributes) => boolean {
  const { label } = matcher;
  switch (matcher.kind) {
    case 'in':
    case 'notIn': {
      const values = new Set(matcher.values);
      const wanted = matcher.kind === 'in';
      return (attributes) => values.has(textOf(attributes[label])) === wanted;
    }
    case 'like':
    case 'notLike': {
      const isLike = globTest(matcher.pattern);
      const wanted = matcher.kind === 'like';
      return (attributes) => isLike(textOf(attributes[label])) === wanted;
    }
    case 'exists':
      return (attributes) => (textOf(attributes[label]) !== '') === matcher.exists;
  }
}

/** `*` is any text. Without a regular expression, whose time nobody could bound. */
function globTest(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*');
  const first = parts[0] as string;
  const last = parts.at(-1) as string;
  if (parts.length === 1) return (text) => text === first;
  const middle = parts.slice(1, -1);
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let from = first.length;
    for (const part of middle) {
      const at = text.indexOf(part, from);
      if (at === -1) return false;
      from = at + part.length;
    }
    return from <= text.length - last.length;
  };
}
