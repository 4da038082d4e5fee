// Says what is wrong with options that a function was given in code: where, what, and what to write instead. Plain, for it runs before every question.
import { isDate } from 'node:util/types';

export interface Rule {
  /** What a value looks like, for messages: `a text`. */
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
  readonly isRequired?: boolean;
}

export type Rules<Name extends string = string> = Readonly<Record<Name, Rule>>;

/**
 * @param where how it is called to people: `stats(question)`.
 * @param given nothing given is no options.
 * @throws {TypeError} that names the first thing that is wrong.
 */
export function checkOptions(where: string, given: unknown, rules: Rules): void {
  if (given !== undefined && !isObject(given)) {
    throw new TypeError(`${where}: it must be an object, not ${shown(given)}. ${allOf(rules)}`);
  }
  const options = given ?? {};
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) throw new TypeError(`${where}: there is no option "${unknown}". ${allOf(rules)}`);
  for (const [name, { expected, fits, isRequired }] of Object.entries(rules)) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined ? isRequired === true : !fits(value)) {
      throw new TypeError(
        value === undefined
          ? `${where}: "${name}" is missing. It must be ${expected}.`
          : `${where}: "${name}" must be ${expected}, not ${shown(value)}.`,
      );
    }
  }
}

export function oneOf(choices: readonly string[]): Rule {
  return {
    expected: `one of ${choices.join(', ')}`,
    fits: (value) => typeof value === 'string' && choices.includes(value),
  };
}

export function listOutOf(choices: readonly string[]): Rule {
  return {
    expected: `a list out of ${choices.join(', ')}`,
    fits: (value) => Array.isArray(value) && value.every((one) => choices.includes(one as string)),
  };
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

export function isTextOrTexts(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
}

/** One with keys: no list, no date, no map. */
export function isObject(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** A wrong value, in a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 50));
  if (Array.isArray(value)) {
    const some = value.slice(0, 5).map((one: unknown) => (Array.isArray(one) ? 'a list' : shown(one)));
    return `[${some.join(', ')}${value.length > some.length ? ', …' : ''}]`;
  }
  if (isDate(value)) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

function allOf(rules: Rules): string {
  return `Options here: ${Object.keys(rules).join(', ')}.`;
}
