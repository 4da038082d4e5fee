// Reads the span of a line as our exporter writes it, in a third of the time that JSON.parse takes. It must never say another thing than
// JSON.parse does: what is not exactly of that form is left to it.
import { type AnyValue, type SpanJson } from './otlp-json.ts';

/** Some bytes to be met again, in words of four. */
interface Literal {
  readonly length: number;
  readonly words: Uint32Array;
  /** Those that fill no word. */
  readonly rest: Uint8Array;
}

/** `{"key":"…","value":{"stringValue":"` and its like, as it stood in an earlier line. */
interface Opening extends Literal {
  readonly key: string;
  readonly kind: number;
  /** What followed it last: attributes mostly come in the same order. */
  next: Opening | undefined;
}

const KINDS = ['stringValue":"', 'intValue":"', 'doubleValue":', 'boolValue":', 'arrayValue":{"values":['].map(literal);
const [STRING, INT, DOUBLE, BOOL] = [0, 1, 2, 3];
const KEY = literal('{"key":"');
const VALUE = literal('","value":{"');
const TRACE_ID = literal('{"traceId":"');
const SPAN_ID = literal('","spanId":"');
const TRACE_STATE = literal('","traceState":"');
const PARENT = literal('","parentSpanId":"');
const FLAGS = literal('","flags":');
const NAME = literal(',"name":"');
const SPAN_KIND = literal('","kind":');
const START = literal(',"startTimeUnixNano":"');
const END = literal('","endTimeUnixNano":"');
const ATTRIBUTES = literal('","attributes":[');
const EVENTS = literal(',"events":');
const STATUS = literal(',"status":{"code":');
const MESSAGE = literal(',"message":"');
const TEXT = literal('{"stringValue":"');
/** Closes span, spans, scope, scopes, resource, resources and line. */
const LINE_END = literal('}]}]}]}');
const TRUE = literal('true');
const FALSE = literal('false');
const SPANS = '"spans":[';
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const [QUOTE, COMMA, DOT, ZERO, NINE, BACKSLASH] = [0x22, 0x2c, 0x2e, 0x30, 0x39, 0x5c];
const [OPENING_BRACKET, BRACKET, OPENING_BRACE, BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
/** Digits that a double holds whatever they are. */
const SAFE_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: SAFE_DIGITS + 1 }, (_, power) => 10 ** power);
/** Keys and names are the program's and mostly few; of one that makes up ever new ones, no more are remembered. */
const MAX_REMEMBERED = 4096;
const MAX_INTERNED_LENGTH = 64;

