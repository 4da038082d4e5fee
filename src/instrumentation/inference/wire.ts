// Takes what came over the wire by its type. A proxy or a test double may answer anything; nothing here throws or coerces.

export type Fields = Readonly<Record<string, unknown>>;
const NOTHING: Fields = {};

/** `value` as an object whose fields may be read; of anything else there are none. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : NOTHING;
}

export function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** What came piece by piece under an index, in the order of the index. Kept in a map: an index is the vendor's word too, and may be huge. */
export function inOrder<T>(pieces: ReadonlyMap<number, T>): T[] {
  return [...pieces].sort(([a], [b]) => a - b).map(([, piece]) => piece);
}
