// How numbers lie in the index: column by column, of the narrowest type that holds all of one.

const TYPES = [Uint8Array, Uint16Array, Uint32Array, Float64Array] as const;
/** Bytes before the numbers: which of the types they are. Eight, so that doubles lie where a processor can read them. */
const HEAD_BYTES = 8;

/** @returns `undefined` for a column of nothing but `absent`. */
export function encodeColumn(values: ArrayLike<number>, absent: number): Uint8Array | undefined {
  let most = 0;
  let isAbsent = true;
  let isWhole = true;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (value > most) most = value;
    if (isAbsent && !Object.is(value, absent)) isAbsent = false;
    // NaN is no whole number, and -0 not 0.
    if (isWhole && !Object.is(value >>> 0, value)) isWhole = false;
  }
  if (isAbsent) return undefined;
  const type = !isWhole ? 3 : most < 2 ** 8 ? 0 : most < 2 ** 16 ? 1 : 2;
  const { BYTES_PER_ELEMENT } = TYPES[type];
  const encoded = new Uint8Array(HEAD_BYTES + values.length * BYTES_PER_ELEMENT);
  encoded[0] = type;
  new TYPES[type as 0](encoded.buffer, HEAD_BYTES).set(values);
  return encoded;
}

/** All of the same type, whatever lies there: code that meets several is slow. */
export function decodeColumn(encoded: Uint8Array): Float64Array {
  const type = TYPES[encoded[0] as 0];
  const start = encoded.byteOffset + HEAD_BYTES;
  if (start % HEAD_BYTES !== 0) return decodeColumn(new Uint8Array(encoded));
  const numbers = new type(
    encoded.buffer as ArrayBuffer,
    start,
    (encoded.length - HEAD_BYTES) / type.BYTES_PER_ELEMENT,
  );
  return numbers instanceof Float64Array ? numbers : new Float64Array(numbers);
}
