// Lays two observations beside each other and says, place by place, where they differ.
import type { Observation, Run } from './run-shapes.ts';

/** Differences of one shape, a line each; none when a caller could not tell the runs apart. */
export function differencesOf(shape: string, plain: Run, withUs: Run): string[] {
  const [before, after] = [plain.observations.get(shape), withUs.observations.get(shape)];
  if (before === undefined || after === undefined)
    return [`${shape} did not run: ${[before, after].map(whyNot).join(' / ')}`];
  return [...differences('', before, after)];
}

function whyNot(observation: Observation | undefined): string {
  return observation === undefined ? 'missing' : 'ran';
}

/** Where two JSON values differ. */
export function* differences(path: string, before: unknown, after: unknown): Generator<string> {
  if (isObject(before) && isObject(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of keys) yield* differences(`${path}/${key}`, before[key], after[key]);
    if (Object.keys(before).join() !== Object.keys(after).join()) yield `${path}: the keys or their order differ`;
  } else if (!Object.is(before, after)) {
    yield `${path}: ${short(before)} without us, ${short(after)} with us`;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function short(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 200 ? `${json.slice(0, 200)}…` : json;
}
