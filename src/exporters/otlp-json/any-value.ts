// Values and attributes as OTLP/JSON text. Runs for every attribute of every span: fast first, and whatever a user put into a value, never a throw.
import type { HrTime } from '@opentelemetry/api';

interface KnownKey {
  /** All that stands before the value. */
  readonly head: string;
  /** The same, into the value of an integer, of another number, and of a text. */
  readonly integerHead: string;
  readonly doubleHead: string;
  readonly textHead: string;
  /** The value seen last under this key: most (provider, model, host) stay the same from span to span. */
  value: unknown;
  /** Its text, made when it comes for the second time; empty until then. */
  text: string;
}

/** Keys repeat for ever; their text is made once. Bounded, because a broken host can make endless distinct keys. */
const MAX_KEYS = 2000;
const firstKeys = new Map<string, KnownKey>();
/** The same with a comma before them: one piece instead of two for V8 to put together. */
const nextKeys = new Map<string, KnownKey>();
/** Longer ones (prompts, if they are asked for) hardly repeat and are not held in memory. */
const MAX_KNOWN_LENGTH = 200;

/** What one value may hold in all before it is given up: guards against endless getters and values that share parts a million times. */
const MAX_NODES = 65_536;
const MAX_DEPTH = 32;
let nodes = 0;

/** `text`, which in JavaScript need not be one, as a JSON string that is valid UTF-8: halves of surrogate pairs become U+FFFD, as collectors refuse or damage them. */
export function quote(text: string): string {
  const whole = typeof text === 'string' ? text : String(text);
  return JSON.stringify(whole.isWellFormed() ? whole : whole.toWellFormed());
}

export interface EncodedAttributes {
  /** Comma-separated `KeyValue` objects, without the brackets. */
  readonly text: string;
  /** Attributes that OTLP has no value for (`undefined`, `null`, functions, symbols, bigints, circular or hostile objects). */
  readonly skipped: number;
}

export function encodeAttributes(attributes: object | undefined): EncodedAttributes {
  let text = '';
  let skipped = 0;
  if (attributes) {
    // Not Object.entries: this loop is most of what a span costs.
    for (const key of Object.keys(attributes)) {
      const encoded = encodeKeyValue(attributes as Record<string, unknown>, key, text === '');
      if (encoded === '') skipped += 1;
      else text += encoded;
    }
  }
  return { text, skipped };
}

function encodeKeyValue(attributes: Record<string, unknown>, key: string, isFirst: boolean): string {
  try {
    const known = isFirst ? knownKey(firstKeys, '', key) : knownKey(nextKeys, ',', key);
    const value = attributes[key];
    if (value === known.value) return (known.text ||= textOf(known, value));
    const text = textOf(known, value);
    if (typeof value !== 'object' && text.length < MAX_KNOWN_LENGTH) {
      known.value = value;
      known.text = '';
    }
    return text;
  } catch {
    return '';
  }
}

function textOf({ head, integerHead, doubleHead, textHead }: KnownKey, value: unknown): string {
  // What most are, of as few pieces as can be.
  if (typeof value === 'string') return `${textHead}${quote(value)}}}`;
  if (Number.isSafeInteger(value)) return `${integerHead}${value as number}"}}`;
  if (typeof value === 'number' && !Number.isInteger(value)) return `${doubleHead}${encodeDouble(value)}}}`;
  if (Array.isArray(value) && value.length === 1) {
    // As finish reasons are.
    const [only] = value as readonly unknown[];
    if (typeof only === 'string') return `${head}{"arrayValue":{"values":[{"stringValue":${quote(only)}}]}}}`;
  }
  const encoded = encodeAnyValue(value);
  return encoded === '' ? '' : `${head}${encoded}}`;
}

function knownKey(keys: Map<string, KnownKey>, before: string, key: string): KnownKey {
  let known = keys.get(key);
  if (known === undefined) {
    const head = `${before}{"key":${quote(key)},"value":`;
    known = {
      head,
      integerHead: `${head}{"intValue":"`,
      doubleHead: `${head}{"doubleValue":`,
      textHead: `${head}{"stringValue":`,
      value: undefined,
      text: '',
    };
    if (keys.size < MAX_KEYS) keys.set(key, known);
  }
  return known;
}

