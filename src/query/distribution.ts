// All the values of something measured, for exact percentiles. 8 bytes a value.

export class Distribution {
  #values = new Float64Array(16);
  #length = 0;

  get count(): number {
    return this.#length;
  }

  /** The values as they came. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  /** Those of `values` from one place on, before another; `NaN` is none. */
  addFrom(values: ArrayLike<number>, from: number, to: number): void {
    const most = this.#length + to - from;
    if (most > this.#values.length) {
      const grown = new Float64Array(Math.max(most, this.#values.length * 2));
      grown.set(this.values);
      this.#values = grown;
    }
    let length = this.#length;
    for (let index = from; index < to; index++) {
      // Of a zero below zero the bin would be none.
      const value = (values[index] as number) + 0;
      this.#values[length] = value;
      // NaN is the only number that is not itself: the next takes its place.
      length += Number(value === value);
    }
    this.#length = length;
  }
}

/** Fewer are sorted as they are. */
const FEW = 4096;
/** Of the upper half of a double: its exponent and 8 bits of what follows, so that values in one bin differ by less than half a percent. */
const BIN_SHIFT = 12;
const BINS = 2 ** (31 - BIN_SHIFT);
/** Which half of a double is the upper one. */
const UPPER = new Uint32Array(new Float64Array([-0]).buffer)[1] === 0 ? 0 : 1;

/**
 * Percentiles of all the values together, which are 0 or more. By nearest rank: the smallest of the values that `percent` in a hundred of them do
 * not exceed. Null when there is none.
 * @param percents at most three, rising.
 */
export function percentiles<const T extends readonly number[]>(
  parts: readonly Distribution[],
  percents: T,
): { [K in keyof T]: number | null } {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const ranks = percents.map((percent) => Math.max(0, Math.ceil((percent / 100) * count) - 1));
  const found = count === 0 ? [] : valuesAt(parts, count, ranks);
  return ranks.map((_, index) => found[index] ?? null) as { [K in keyof T]: number | null };
}

/** What would stand at the rising places `ranks` if all were sorted. Sorting a million takes longer than all the rest of a question: only bins are. */
function valuesAt(parts: readonly Distribution[], count: number, ranks: readonly number[]): number[] {
  if (count <= FEW) {
    const sorted = new Float64Array(count);
    let length = 0;
    for (const { values } of parts) {
      sorted.set(values, length);
      length += values.length;
    }
    sorted.sort();
    return ranks.map((rank) => sorted[rank] as number);
  }
  const bins = new Uint32Array(BINS);
  forEachBin(parts, (bin) => {
    bins[bin] = (bins[bin] as number) + 1;
  });
  const wanted = new Map<number, { readonly below: number; readonly values: Float64Array; length: number }>();
  let bin = 0;
  let below = 0;
  const binOfRank = ranks.map((rank) => {
    while (below + (bins[bin] as number) <= rank) below += bins[bin++] as number;
    if (!wanted.has(bin)) wanted.set(bin, { below, values: new Float64Array(bins[bin] as number), length: 0 });
    return bin;
  });
  const [first = -1, second = -1, third = -1] = wanted.keys();
  forEachBin(parts, (one, values, index) => {
    if (one !== first && one !== second && one !== third) return;
    const found = wanted.get(one);
    if (found) found.values[found.length++] = values[index] as number;
  });
  for (const { values } of wanted.values()) values.sort();
  return ranks.map((rank, index) => {
    const found = wanted.get(binOfRank[index] as number);
    return found?.values[rank - found.below] as number;
  });
}

function forEachBin(
  parts: readonly Distribution[],
  take: (bin: number, values: Float64Array, index: number) => void,
): void {
  for (const { values } of parts) {
    const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
    for (let index = 0; index < values.length; index++)
      take((halves[2 * index + UPPER] as number) >>> BIN_SHIFT, values, index);
  }
}
