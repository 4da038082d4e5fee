// The filter by attributes of any name, of a span or of its resource. Works on the line, before anything is made of it: what is damaged is left as it is,
// for the readers to judge.
import { isObject } from './otlp-json.ts';

/** Attribute to its value, or to any of several. A list has the value when one of its items is it. */
export type Where = Readonly<Record<string, string | readonly string[]>>;

/** The line with those of its spans that have all the attributes. */
export function withMatchingSpans(line: string, where: Where): string {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    return line;
  }
  if (!isObject(data)) return line;
  for (const resource of objectsIn(data.resourceSpans)) {
    const common = textsOf(isObject(resource.resource) ? resource.resource.attributes : undefined);
    for (const scope of objectsIn(resource.scopeSpans)) {
      if (!Array.isArray(scope.spans)) continue;
      scope.spans = scope.spans.filter((span: unknown) => !isObject(span) || matches(span, common, where));
    }
  }
  return JSON.stringify(data);
}

type Texts = ReadonlyMap<string, readonly string[]>;

function matches(span: Record<string, unknown>, common: Texts, where: Where): boolean {
  const own = textsOf(span.attributes);
  return Object.entries(where).every(([name, wanted]) => {
    const texts = own.get(name) ?? common.get(name) ?? [];
    return texts.some((text) => (typeof wanted === 'string' ? wanted === text : wanted.includes(text)));
  });
}

/** The values of attributes as people write them: `true`, `0.5`. */
function textsOf(attributes: unknown): Texts {
  return new Map(objectsIn(attributes).map(({ key, value }) => [String(key), valuesOf(value)]));
}

function valuesOf(value: unknown): string[] {
  if (!isObject(value)) return [];
  if (isObject(value.arrayValue)) return objectsIn(value.arrayValue.values).flatMap(valuesOf);
  const { stringValue, intValue, doubleValue, boolValue } = value;
  return [stringValue, intValue, doubleValue, boolValue].filter((each) => each !== undefined).map(String);
}

function objectsIn(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
