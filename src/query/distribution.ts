// All the values of something measured, for exact percentiles. 8 bytes a value.

export class Distribution {
  #values = new Float64Array(16);
  #length = 0;
  #sum = 0;

  add(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(this.#length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
    this.#sum += value;
  }

  get count(): number {
    return this.#length;
  }

  /** Null when there is no value. */
  average(): number | null {
    return this.#length === 0 ? null : this.#sum / this.#length;
  }

  /** Nearest rank: the smallest of the values that `percent` in a hundred of them do not exceed. Null when there is none. */
  percentiles<const T extends readonly number[]>(percents: T): { [K in keyof T]: number | null } {
    const sorted = this.#values.subarray(0, this.#length).sort();
    return percents.map((percent) => sorted[Math.max(0, Math.ceil((percent / 100) * this.#length) - 1)] ?? null) as {
      [K in keyof T]: number | null;
    };
  }
}
