// The filter by attributes of any name, of a span or of its resource. Works on the line, before anything is made of it: what is damaged is left as it is,
// for the readers to judge.
import { isObject } from './otlp-json.ts';

/** Attribute to its value, or to any of several. A list has the value when one of its items is it. */
export type Where = Readonly<Record<string, string | readonly string[]>>;

/** The line with those of its spans that have all the attributes. */
export function withMatchingSpans(line: string, where: Where): string {
  // What stands behind NULs is read as a line, and is one here.
  const start = line.lastIndexOf('\0') + 1;
  let data: unknown;
  try {
    data = JSON.parse(line.slice(start));
  } catch {
    return line;
  }
  if (!isObject(data)) return line;
  for (const resource of objectsIn(data.resourceSpans)) {
    const common = isObject(resource.resource) ? resource.resource.attributes : undefined;
    for (const scope of objectsIn(resource.scopeSpans)) {
      if (!Array.isArray(scope.spans)) continue;
      scope.spans = scope.spans.filter(
        (span: unknown) => !isObject(span) || hasAttributes(span.attributes, common, where),
      );
    }
  }
  return line.slice(0, start) + JSON.stringify(data);
}

/** Whether a span has them, of its own or of its resource. */
export function hasAttributes(attributes: unknown, ofResource: unknown, where: Where): boolean {
  for (const [name, wanted] of Object.entries(where)) {
    const texts = textsOf(attributes, name) ?? textsOf(ofResource, name) ?? [];
    if (!texts.some((text) => (typeof wanted === 'string' ? wanted === text : wanted.includes(text)))) return false;
  }
  return true;
}

/** The values of an attribute as people write them: `true`, `0.5`. The last counts, where it comes twice. */
function textsOf(attributes: unknown, name: string): string[] | undefined {
  if (!Array.isArray(attributes)) return undefined;
  const found: unknown = attributes.findLast((one: unknown) => isObject(one) && String(one.key) === name);
  return isObject(found) ? valuesOf(found.value) : undefined;
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
