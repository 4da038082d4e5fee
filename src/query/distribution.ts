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
