// Attributes of a span in a file, as values, and back.
import type { Attributes } from '@opentelemetry/api';
import { type AnyValue, forEachAttribute, isObject, numberOf, textOf } from '../otlp-json.ts';

/** Those that have a value of a kind that attributes have. */
export function attributesOf(given: unknown): Attributes {
  const attributes: Attributes = {};
  forEachAttribute(given, (key, value) => {
    const found = valueOf(value);
    if (found !== undefined) attributes[key] = found;
    return true;
  });
  return attributes;
}

export function encodeAttributes(attributes: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    const encoded = anyValue(value);
    return encoded === undefined ? [] : [{ key, value: encoded }];
  });
}

/** Lists and maps within lists and maps are content, and not taken apart: their JSON is. */
function valueOf(value: AnyValue): string | number | boolean | string[] | undefined {
  const text = textOf(value);
  if (text !== undefined) return text;
  if (typeof value.boolValue === 'boolean') return value.boolValue;
  const number = numberOf(value);
  if (!Number.isNaN(number)) return number;
  const values = value.arrayValue?.values;
  if (!Array.isArray(values)) return isObject(value) && 'kvlistValue' in value ? JSON.stringify(value) : undefined;
  const texts = values.map((one: unknown) => (isObject(one) ? textOf(one) : undefined));
  return texts.every((one) => one !== undefined) ? texts : JSON.stringify(value);
}

function anyValue(value: unknown): object | undefined {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    default:
      if (!Array.isArray(value)) return undefined;
      return { arrayValue: { values: value.flatMap((one: unknown) => anyValue(one) ?? []) } };
  }
}
