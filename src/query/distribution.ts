// All the values of something measured, for exact percentiles. They stay where they are: in the columns of the index.

/** Stretches of columns. A value is 0 or more; `NaN` is none. */
export class Distribution {
  readonly #columns: Float64Array[] = [];
  readonly #places: number[] = [];
  /** Values there are at most: those that are `NaN` are not told apart yet. */
  size = 0;

  /** Those of `column` from one place on, before another. */
  add(column: Float64Array, from: number, to: number): void {
    const last = this.#columns.length - 1;
    if (this.#columns[last] === column && this.#places[2 * last + 1] === from) this.#places[2 * last + 1] = to;
    else {
      this.#columns.push(column);
      this.#places.push(from, to);
    }
    this.size += to - from;
  }

  forEachStretch(take: (column: Float64Array, from: number, to: number) => void): void {
    const places = this.#places;
    for (let index = 0; index < this.#columns.length; index++)
      take(this.#columns[index] as Float64Array, places[2 * index] as number, places[2 * index + 1] as number);
  }
}

/** The values themselves, in whatever order. */
export function valuesOf(parts: readonly Distribution[]): Float64Array {
  const values = new Float64Array(parts.reduce((sum, { size }) => sum + size, 0));
  let length = 0;
  for (const part of parts)
    part.forEachStretch((column, from, to) => {
      for (let index = from; index < to; index++) {
        const value = column[index] as number;
        // Of a zero below zero as of any other. NaN is the only number that is not itself: the next takes its place.
        values[length] = value + 0;
        length += Number(value === value);
      }
    });
  return values.subarray(0, length);
}

/** Each part's place among the groups of one breakdown. */
export interface Grouping {
  readonly groups: number;
  /** The number of its group, for each part. */
  readonly groupOf: readonly number[];
}

/** So few are sorted to find one among them. More are counted, which takes memory for each group: so there are at most as many as that is worth. */
const FEW = 512;
/** Of the upper half of a double: its exponent and 8 bits of what follows, so that values in one bin differ by less than half a percent. */
const BIN_SHIFT = 12;
/** The last of them is of what is no value. */
const NO_VALUE = 2 ** 16 - 1;
/** Values below 2^-100 are in the first bin, those above 2^155 in the last but one. */
const FIRST_BIN = (1023 - 100) * 2 ** (20 - BIN_SHIFT);
/** Which half of a double is the upper one. */
const UPPER = new Uint32Array(new Float64Array([1]).buffer)[1] === 0 ? 0 : 1;

/**
 * Percentiles by nearest rank: the smallest of the values that `percent` in a hundred of them do not exceed. Null when there is none. Sorting a million
 * takes longer than all the rest of a question: they are counted into bins, and only the bins that are asked for are sorted. All breakdowns are
 * counted while the values are at hand.
 * @param percents rising.
 * @returns for each breakdown and each of its groups the percentiles.
 */
export function percentilesByGroup(
  parts: readonly Distribution[],
  groupings: readonly Grouping[],
  percents: readonly number[],
): (number | null)[][][] {
  const large: LargeGroup[] = [];
  /** Those that a part is in. */
  const largeOf = parts.map((): LargeGroup[] => []);
  const answers = groupings.map(({ groups, groupOf }) => {
    const members = Array.from({ length: groups }, (): number[] => []);
    for (let part = 0; part < parts.length; part++) members[groupOf[part] as number]?.push(part);
    return members.map((some) => {
      const partsOfGroup = some.map((part) => parts[part] as Distribution);
      if (partsOfGroup.reduce((sum, { size }) => sum + size, 0) <= FEW) return amongFew(partsOfGroup, percents);
      const group: LargeGroup = { number: large.length, answer: percents.map(() => null), bins: [], found: new Map() };
      large.push(group);
      for (const part of some) largeOf[part]?.push(group);
      return group.answer;
    });
  });
  if (large.length > 0) answerLarge(parts, largeOf, large, percents);
  return answers;
}

interface LargeGroup {
  readonly number: number;
  readonly answer: (number | null)[];
  /** For each percentile its bin, and its place within. */
  readonly bins: { readonly bin: number; readonly place: number }[];
  /** The values in those bins. */
  readonly found: Map<number, number[]>;
}

function amongFew(parts: readonly Distribution[], percents: readonly number[]): (number | null)[] {
  const sorted = valuesOf(parts).sort();
  return percents.map((percent) => sorted[rankOf(percent, sorted.length)] ?? null);
}

function answerLarge(
  parts: readonly Distribution[],
  largeOf: readonly (readonly LargeGroup[])[],
  large: readonly LargeGroup[],
  percents: readonly number[],
): void {
  const binned = new BinnedStretches(parts.filter((_, part) => largeOf[part]?.length));
  const groupsOf = largeOf.filter(({ length }) => length > 0);
  const { width } = binned;
  const counts = new Uint32Array(large.length * width);
  binned.forEach((part, bins, _, from, to) => {
    for (const { number } of groupsOf[part] as readonly LargeGroup[]) {
      const first = number * width;
      for (let index = from; index < to; index++) {
        const bin = first + (bins[index] as number);
        counts[bin] = (counts[bin] as number) + 1;
      }
    }
  });
  const isWanted = new Uint8Array(width);
  for (const { number, bins, found } of large) {
    const ofGroup = counts.subarray(number * width, number * width + binned.valueBins);
    const count = ofGroup.reduce((sum, some) => sum + some, 0);
    if (count === 0) continue;
    let bin = 0;
    let below = 0;
    for (const percent of percents) {
      const rank = rankOf(percent, count);
      while (below + (ofGroup[bin] as number) <= rank) below += ofGroup[bin++] as number;
      bins.push({ bin, place: rank - below });
      found.set(bin, []);
      isWanted[bin] = 1;
    }
  }
  binned.forEach((part, bins, column, from, to) => {
    const groups = groupsOf[part] as readonly LargeGroup[];
    for (let index = from; index < to; index++) {
      const bin = bins[index] as number;
      if (isWanted[bin] === 0) continue;
      for (const { found } of groups) found.get(bin)?.push(column[index] as number);
    }
  });
  for (const { answer, bins, found } of large) {
    const sorted = new Map([...found].map(([bin, values]) => [bin, Float64Array.from(values).sort()]));
    for (const [index, { bin, place }] of bins.entries()) answer[index] = (sorted.get(bin)?.[place] ?? 0) + 0;
  }
}

function rankOf(percent: number, count: number): number {
  return Math.max(0, Math.ceil((percent / 100) * count) - 1);
}

/** Numbers each value of the columns by its bin. Bins that hold nothing are left out, so that few are left to be counted. */
class BinnedStretches {
  readonly #parts: readonly Distribution[];
  readonly #bins = new Map<Float64Array, Uint16Array>();
  /** Bins there are. */
  readonly width: number;
  /** Of these, those that hold values: the first. */
  readonly valueBins: number;

  constructor(parts: readonly Distribution[]) {
    this.#parts = parts;
    const used = new Uint16Array(NO_VALUE + 1);
    for (const part of parts)
      part.forEachStretch((column) => {
        // The whole column: most of it is asked for, in many stretches.
        if (!this.#bins.has(column)) this.#bins.set(column, binsOf(column, used));
      });
    let width = 0;
    const hasNoValues = used[NO_VALUE] as number;
    for (let bin = 0; bin <= NO_VALUE; bin++) if (used[bin] === 1) used[bin] = width++;
    for (const bins of this.#bins.values()) renumber(bins, used);
    this.width = width;
    this.valueBins = width - hasNoValues;
  }

  forEach(take: (part: number, bins: Uint16Array, column: Float64Array, from: number, to: number) => void): void {
    for (const [number, part] of this.#parts.entries())
      part.forEachStretch((column, from, to) => take(number, this.#bins.get(column) as Uint16Array, column, from, to));
  }
}

/** @param used is set to 1 for the bins of the values. */
function binsOf(column: Float64Array, used: Uint16Array): Uint16Array {
  const halves = new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
  const bins = new Uint16Array(column.length);
  for (let index = 0; index < bins.length; index++) {
    const value = column[index] as number;
    // Without the sign, which only a zero may have.
    const near = (((halves[2 * index + UPPER] as number) & 0x7fffffff) >>> BIN_SHIFT) - FIRST_BIN;
    const bin = value !== value ? NO_VALUE : near < 0 ? 0 : near < NO_VALUE ? near : NO_VALUE - 1;
    bins[index] = bin;
    used[bin] = 1;
  }
  return bins;
}

function renumber(bins: Uint16Array, numbers: Uint16Array): void {
  for (let index = 0; index < bins.length; index++) bins[index] = numbers[bins[index] as number] as number;
}
