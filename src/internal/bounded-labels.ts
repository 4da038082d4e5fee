// The label sets of an instrument, bounded before they reach it: the SDK's own limit holds within one collection only, so that a cumulative
// reader grows without end. Attribute objects are made once and frozen.
import type { Attributes } from '@opentelemetry/api';
import { maskCredentials } from './credentials.ts';

/** What is folded because an instrument has its full number of series. */
export const OTHER = 'other';

/** Longest label; models and workflows beyond that are somebody's mistake. */
export const MAX_LABEL_LENGTH = 256;

/**
 * Admits the series of an instrument, at most `maxSeries`.
 * @param reserved how many series what is folded takes: the last ones are kept free for it.
 * @returns gives the attributes while there is room; `null` when they must be folded.
 */
export function createSeriesBudget(maxSeries: number, reserved: number): (attributes: Attributes) => Attributes | null {
  // One less: the SDK's limit counts the series it keeps for its own overflow, which must never be reached.
  let free = maxSeries - reserved - 1;
  return (attributes) => {
    if (free <= 0) return null;
    free -= 1;
    // In the order of the names: the SDK sorts them at every recording.
    return Object.freeze(Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))));
  };
}

/**
 * The label sets of one instrument, found by what is in them.
 * @param folded what stands for all there is no room for
 * @param onFold told each time it does
 */
export function createLabels(
  maxSeries: number,
  folded: Attributes,
  onFold: () => void,
): (labels: Readonly<Record<string, string | undefined>>) => Attributes {
  const admit = createSeriesBudget(maxSeries, 1);
  const known = new Map<string, Attributes>();
  return (labels) => {
    const key = JSON.stringify(labels);
    let found = known.get(key);
    if (found === undefined) {
      const present: Attributes = {};
      for (const [name, value] of Object.entries(labels)) if (value !== undefined) present[name] = labelOf(value);
      found = admit(present) ?? undefined;
      if (found) known.set(key, found);
      else onFold();
    }
    return found ?? folded;
  };
}

/** A label as it may be written: a key that was given as a model must not be scraped. */
export function labelOf(value: string): string {
  return maskCredentials(value).slice(0, MAX_LABEL_LENGTH).toWellFormed();
}
