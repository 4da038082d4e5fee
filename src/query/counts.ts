// Counts by name, in an order that does not depend on the order in which they were counted.

export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, count: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  of(name: string | null): number {
    return (name !== null && this.#counts.get(name)) || 0;
  }

  /** The largest first, those alike by name. */
  entries(): [name: string, count: number][] {
    return [...this.#counts].sort(([a, some], [b, others]) => others - some || compareNames(a, b));
  }

  record(): Record<string, number> {
    return Object.fromEntries(this.entries());
  }
}

/** By code units; null comes last. */
export function compareNames(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : Number(a > b);
}
