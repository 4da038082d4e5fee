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

  /** To 12 decimals: beyond a millionth of a millionth of a dollar there is only the noise of binary fractions. */
  value(): number {
    return Number((this.#sum + this.#lost).toFixed(12));
  }
}
