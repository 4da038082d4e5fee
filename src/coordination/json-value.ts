// What users give to be stored is JSON of a bounded size. Whatever else it is, they are told which part of it, and what is allowed.
import { InvalidInputError } from './errors.ts';
import type { JsonValue } from './store/store.ts';

const MAX_DEPTH = 100;

/**
 * `given` as plain JSON: a copy, with what `toJSON()` makes of it (dates, for example) and without properties that are `undefined`.
 * @param what how it is called to people: `payload`.
 * @param maxBytes of its JSON in UTF-8.
 * @throws {InvalidInputError}
 */
export function toJsonValue(what: string, given: unknown, maxBytes: number): JsonValue {
  const value = plain(what, given, 0);
  if (value === undefined) throw new InvalidInputError(`${what} must be JSON; it is ${typeof given}.`);
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > maxBytes) {
    throw new InvalidInputError(
      `${what} may have ${maxBytes} bytes as JSON; it has ${bytes}. Store it elsewhere, and send where it is.`,
    );
  }
  return value;
}

/** `undefined` for what JSON leaves out of an object. */
function plain(path: string, given: unknown, depth: number): JsonValue | undefined {
  if (given === null || typeof given === 'boolean' || typeof given === 'string') return given;
  if (given === undefined) return undefined;
  if (typeof given === 'number') {
    if (Number.isFinite(given)) return given;
    throw new InvalidInputError(`${path} is ${given}, which JSON has not. Use null, or leave it out.`);
  }
  if (typeof given !== 'object')
    throw new InvalidInputError(`${path} is a ${typeof given}, which JSON has not. Use a text.`);
  if (depth >= MAX_DEPTH) throw new InvalidInputError(`${path} lies deeper than ${MAX_DEPTH} levels, or in a circle.`);
  const { toJSON } = given as { toJSON?: unknown };
  if (typeof toJSON === 'function') return plain(path, toJSON.call(given), depth + 1);
  if (Array.isArray(given)) return given.map((item, index) => plain(`${path}[${index}]`, item, depth + 1) ?? null);
  // The fields of an instance of a class are what they are. Those of a Map, an Error or a promise are not.
  if (Object.prototype.toString.call(given) !== '[object Object]') {
    throw new InvalidInputError(
      `${path} is a ${given.constructor?.name}, of which JSON keeps nothing. Use a list or a plain object.`,
    );
  }
  const entries = Object.entries(given).map(([key, item]) => [key, plain(`${path}.${key}`, item, depth + 1)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined)) as JsonValue;
}
