// The label sets of an instrument, bounded before they reach it: what the host calls its agents may be endless.
import type { Attributes, Meter } from '@opentelemetry/api';
import * as names from '../../semconv.ts';
import { settings } from '../inference/settings.ts';

const OTHER = 'other';
const MAX_LABEL_LENGTH = 256;

/**
 * @param instrument whose points the labels are for: what is folded is counted under its name.
 * @returns gives the labels to record with, `maxSeries` different ones at most; when there is no room for another, each is `other`.
 */
export function createBoundedLabels(
  meter: Meter,
  instrument: string,
): (labels: Readonly<Record<string, string | undefined>>) => Attributes {
  const known = new Map<string, Attributes>();
  let other: Attributes | undefined;
  const folded = meter.createCounter(names.METRIC_SERIES_FOLDED, {
    unit: '{series}',
    description: 'Points folded into "other" because an instrument had its full number of series.',
  });
  return (labels) => {
    const key = JSON.stringify(labels);
    const before = known.get(key);
    if (before !== undefined) return before;
    // The last are kept free: for what is folded here, and for what the SDK counts in its limit, which must never be reached.
    if (known.size < settings.maxSeries - 3) {
      const admitted = map(labels, (value) => value.slice(0, MAX_LABEL_LENGTH).toWellFormed());
      known.set(key, admitted);
      return admitted;
    }
    folded.add(1, { [names.AGENT_VITALS_INSTRUMENT]: instrument });
    return (other ??= map(labels, () => OTHER));
  };
}

function map(labels: Readonly<Record<string, string | undefined>>, fn: (value: string) => string): Attributes {
  const entries = Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.freeze(Object.fromEntries(entries.map(([name, value]) => [name, fn(value)])));
}