/** Remembers what lines begin with and what follows what, so that it is compared and not read again. One for each reader of lines. */
export class SpanScanner {
  readonly #openings = new Map<string, Opening>();
  readonly #interned = Array.from<{ readonly text: string; readonly literal: Literal } | undefined>({
    length: MAX_REMEMBERED,
  });
  #first: Opening | undefined;
  /** What a line begins with up to its first span; known to be sound. */
  #head: Literal | undefined;
  /** The attributes of the resource of the line that was scanned last. */
  resourceAttributes: unknown;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** @param bytes the lines that are read from now on. */
  take(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @returns the one span of the line from `start` to `end`, or `undefined` when the line is to be read by JSON.parse. */
  scan(start: number, end: number): SpanJson | undefined {
    if (this.#head === undefined || !this.#is(this.#head, start)) {
      this.#head = this.#headAt(start, end);
      if (this.#head === undefined) return undefined;
    }
    const bytes = this.#bytes;
    const traceId = this.#after(TRACE_ID, start + this.#head.length);
    const traceIdEnd = this.#textEnd(traceId);
    const spanId = this.#after(SPAN_ID, traceIdEnd);
    const spanIdEnd = this.#textEnd(spanId);
    let at = spanIdEnd;
    if (this.#is(TRACE_STATE, at)) at = this.#textEnd(at + TRACE_STATE.length);
    if (this.#is(PARENT, at)) at = this.#textEnd(at + PARENT.length);
    at = this.#digitsEnd(this.#after(FLAGS, at));
    at = this.#textEnd(this.#after(NAME, at));
    at = this.#digitsEnd(this.#after(SPAN_KIND, at));
    const startTime = this.#after(START, at);
    const startTimeEnd = this.#textEnd(startTime);
    const endTime = this.#after(END, startTimeEnd);
    const endTimeEnd = this.#textEnd(endTime);
    const list = this.#after(ATTRIBUTES, endTimeEnd);
    if (list === -1) return undefined;
    const attributes: { key: string; value: AnyValue }[] = [];
    at = this.#attributes(list, attributes);
    if (this.#is(EVENTS, at)) at = this.#listEnd(at + EVENTS.length);
    let status: { code: number } | undefined;
    if (this.#is(STATUS, at)) {
      const digit = at + STATUS.length;
      status = { code: (bytes[digit] as number) - ZERO };
      at = this.#digitsEnd(digit);
      // No status has a code of two.
      if (at !== digit + 1) return undefined;
      if (this.#is(MESSAGE, at)) at = this.#textEnd(at + MESSAGE.length) + 1;
      if (at <= 0 || bytes[at] !== BRACE) return undefined;
      at += 1;
    }
    if (at === -1 || at + LINE_END.length !== end || !this.#is(LINE_END, at)) return undefined;
    return {
      traceId: bytes.toString('latin1', traceId, traceIdEnd),
      spanId: bytes.toString('latin1', spanId, spanIdEnd),
      startTimeUnixNano: bytes.toString('latin1', startTime, startTimeEnd),
      endTimeUnixNano: bytes.toString('latin1', endTime, endTimeEnd),
      attributes,
      status,
    };
  }

  /** @returns the place behind the list, -1 when it is none that is known. */
  #attributes(start: number, attributes: { key: string; value: AnyValue }[]): number {
    const bytes = this.#bytes;
    let at = start;
    let before: Opening | undefined;
    for (;;) {
      let opening: Opening | undefined = before === undefined ? this.#first : before.next;
      if (opening === undefined || !this.#is(opening, at)) {
        opening = this.#openingAt(at);
        if (opening === undefined) return -1;
        if (before === undefined) this.#first = opening;
        else before.next = opening;
      }
      before = opening;
      const { kind } = opening;
      const from = at + opening.length;
      let value: AnyValue;
      if (kind === STRING || kind === INT) {
        const end = this.#textEnd(from);
        if (end === -1) return -1;
        value = kind === STRING ? { stringValue: this.#text(from, end) } : { intValue: this.#int(from, end) };
        at = end + 1;
      } else if (kind === DOUBLE) {
        at = from;
        const number = this.#number(from);
        while (bytes[at] !== BRACE && at < bytes.length) at += 1;
        if (Number.isNaN(number)) {
          const written = bytes.toString('latin1', from, at);
          if (!NUMBER.test(written)) return -1;
          value = { doubleValue: Number(written) };
        } else {
          value = { doubleValue: number };
        }
      } else if (kind === BOOL) {
        const isTrue = this.#is(TRUE, from);
        if (!isTrue && !this.#is(FALSE, from)) return -1;
        at = from + (isTrue ? 4 : 5);
        value = { boolValue: isTrue };
      } else {
        const values: AnyValue[] = [];
        at = this.#texts(from, values);
        if (at === -1) return -1;
        value = { arrayValue: { values } };
      }
      if (bytes[at] !== BRACE || bytes[at + 1] !== BRACE) return -1;
      attributes.push({ key: opening.key, value });
      at += 3;
      if (bytes[at - 1] === COMMA) continue;
      return bytes[at - 1] === BRACKET ? at : -1;
    }
  }

  #openingAt(at: number): Opening | undefined {
    const key = this.#after(KEY, at);
    const keyEnd = this.#textEnd(key);
    const kindAt = this.#after(VALUE, keyEnd);
    if (kindAt === -1) return undefined;
    const kind = KINDS.findIndex((each) => this.#is(each, kindAt));
    if (kind === -1) return undefined;
    const whole = this.#bytes.toString('latin1', at, kindAt + (KINDS[kind] as Literal).length);
    let opening = this.#openings.get(whole);
    if (opening === undefined) {
      const name = this.#bytes.toString('latin1', key, keyEnd);
      opening = { ...literal(whole), key: name, kind, next: undefined };
      if (this.#openings.size < MAX_REMEMBERED) this.#openings.set(whole, opening);
    }
    return opening;
  }

  /** `{"stringValue":"a"},{"stringValue":"b"}]}`: @returns the place behind it, -1 when it is something else. */
  #texts(start: number, values: AnyValue[]): number {
    const bytes = this.#bytes;
    let at = start;
    if (bytes[at] === BRACKET) return bytes[at + 1] === BRACE ? at + 2 : -1;
    for (;;) {
      const from = this.#after(TEXT, at);
      const end = this.#textEnd(from);
      if (end === -1 || bytes[end + 1] !== BRACE) return -1;
      values.push({ stringValue: this.#text(from, end) });
      at = end + 3;
      if (bytes[end + 2] === COMMA) continue;
      return bytes[end + 2] === BRACKET && bytes[at] === BRACE ? at + 1 : -1;
    }
  }

  /** The place behind a list of anything; -1 when it is no JSON. */
  #listEnd(start: number): number {
    const bytes = this.#bytes;
    let depth = 0;
    for (let at = start; at < bytes.length; at++) {
      const code = bytes[at];
      if (code === QUOTE) {
        at = this.#textEnd(at + 1);
        if (at === -1) return -1;
      } else if (code === OPENING_BRACKET || code === OPENING_BRACE) {
        depth += 1;
      } else if ((code === BRACKET || code === BRACE) && --depth === 0) {
        return isList(bytes.toString('latin1', start, at + 1)) ? at + 1 : -1;
      }
    }
    return -1;
  }

  /** A text that was seen before is not made again. */
  #text(from: number, end: number): string {
    const bytes = this.#bytes;
    if (end - from > MAX_INTERNED_LENGTH) return bytes.toString('latin1', from, end);
    let hash = 0;
    for (let at = from; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    const slot = hash & (MAX_REMEMBERED - 1);
    const known = this.#interned[slot];
    if (known !== undefined && known.text.length === end - from && this.#is(known.literal, from)) return known.text;
    const text = bytes.toString('latin1', from, end);
    this.#interned[slot] = { text, literal: literal(text) };
    return text;
  }

  /** Digits as a number, whatever else as it is written. */
  #int(from: number, end: number): number | string {
    const bytes = this.#bytes;
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

  /** `NaN` when it is better left to JavaScript: a quotient of so few digits is the very same double. */
  #number(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    let number = 0;
    let digits = 0;
    let fraction = -1;
    for (; bytes[at] !== BRACE; at++, digits++) {
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

  /** The place behind what is expected when it stands at `at`, else -1. */
  #after(expected: Literal, at: number): number {
    return at !== -1 && this.#is(expected, at) ? at + expected.length : -1;
  }

  #is(expected: Literal, at: number): boolean {
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

  /** Where the text that begins at `at` ends: its quote. -1 when there is anything in it that may mean more than itself. */
  #textEnd(at: number): number {
    if (at === -1) return -1;
    const bytes = this.#bytes;
    for (let end = at; end < bytes.length; end++) {
      const code = bytes[end] as number;
      if (code === QUOTE) return end;
      // Control characters are no JSON, a backslash escapes, and beyond ASCII a character is several bytes.
      if (code < 0x20 || code === BACKSLASH || code > 0x7e) return -1;
    }
    return -1;
  }

  /** Behind a whole number of a few digits. */
  #digitsEnd(at: number): number {
    if (at === -1) return -1;
    const bytes = this.#bytes;
    let end = at;
    while ((bytes[end] as number) >= ZERO && (bytes[end] as number) <= NINE) end += 1;
    return end === at || end - at > SAFE_DIGITS || (bytes[at] === ZERO && end - at > 1) ? -1 : end;
  }

  /** The line up to its spans, when it has one resource with one scope, and is JSON with the brackets closed. */
  #headAt(start: number, end: number): Literal | undefined {
    // Not beyond the line: where others write it otherwise, each line would look through all that follow.
    const line = this.#bytes.subarray(start, end);
    const spans = line.indexOf(SPANS, 0, 'latin1');
    if (spans === -1) return undefined;
    const head = line.toString('latin1', 0, spans + SPANS.length);
    // Beyond ASCII its characters are not those that were written.
    if (!/^[ -~]*$/.test(head)) return undefined;
    try {
      const whole = JSON.parse(`${head}]}]}]}`) as {
        resourceSpans: { resource?: { attributes?: unknown }; scopeSpans: { spans: unknown[] }[] }[];
      };
      const [resource, ...others] = whole.resourceSpans;
      const [scope, ...more] = resource?.scopeSpans ?? [];
      const isOne = Object.keys(whole).length === 1 && others.length === 0 && more.length === 0;
      if (!isOne || scope?.spans.length !== 0) return undefined;
      this.resourceAttributes = resource?.resource?.attributes;
      return literal(head);
    } catch {
      return undefined;
    }
  }
}

function isList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

function literal(text: string): Literal {
  const bytes = Buffer.from(text, 'latin1');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = Uint32Array.from({ length: bytes.length >>> 2 }, (_, index) => view.getUint32(4 * index));
  return { length: bytes.length, words, rest: Uint8Array.from(bytes.subarray(4 * words.length)) };
}
