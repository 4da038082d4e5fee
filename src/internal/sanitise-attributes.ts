// Makes attributes of users harmless: what comes out can be given to any SDK and serialised as JSON. Must never throw and never call user code twice.
import type { Attributes } from '@opentelemetry/api';

type Item = string | number | boolean;

const MAX_ATTRIBUTES = 128;
const MAX_ITEMS = 1000;
/** In UTF-16 units. */
const MAX_TEXT_LENGTH = 65_536;
const MAX_KEY_LENGTH = 256;

/**
 * A copy of `given` with finite numbers, booleans, texts and arrays of one of these. Everything else is dropped: NaN, BigInt, symbols,
 * functions, objects, circular arrays, and what throws when read.
 */
export function sanitiseAttributes(given: unknown): Attributes {
  const clean: Attributes = {};
  if (typeof given !== 'object' || given === null) return clean;
  let count = 0;
  for (const key of keysOf(given)) {
    if (count >= MAX_ATTRIBUTES) break;
    if (key === '' || key === '__proto__' || key.length > MAX_KEY_LENGTH) continue;
    const value = sanitiseValue(read(given, key));
    if (value === undefined) continue;
    clean[key] = value;
    count += 1;
  }
  return clean;
}

/** @returns `undefined` for what no attribute can be. */
export function sanitiseValue(value: unknown): Item | Item[] | undefined {
  switch (typeof value) {
    case 'string':
      return sanitiseText(value);
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'boolean':
      return value;
    case 'object':
      return isArray(value) ? sanitiseArray(value) : undefined;
    default:
      return undefined;
  }
}

/** An attribute's array holds one type; items of another than the first are dropped. */
function sanitiseArray(given: readonly unknown[]): Item[] | undefined {
  const length = read(given, 'length');
  const clean: Item[] = [];
  if (typeof length !== 'number') return undefined;
  for (let i = 0; i < length && i < MAX_ITEMS; i++) {
    const item = read(given, i);
    if (typeof item === 'object') continue;
    const value = sanitiseValue(item);
    if (value !== undefined && (clean.length === 0 || typeof value === typeof clean[0])) clean.push(value as Item);
  }
  return clean;
}

/** Lone surrogates cannot be written as UTF-8. */
function sanitiseText(text: string): string {
  const cut = text.length > MAX_TEXT_LENGTH ? text.slice(0, MAX_TEXT_LENGTH) : text;
  return cut.isWellFormed() ? cut : cut.toWellFormed();
}

function keysOf(given: object): string[] {
  try {
    return Object.keys(given);
  } catch {
    return [];
  }
}

function isArray(given: object | null): given is readonly unknown[] {
  try {
    return Array.isArray(given);
  } catch {
    // A revoked proxy.
    return false;
  }
}

function read(given: object, key: PropertyKey): unknown {
  try {
    return (given as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}
