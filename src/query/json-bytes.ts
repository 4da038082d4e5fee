// Reads JSON where it lies, in bytes: texts, numbers, and what is met again and again. What it takes, JSON.parse takes too and for the same; the rest is
// left to it.

/** Some bytes to be met again, in words of four. */
export interface Literal {
  readonly length: number;
  readonly words: Uint32Array;
  /** Those that fill no word. */
  readonly rest: Uint8Array;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const [QUOTE, COMMA, DOT, ZERO, NINE, BACKSLASH] = [0x22, 0x2c, 0x2e, 0x30, 0x39, 0x5c];
const [OPENING_BRACKET, BRACKET, OPENING_BRACE, BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
/** Digits that a double holds whatever they are. */
const SAFE_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: SAFE_DIGITS + 1 }, (_, power) => 10 ** power);
const MAX_INTERNED = 4096;
const MAX_INTERNED_LENGTH = 64;

export class JsonBytes {
  bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Whether the text that was last found to end is of ASCII that stands for itself. */
  isPlain = true;
  /** That text, where finding its end took decoding it. */
  #decoded: string | undefined;
  readonly #interned = Array.from<{ readonly text: string; readonly literal: Literal } | undefined>({
    length: MAX_INTERNED,
  });

  /** @param bytes UTF-8, which is read from now on. */
  take(bytes: Buffer): void {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  is(expected: Literal, at: number): boolean {
    const { words, rest, length } = expected;
    const view = this.#view;
    if (at < 0 || at + length > view.byteLength) return false;
    let place = at;
    for (let index = 0; index < words.length; index++, place += 4) {
      if (view.getUint32(place) !== words[index]) return false;
    }
    for (let index = 0; index < rest.length; index++) if (view.getUint8(place + index) !== rest[index]) return false;
    return true;
  }

  /** The place behind what is expected when it stands at `at`, else -1. */
  after(expected: Literal, at: number): number {
    return this.is(expected, at) ? at + expected.length : -1;
  }

  /** Where the text that begins at `at` ends: its quote. -1 when it is none. */
  textEnd(at: number): number {
    if (at === -1) return -1;
    const { bytes } = this;
    for (let end = at; end < bytes.length; end++) {
      const code = bytes[end] as number;
      if (code === QUOTE) {
        this.isPlain = true;
        return end;
      }
      // A backslash escapes, and beyond ASCII a character is several bytes.
      if (code === BACKSLASH || code > 0x7e) return this.#notPlainEnd(at, end);
      // > All Unicode characters may be placed within the quotation marks, except for the characters that MUST be escaped: quotation mark, reverse
      // > solidus, and the control characters.
      if (code < 0x20) return -1;
    }
    return -1;
  }

  #notPlainEnd(start: number, from: number): number {
    const { bytes } = this;
    let hasEscapes = false;
    for (let end = from; end < bytes.length; end++) {
      const code = bytes[end] as number;
      if (code < 0x20) return -1;
      if (code === BACKSLASH) {
        hasEscapes = true;
        end += 1;
      } else if (code === QUOTE) {
        this.isPlain = false;
        this.#decoded = hasEscapes ? (parsed(bytes, start - 1, end + 1) as string | undefined) : undefined;
        return hasEscapes && this.#decoded === undefined ? -1 : end;
      }
    }
    return -1;
  }

  /** The text whose end was found last. One that was seen before is not made again. */
  text(from: number, end: number): string {
    const { bytes } = this;
    if (!this.isPlain) return this.#decoded ?? bytes.toString('utf8', from, end);
    if (end - from > MAX_INTERNED_LENGTH) return bytes.toString('latin1', from, end);
    let hash = 0;
    for (let at = from; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    const slot = hash & (MAX_INTERNED - 1);
    const known = this.#interned[slot];
    if (known !== undefined && known.text.length === end - from && this.is(known.literal, from)) return known.text;
    const text = bytes.toString('latin1', from, end);
    this.#interned[slot] = { text, literal: literal(bytes, from, end) };
    return text;
  }

  /** Digits of a text as a number, whatever else as it is written. */
  int(from: number, end: number): number | string {
    const { bytes } = this;
    if (end === from || end - from > SAFE_DIGITS || (bytes[from] === ZERO && end - from > 1))
      return bytes.toString('latin1', from, end);
    let number = 0;
    for (let at = from; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) return bytes.toString('latin1', from, end);
      number = number * 10 + digit;
    }
    return number;
  }

  /** The number from `from` on, before `end`; `NaN` when it is none. */
  number(from: number, end: number): number {
    const quick = this.#plainNumber(from, end);
    if (!Number.isNaN(quick)) return quick;
    const written = this.bytes.toString('latin1', from, end);
    return NUMBER.test(written) ? Number(written) : Number.NaN;
  }

  /** `NaN` when it is better left to JavaScript: a quotient of so few digits is the very same double. */
  #plainNumber(from: number, end: number): number {
    const { bytes } = this;
    let number = 0;
    let digits = 0;
    let fraction = -1;
    for (let at = from; at < end; at++, digits++) {
      const code = bytes[at] as number;
      if (code === DOT && fraction === -1 && digits > 0) {
        // It is none of the digits that are counted.
        fraction = digits--;
        continue;
      }
      if (code < ZERO || code > NINE || digits >= SAFE_DIGITS) return Number.NaN;
      number = number * 10 + code - ZERO;
    }
    // > A JSON number has no leading zeros, and digits on both sides of the point.
    if (digits === 0 || fraction === digits || (bytes[from] === ZERO && (fraction === -1 ? digits : fraction) > 1))
      return Number.NaN;
    return fraction === -1 ? number : number / (POWERS_OF_TEN[digits - fraction] as number);
  }

  /** Where the value without quotes that begins at `at` ends. */
  bareEnd(at: number): number {
    const { bytes } = this;
    let end = at;
    while (end < bytes.length && bytes[end] !== BRACE && bytes[end] !== COMMA && bytes[end] !== BRACKET) end += 1;
    return end;
  }

  /** The place behind a list of anything; -1 when it is no JSON. */
  listEnd(start: number): number {
    const { bytes } = this;
    if (bytes[start] === OPENING_BRACKET && bytes[start + 1] === BRACKET) return start + 2;
    let depth = 0;
    for (let at = start; at < bytes.length; at++) {
      const code = bytes[at];
      if (code === QUOTE) {
        at = this.textEnd(at + 1);
        if (at === -1) return -1;
      } else if (code === OPENING_BRACKET || code === OPENING_BRACE) {
        depth += 1;
      } else if ((code === BRACKET || code === BRACE) && --depth === 0) {
        return Array.isArray(parsed(bytes, start, at + 1)) ? at + 1 : -1;
      }
    }
    return -1;
  }
}

/** Of bytes from a place on, before another; of ASCII when it is a text. */
export function literal(from: string | Buffer, start = 0, end = from.length): Literal {
  const bytes = typeof from === 'string' ? Buffer.from(from, 'latin1') : Buffer.from(from.subarray(start, end));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = Uint32Array.from({ length: bytes.length >>> 2 }, (_, index) => view.getUint32(4 * index));
  return { length: bytes.length, words, rest: Uint8Array.from(bytes.subarray(4 * words.length)) };
}

/** `undefined` when it is no JSON. */
function parsed(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    return undefined;
  }
}