/** `value` as an OTLP `AnyValue` object; empty when OTLP has no value for it. Throws when it is circular, too large, or throws itself. */
export function encodeAnyValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `{"stringValue":${quote(value)}}`;
    case 'number':
      return encodeNumber(value);
    case 'boolean':
      return value ? '{"boolValue":true}' : '{"boolValue":false}';
    case 'object':
      if (value === null) return '';
      nodes = 0;
      return encodeObject(value, []);
    default:
      return '';
  }
}

function encodeNumber(value: number): string {
  if (!Number.isInteger(value)) return `{"doubleValue":${encodeDouble(value)}}`;
  // > 64-bit integers are encoded as decimal strings (proto3 JSON), so `String(value)` must not come out as 1e+21.
  if (Number.isSafeInteger(value)) return `{"intValue":"${value}"}`;
  return Math.abs(value) < 2 ** 63 ? `{"intValue":"${BigInt(value)}"}` : `{"doubleValue":${value}}`;
}

/** A double of proto3 JSON: JSON itself has no NaN and no infinity. */
export function encodeDouble(value: number): string {
  // Not `String(value)`: V8 holds the texts of the last some ten thousand numbers for reuse, and doubles hardly come twice.
  return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`;
}

function encodeObject(value: object, ancestors: object[]): string {
  if (ancestors.length >= MAX_DEPTH || ancestors.includes(value)) throw new RangeError('circular or too deep');
  if (value instanceof Uint8Array) {
    return `{"bytesValue":"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"}`;
  }
  ancestors.push(value);
  let items = '';
  const add = (item: string): void => {
    items += items === '' ? item : `,${item}`;
  };
  if (Array.isArray(value)) {
    // An element without a value stays as an empty AnyValue, so that the others keep their places.
    for (let index = 0; index < value.length; index++) add(encodeNode(value[index], ancestors) || '{}');
  } else {
    for (const key of Object.keys(value)) {
      const encoded = encodeNode((value as Record<string, unknown>)[key], ancestors);
      if (encoded !== '') add(`{"key":${quote(key)},"value":${encoded}}`);
    }
  }
  ancestors.pop();
  return `{"${Array.isArray(value) ? 'arrayValue' : 'kvlistValue'}":{"values":[${items}]}}`;
}

function encodeNode(value: unknown, ancestors: object[]): string {
  nodes += 1;
  if (nodes > MAX_NODES) throw new RangeError('too large');
  return typeof value === 'object' && value !== null ? encodeObject(value, ancestors) : encodeAnyValue(value);
}

/** `000` to `999`. */
const DIGITS = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));
/** The millisecond seen last, in seconds and milliseconds, and its digits: many spans begin and end in one. */
let lastSeconds = 0;
let lastMillis = 0;
let lastHead = '';

/** Seconds and nanoseconds as the decimal string of a `fixed64` of nanoseconds. */
export function encodeTime(time: HrTime): string {
  const [seconds, nanos] = time;
  if (seconds > 0 && nanos >= 0 && nanos < 1e9 && Number.isInteger(nanos) && Number.isInteger(seconds)) {
    const millis = Math.trunc(nanos / 1_000_000);
    if (millis !== lastMillis || seconds !== lastSeconds) {
      lastHead = `"${seconds}${DIGITS[millis]}`;
      lastSeconds = seconds;
      lastMillis = millis;
    }
    // By threes: V8 would hold the text of a number that never comes again.
    return `${lastHead}${DIGITS[Math.trunc(nanos / 1000) % 1000]}${DIGITS[nanos % 1000]}"`;
  }
  const whole = Number.isFinite(seconds) && Number.isFinite(nanos);
  const total = whole ? BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanos)) : 0n;
  // The field is unsigned: a time before 1970 is a broken clock.
  return `"${total > 0n ? total : 0n}"`;
}

/** The 16 or 32 hex digits of an id; quoted like any text, so that a line is a line whatever stands there. */
export function encodeId(id: string): string {
  return typeof id === 'string' ? JSON.stringify(id) : '""';
}
