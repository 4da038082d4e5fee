// What is known of one thing: a line each, names and values under each other. What is not known is left out.
import { printable } from './format.ts';

export type Pair = readonly [name: string, value: string | undefined];

/** Values may hold colours of ours, and lines. */
export function renderPairs(pairs: readonly Pair[]): string {
  const known = pairs.filter((pair): pair is [string, string] => pair[1] !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  const indent = `\n${' '.repeat(width + 2)}`;
  return known.map(([name, value]) => `${printable(name).padEnd(width)}  ${value.replaceAll('\n', indent)}`).join('\n');
}
