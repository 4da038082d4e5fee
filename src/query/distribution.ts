// All the values of something measured, for exact percentiles. They stay where they are: in the columns of the index.

type Values = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Stretches of columns. A value is 0 or more; `NaN` is none. */
export class Distribution {
  readonly #columns: Values[] = [];
  readonly #places: number[] = [];
  /** Values there are at most: those that are `NaN` are not told apart yet. */
  size = 0;

  /** Those of `column` from one place on, before another. */
  add(column: Values, from: number, to: number): void {
    const last = this.#columns.length - 1;
    if (this.#columns[last] === column && this.#places[2 * last + 1] === from) this.#places[2 * last + 1] = to;
    else {
      this.#columns.push(column);
      this.#places.push(from, to);
    }
    this.size += to - from;
  }

  forEachStretch(take: (column: Values, from: number, to: number) => void): void {
    const places = this.#places;
    for (let index = 0; index < this.#columns.length; index++)
      take(this.#columns[index] as Values, places[2 * index] as number, places[2 * index + 1] as number);
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

/** So few are sorted to find one among them. */
const FEW = 2048;
/** Of the upper half of a double: its exponent and 8 bits of what follows, so that values in one bin differ by less than half a percent. */
const BIN_SHIFT = 12;
/** The last of them is of what is no value. */
const NO_VALUE = 2 ** 16 - 1;
/** Values below 2^-100 are in the first bin, those above 2^155 in the last but one. */
const FIRST_BIN = (1023 - 100) * 2 ** (20 - BIN_SHIFT);
/** Which half of a double is the upper one. */
const UPPER = new Uint32Array(new Float64Array([1]).buffer)[1] === 0 ? 0 : 1;

const binsOfColumn = new WeakMap<Values, Uint16Array>();
const counts = new Uint32Array(NO_VALUE + 1);

/**
 * Percentiles of all the values together. By nearest rank: the smallest of the values that `percent` in a hundred of them do not exceed. Null when
 * there is none. Sorting a million takes longer than all the rest of a question: they are counted into bins, and only the bins that are
 * asked for are sorted.
 * @param percents rising, at most three.
 */
export function percentiles<const T extends readonly number[]>(
  parts: readonly Distribution[],
  percents: T,
): { [K in keyof T]: number | null } {
  const isFew = parts.reduce((sum, { size }) => sum + size, 0) <= FEW;
  return (isFew ? amongFew(parts, percents) : among(parts, percents)) as { [K in keyof T]: number | null };
}

function amongFew(parts: readonly Distribution[], percents: readonly number[]): (number | null)[] {
  const sorted = valuesOf(parts).sort();
  return percents.map((percent) => sorted[rankOf(percent, sorted.length)] ?? null);
}

function among(parts: readonly Distribution[], percents: readonly number[]): (number | null)[] {
  counts.fill(0);
  let size = 0;
  for (const part of parts) {
    size += part.size;
    part.forEachStretch((column, from, to) => {
      const bins = binsOf(column);
      for (let index = from; index < to; index++) {
        const bin = bins[index] as number;
        counts[bin] = (counts[bin] as number) + 1;
      }
    });
  }
  const count = size - (counts[NO_VALUE] as number);
  if (count === 0) return percents.map(() => null);
  let bin = 0;
  let below = 0;
  const places = percents.map((percent) => {
    const rank = rankOf(percent, count);
    while (below + (counts[bin] as number) <= rank) below += counts[bin++] as number;
    return { bin, place: rank - below };
  });
  const found = new Map(places.map((place) => [place.bin, [] as number[]]));
  const [first = NO_VALUE, second = first, third = second] = found.keys();
  for (const part of parts)
    part.forEachStretch((column, from, to) => {
      const bins = binsOf(column);
      for (let index = from; index < to; index++) {
        const one = bins[index] as number;
        if (one === first || one === second || one === third) found.get(one)?.push(column[index] as number);
      }
    });
  const sorted = new Map([...found].map(([one, values]) => [one, Float64Array.from(values).sort()]));
  return places.map((place) => (sorted.get(place.bin)?.[place.place] ?? 0) + 0);
}

function rankOf(percent: number, count: number): number {
  return Math.max(0, Math.ceil((percent / 100) * count) - 1);
}

/** For each value of a column the number of those near to it. */
function binsOf(column: Values): Uint16Array {
  let bins = binsOfColumn.get(column);
  if (bins === undefined) {
    const doubles = column instanceof Float64Array ? column : Float64Array.from(column);
    const halves = new Uint32Array(doubles.buffer, doubles.byteOffset, doubles.length * 2);
    bins = new Uint16Array(doubles.length);
    for (let index = 0; index < doubles.length; index++) {
      const value = doubles[index] as number;
      // Without the sign, which only a zero may have.
      const bin = (((halves[2 * index + UPPER] as number) & 0x7fffffff) >>> BIN_SHIFT) - FIRST_BIN;
      bins[index] = value !== value ? NO_VALUE : bin < 0 ? 0 : bin < NO_VALUE ? bin : NO_VALUE - 1;
    }
    binsOfColumn.set(column, bins);
  }
  return bins;
}
