// Reads the spans of a line as exporters write them, in a third of the time that JSON.parse takes: with no blanks between or one behind each colon and
// comma, and the fields and attributes mostly in the order of the line before. It must never say another thing than JSON.parse does: what is not of that form is left to it.
import { JsonBytes, type Literal, literal } from './json-bytes.ts';
import { type AnyValue, type SpanJson } from './otlp-json.ts';
import {
  ATTRIBUTES,
  BOOL,
  DOUBLE,
  END,
  FIELD_COUNT,
  INT,
  LAST_DIGITS,
  LAST_TEXT,
  SPAN_ID,
  SPELLINGS,
  type Spelling,
  START,
  STATUS,
  STRING,
  TRACE_ID,
} from './span-spelling.ts';

const TRUE = literal('true');
const FALSE = literal('false');

/** `{"key":"…","value":{"stringValue":"` and its like, as it stood in an earlier line. */
interface Opening extends Literal {
  readonly key: string;
  /** Which of {@link Spelling.valueStarts} it ends in. */
  readonly kind: number;
  /** What followed it last: attributes mostly come in the same order. */
  next: Opening | undefined;
}

const [BLANK, QUOTE, COMMA, ZERO, NINE] = [0x20, 0x22, 0x2c, 0x30, 0x39];
const [BRACKET, OPENING_BRACE, BRACE] = [0x5d, 0x7b, 0x7d];
/** Keys are the program's and mostly few; of one that makes up ever new ones, no more are remembered. */
const MAX_REMEMBERED = 4096;

/** What a line has before its spans and behind them; known to be sound, and of one resource and one scope. */
interface Frame {
  readonly head: Literal;
  readonly tail: Literal;
  /** The attributes of the resource. */
  readonly attributes: unknown;
}

/** Remembers what lines have around their spans and what follows what, so that it is compared and not read again. One for each reader of lines. */
export class SpanScanner {
  readonly #json = new JsonBytes();
  readonly #openings = new Map<string, Opening>();
  #first: Opening | undefined;
  /** For each field the number of the one that followed it last, and of the first at the end. */
  readonly #next = new Uint8Array(FIELD_COUNT + 1);
  #frame: Frame | undefined;
  /** Of the last line. */
  #spelling: Spelling = SPELLINGS[0];
  /** Where reading has come to. */
  #at = 0;

  /** The attributes of the resource of the line that was scanned last. */
  get resourceAttributes(): unknown {
    return this.#frame?.attributes;
  }

  /** @param bytes the lines that are read from now on. */
  take(bytes: Buffer): void {
    this.#json.take(bytes);
  }

