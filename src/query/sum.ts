// Sums that do not drift: a million small costs added to a large one must not lose their cents.

/** Neumaier's compensated sum: exact to the last digit of a double, whatever the order. */
export class ExactSum {
  #sum = 0;
  #lost = 0;

  add(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  /** Adds those of `values` from one place on, before another, none of them below 0. */
  addFrom(values: Float64Array, from: number, to: number): void {
    let sum = this.#sum;
    let lost = this.#lost;
    for (let index = from; index < to; index++) {
      const value = values[index] as number;
      const next = sum + value;
      lost += sum >= value ? sum - next + value : value - next + sum;
      sum = next;
    }
    this.#sum = sum;
    this.#lost = lost;
  }

  addSum(other: ExactSum): void {
    this.add(other.#sum);
    this.#lost += other.#lost;
  }

  exact(): number {
    return this.#sum + this.#lost;
  }

  /** To 15 digits: beyond them there is only the noise of binary fractions. */
  value(): number {
    return Number(this.exact().toPrecision(15));
  }
}

/** A sum of what is known of some; null when there is something to be known and nothing is: 0 would say that it came to nothing. */
export function sumOrNull(sum: number, known: number, unknown: number): number | null {
  return known === 0 && unknown > 0 ? null : sum;
}
