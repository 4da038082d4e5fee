// OTLP/JSON read back: lines of the OTLP file exporter format, ours or a collector's. Trusts nothing: a line may be damaged and still be JSON.

export interface AnyValue {
  readonly stringValue?: unknown;
  readonly intValue?: unknown;
  readonly doubleValue?: unknown;
  readonly boolValue?: unknown;
  readonly arrayValue?: { readonly values?: unknown };
}

/** A span of which only the outer shape is known. */
export interface SpanJson {
  readonly traceId: string;
  readonly spanId: string;
  readonly startTimeUnixNano: unknown;
  readonly endTimeUnixNano: unknown;
  readonly attributes?: unknown;
  readonly status?: unknown;
}

const TRACE_ID = /^[0-9a-fA-F]{32}$/;
const SPAN_ID = /^[0-9a-fA-F]{16}$/;
/** The year 2554: where 64 bits of nanoseconds end. What is said to be later is damage, and no date to `Date` further on. */
const END_OF_TIME_MILLIS = 2 ** 64 / 1e6;

/**
 * Calls `take` with every span of a line of traces.
 * @returns whether the line is whole. The sound spans of a damaged line are taken all the same.
 */
export function forEachSpan(line: string, take: (span: SpanJson) => boolean): boolean {
  const data = parse(line);
  if (data === undefined) {
    // A server of files that lost its last writes leaves NULs in their place, and the writer goes on behind them. JSON has no NUL in it,
    // so what follows them and parses was written whole.
    const afterNuls = line.lastIndexOf('\0') + 1;
    if (afterNuls > 0) forEachSpan(line.slice(afterNuls), take);
    return false;
  }
  if (!isObject(data)) return false;
  const resources = data.resourceSpans;
  // An empty message is `{}` in protobuf's JSON; anything else without spans is damage or not a line of traces.
  if (resources === undefined) return Object.keys(data).length === 0;
  return everyOf(resources, (resource) =>
    everyOf(resource.scopeSpans, (scope) => everyOf(scope.spans, (span) => isSpan(span) && take(span))),
  );
}

/** Attributes of a span that have the right shape, and whether all have. */
export function forEachAttribute(attributes: unknown, take: (key: string, value: AnyValue) => boolean): boolean {
  if (attributes === undefined) return true;
  return everyOf(attributes, ({ key, value }) => {
    if (typeof key !== 'string') return false;
    // An attribute of no value has none, or an empty one.
    return value === undefined || (isObject(value) && take(key, value));
  });
}

interface Millis {
  readonly millis: number;
  readonly rest: number;
}

/** Milliseconds since the epoch, with fraction; `NaN` when it is no time. Nanoseconds are past what a double holds, so the digits are split. */
export function millisOfNanos(nanos: unknown): Millis {
  // 0 is what a clock before 1970 is written as: wrong, but the call was made.
  if (typeof nanos === 'string' && /^\d{1,20}$/.test(nanos)) {
    return { millis: timeOrNaN(Number(nanos.slice(0, -6))), rest: Number(nanos.slice(-6)) / 1e6 };
  }
  return { millis: typeof nanos === 'number' ? timeOrNaN(nanos / 1e6) : Number.NaN, rest: 0 };
}

/** `NaN` when one of the times is none. */
export function durationMillis(start: Millis, end: Millis): number {
  // Clocks are set back now and then: it took no time we know of, but was done.
  return Math.max(0, Math.round((end.millis - start.millis + (end.rest - start.rest)) * 1e6) / 1e6);
}

/** The text of a value, `undefined` when it holds none. */
export function textOf(value: AnyValue): string | undefined {
  return typeof value.stringValue === 'string' ? value.stringValue : undefined;
}

/** The number of a value; `NaN` when it holds none. 64-bit integers are texts in protobuf's JSON and numbers in many writers'. */
export function numberOf(value: AnyValue): number {
  const { intValue, doubleValue } = value;
  if (typeof intValue === 'number') return Number.isInteger(intValue) ? intValue : Number.NaN;
  if (typeof intValue === 'string' && /^-?\d{1,19}$/.test(intValue)) return Number(intValue);
  return typeof doubleValue === 'number' ? doubleValue : Number.NaN;
}

/** A number of something: not negative, and not so large that it could only be damage and would drown all others in a sum. Else unknown. */
export function amountOf(value: AnyValue): number | null {
  const number = numberOf(value);
  return number >= 0 && number <= Number.MAX_SAFE_INTEGER ? number : null;
}

/** The texts of an array value; what is not a text is left out. */
export function textsOf(value: AnyValue): string[] {
  const values = value.arrayValue?.values;
  if (!Array.isArray(values)) return [];
  return values.map((one: unknown) => (isObject(one) ? textOf(one) : undefined)).filter((text) => text !== undefined);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `undefined` when it is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function timeOrNaN(millis: number): number {
  return millis >= 0 && millis < END_OF_TIME_MILLIS ? millis : Number.NaN;
}

export function isSpan(span: object): span is SpanJson {
  const { traceId, spanId } = span as Record<string, unknown>;
  return typeof traceId === 'string' && TRACE_ID.test(traceId) && typeof spanId === 'string' && SPAN_ID.test(spanId);
}

/** Visits every object of a list. Not stopped by the first bad one: the others still count. */
function everyOf(list: unknown, visit: (item: Record<string, unknown>) => boolean): boolean {
  if (!Array.isArray(list)) return false;
  let sound = true;
  for (const item of list as unknown[]) {
    if (!isObject(item) || !visit(item)) sound = false;
  }
  return sound;
}