  /** @returns the spans of the line from `start` to `end`, or `undefined` when the line is to be read by JSON.parse. */
  scan(start: number, end: number): SpanJson[] | undefined {
    const { bytes } = this.#json;
    let headEnd = this.#frame === undefined ? -1 : this.#json.after(this.#frame.head, start);
    if (headEnd === -1) {
      // Not beyond the line: where others write it otherwise, each line would look through all that follow.
      const line = bytes.subarray(start, end);
      const found = SPELLINGS.find(({ spans }) => line.includes(spans, 0, 'latin1'));
      if (found === undefined) return undefined;
      this.#spelling = found;
      this.#frame = undefined;
      headEnd = start + line.indexOf(found.spans, 0, 'latin1') + found.spans.length;
    }
    this.#at = headEnd;
    const found: SpanJson[] = [];
    for (;;) {
      const span = this.#span();
      if (span === undefined) return undefined;
      found.push(span);
      if (bytes[this.#at] !== COMMA) break;
      this.#at = this.#behindComma(this.#at);
    }
    const tail = this.#at;
    if (this.#frame === undefined || tail + this.#frame.tail.length !== end || !this.#json.is(this.#frame.tail, tail))
      this.#frame = frameOf(bytes, [start, headEnd], [tail, end]);
    return this.#frame === undefined ? undefined : found;
  }

  /** The span that begins where reading has come to, and ends where it then has. */
  #span(): SpanJson | undefined {
    const json = this.#json;
    const { bytes } = json;
    let at = this.#at;
    if (bytes[at++] !== OPENING_BRACE) return undefined;
    let [traceId, spanId] = ['', ''];
    let [startTimeUnixNano, endTimeUnixNano]: (string | number | undefined)[] = [];
    let attributes: Attribute[] | undefined;
    let status: Status | undefined;
    /** A bit for each field: none may come twice. */
    let seen = 0;
    let field = FIELD_COUNT;
    for (;;) {
      field = this.#fieldAt(at, field);
      if (field === -1 || ((seen >>> field) & 1) === 1) return undefined;
      seen |= 1 << field;
      const from = at + (this.#spelling.fields[field] as Literal).length;
      if (field === START || field === END) {
        at = this.#timeEnd(from);
        const time = at === -1 ? undefined : this.#time(from, at);
        if (field === START) startTimeUnixNano = time;
        else endTimeUnixNano = time;
      } else if (field === ATTRIBUTES) {
        attributes = [];
        at = this.#attributes(from, attributes);
      } else if (field === STATUS) {
        status = { code: undefined };
        at = this.#status(from, status);
      } else if (field <= LAST_TEXT) {
        at = json.textEnd(from) + 1;
        if (at === 0) return undefined;
        // What is no hexadecimal id is told further on.
        if (field === TRACE_ID) traceId = bytes.toString('latin1', from, at - 1);
        else if (field === SPAN_ID) spanId = bytes.toString('latin1', from, at - 1);
      } else {
        at = field <= LAST_DIGITS ? this.#digitsEnd(from) : json.listEnd(from);
      }
      if (at === -1) return undefined;
      if (bytes[at] === COMMA) {
        at = this.#behindComma(at);
        continue;
      }
      this.#at = at + 1;
      return bytes[at] === BRACE
        ? { traceId, spanId, startTimeUnixNano, endTimeUnixNano, attributes, status }
        : undefined;
    }
  }

  /** @returns -1 when what is there is not as it is spelled. */
  #behindComma(at: number): number {
    const { gap } = this.#spelling;
    return gap === 0 ? at + 1 : this.#json.bytes[at + 1] === BLANK ? at + 2 : -1;
  }

  /** 64-bit integers are texts in protobuf's JSON, and numbers in many writers'. @returns the place behind it, -1 when it is neither. */
  #timeEnd(at: number): number {
    if (this.#json.bytes[at] !== QUOTE) return this.#digitsEnd(at);
    const end = this.#json.textEnd(at + 1);
    return end === -1 || !this.#json.isPlain ? -1 : end + 1;
  }

  #time(from: number, end: number): string | number {
    const { bytes } = this.#json;
    return bytes[from] === QUOTE
      ? bytes.toString('latin1', from + 1, end - 1)
      : Number(bytes.toString('latin1', from, end));
  }

  /** The number of the field that stands at `at`, -1 when it is none that is known. */
  #fieldAt(at: number, before: number): number {
    const expected = this.#next[before] as number;
    const { fields } = this.#spelling;
    if (this.#json.is(fields[expected] as Literal, at)) return expected;
    const number = fields.findIndex((field) => this.#json.is(field, at));
    if (number !== -1) this.#next[before] = number;
    return number;
  }

  /** Behind a whole number. */
  #digitsEnd(at: number): number {
    const { bytes } = this.#json;
    let end = at;
    while ((bytes[end] as number) >= ZERO && (bytes[end] as number) <= NINE) end += 1;
    return end === at || (bytes[at] === ZERO && end - at > 1) ? -1 : end;
  }

  /** @returns the place behind the list, -1 when it is none that is known. */
  #attributes(start: number, attributes: Attribute[]): number {
    const json = this.#json;
    const { bytes } = json;
    let at = start;
    if (bytes[at] === BRACKET) return at + 1;
    let before: Opening | undefined;
    for (;;) {
      let opening: Opening | undefined = before === undefined ? this.#first : before.next;
      if (opening === undefined || !json.is(opening, at)) {
        opening = this.#openingAt(at);
        if (opening === undefined) return -1;
        if (before === undefined) this.#first = opening;
        else before.next = opening;
      }
      before = opening;
      const { kind } = opening;
      const from = at + opening.length;
      let value: AnyValue;
      if (kind === STRING) {
        const end = json.textEnd(from);
        if (end === -1) return -1;
        value = { stringValue: json.text(from, end) };
        at = end + 1;
      } else if (kind === INT && bytes[from] === QUOTE) {
        const end = json.textEnd(from + 1);
        if (end === -1 || !json.isPlain) return -1;
        value = { intValue: json.int(from + 1, end) };
        at = end + 1;
      } else if (kind === DOUBLE || kind === INT) {
        at = json.bareEnd(from);
        const number = json.number(from, at);
        if (Number.isNaN(number)) return -1;
        value = kind === DOUBLE ? { doubleValue: number } : { intValue: number };
      } else if (kind === BOOL) {
        const isTrue = json.is(TRUE, from);
        if (!isTrue && !json.is(FALSE, from)) return -1;
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
      at += 2;
      if (bytes[at] !== COMMA) return bytes[at] === BRACKET ? at + 1 : -1;
      at = this.#behindComma(at);
    }
  }

  #openingAt(at: number): Opening | undefined {
    const json = this.#json;
    const spelled = this.#spelling;
    const key = json.after(spelled.key, at);
    const keyEnd = json.textEnd(key);
    if (keyEnd === -1) return undefined;
    const name = json.text(key, keyEnd);
    const kindAt = json.after(spelled.value, keyEnd);
    const kind = spelled.valueStarts.findIndex((start) => json.is(start, kindAt));
    if (kind === -1) return undefined;
    const end = kindAt + (spelled.valueStarts[kind] as Literal).length;
    const whole = json.bytes.toString('latin1', at, end);
    let opening = this.#openings.get(whole);
    if (opening === undefined) {
      opening = { ...literal(json.bytes, at, end), key: name, kind, next: undefined };
      if (this.#openings.size < MAX_REMEMBERED) this.#openings.set(whole, opening);
    }
    return opening;
  }

  /** `{"stringValue":"a"},{"stringValue":"b"}]}`: @returns the place behind it, -1 when it is something else. */
  #texts(start: number, values: AnyValue[]): number {
    const json = this.#json;
    const { bytes } = json;
    let at = start;
    if (bytes[at] === BRACKET) return bytes[at + 1] === BRACE ? at + 2 : -1;
    for (;;) {
      const from = json.after(this.#spelling.text, at);
      const end = json.textEnd(from);
      if (end === -1 || bytes[end + 1] !== BRACE) return -1;
      values.push({ stringValue: json.text(from, end) });
      at = end + 2;
      if (bytes[at] !== COMMA) return bytes[at] === BRACKET && bytes[at + 1] === BRACE ? at + 2 : -1;
      at = this.#behindComma(at);
    }
  }

  /** `"code":2,"message":"…"}`, with one of them or none: @returns the place behind it, -1 when it is something else. */
  #status(start: number, status: Status): number {
    const json = this.#json;
    const { bytes } = json;
    const { code, message } = this.#spelling;
    if (bytes[start] === BRACE) return start + 1;
    let hasMessage = false;
    for (let at = start; ; at = this.#behindComma(at)) {
      if (json.is(code, at) && status.code === undefined) {
        const digits = at + code.length;
        at = this.#digitsEnd(digits);
        if (at === -1) return -1;
        status.code = Number(bytes.toString('latin1', digits, at));
      } else if (json.is(message, at) && !hasMessage) {
        hasMessage = true;
        at = json.textEnd(at + message.length) + 1;
        if (at === 0) return -1;
      } else {
        return -1;
      }
      if (bytes[at] === BRACE) return at + 1;
      if (bytes[at] !== COMMA) return -1;
    }
  }
}

interface Status {
  code: number | undefined;
}

interface Attribute {
  readonly key: string;
  readonly value: AnyValue;
}

type Range = readonly [start: number, end: number];

/** When a line of no spans with that head and tail is JSON, and has one resource with one scope. */
function frameOf(bytes: Buffer, head: Range, tail: Range): Frame | undefined {
  const text = [head, tail].map(([start, end]) => bytes.toString('utf8', start, end)).join('');
  // Beyond the spans there must be none, under whatever spelling.
  if (text.indexOf('"spans"') !== text.lastIndexOf('"spans"') || /\\u/.test(text)) return undefined;
  try {
    const line = JSON.parse(text) as {
      resourceSpans: { resource?: { attributes?: unknown }; scopeSpans: { spans: unknown[] }[] }[];
    };
    const [resource, ...others] = line.resourceSpans;
    const [scope, ...more] = resource?.scopeSpans ?? [];
    const isOne = Object.keys(line).length === 1 && others.length === 0 && more.length === 0;
    if (!isOne || scope?.spans.length !== 0) return undefined;
    return { head: literal(bytes, ...head), tail: literal(bytes, ...tail), attributes: resource?.resource?.attributes };
  } catch {
    return undefined;
  }
}
