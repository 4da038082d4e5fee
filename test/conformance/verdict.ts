// What the suite says of one shape of one SDK.
import type { Shape } from './child/shapes/shape.ts';
import { differences, differencesOf } from './compare.ts';
import type { Run } from './run-shapes.ts';
import { spansOf } from './spans.ts';

export interface Verdict {
  /** The SDK version has the shape. */
  readonly present: boolean;
  /** What is not as it should be, a line each; none when it passes. */
  readonly faults: readonly string[];
}

export function verdictOf(shape: Shape, without: Run, withUs: Run): Verdict {
  const alone = without.observations.get(shape.name);
  const present = alone?.status === 'ran';
  if (alone?.failure !== undefined) return { present, faults: [`The shape itself failed: ${alone.failure}`] };
  const faults = differencesOf(shape.name, without, withUs);
  if (!present) return { present, faults };
  const { told, expected } = spansOf(shape, alone.settled, withUs.spans);
  const spanFaults = [...differences('', expected.map(inOrder), told.map(inOrder))].map((line) =>
    line.replace('without us', 'expected').replace('with us', 'told'),
  );
  return { present, faults: [...faults, ...spanFaults.map((line) => `span ${line}`)] };
}

/** The order of a span's attributes means nothing. */
function inOrder(span: object): object {
  return Object.fromEntries(Object.entries(span).sort(([a], [b]) => (a < b ? -1 : 1)));
}
