// A matcher of labels as Alertmanager writes it: name=value, name!=value, name=~regex, name!~regex. No expression may hold the process up.
import { createRequire } from 'node:module';

export interface Matcher {
  readonly name: string;
  /** An alert without the label has the value `''`. */
  readonly matches: (value: string) => boolean;
}

const FORM = /^\s*([\p{L}_][\p{L}\p{N}_.:-]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/su;
const MAX_LENGTH = 500;
/** Longer values are cut. With the size of the expression this bounds the time it takes: some milliseconds. */
const MAX_VALUE_LENGTH = 1000;
const MAX_PROGRAM_SIZE = 500;

/** The engine of Alertmanager's expressions, whose time grows with the text alone; loaded with the first expression. */
const load = createRequire(import.meta.url);

/** By their text: silences are read for every message, and an expression takes longer to be compiled than to be asked. */
const parsed = new Map<string, Matcher | string>();
const MAX_PARSED = 500;

/** @returns what is wrong with it, as a sentence, when it is none. */
export function parseMatcher(text: string): Matcher | string {
  let matcher = parsed.get(text);
  if (matcher === undefined) {
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(text, (matcher = parse(text)));
  }
  return matcher;
}

function parse(text: string): Matcher | string {
  const [, name, operator, given] = FORM.exec(text.slice(0, MAX_LENGTH + 1)) ?? [];
  if (text.length > MAX_LENGTH || name === undefined || operator === undefined || given === undefined) {
    return `matchers: "${text.slice(0, 100)}" is no matcher; write name=value, name!=value, name=~regex or name!~regex.`;
  }
  const value = unquote(given);
  if (value === undefined) return `matchers: the quotes of ${text} do not close.`;
  if (operator === '=') return { name, matches: (label) => label === value };
  if (operator === '!=') return { name, matches: (label) => label !== value };
  const test = parseExpression(value);
  if (typeof test === 'string') return `matchers: the expression of ${text} ${test}.`;
  return { name, matches: operator === '=~' ? test : (label) => !test(label) };
}

/** @returns whether all of a text matches, or what is wrong with the expression. */
function parseExpression(source: string): ((text: string) => boolean) | string {
  const { RE2JS } = load('re2js') as typeof import('re2js');
  try {
    const expression = RE2JS.compile(source, RE2JS.DOTALL);
    if (expression.programSize() > MAX_PROGRAM_SIZE) return 'is too large: repeat less';
    return (text) => expression.testExact(text.slice(0, MAX_VALUE_LENGTH));
  } catch {
    return 'is no regular expression as Alertmanager knows them (RE2)';
  }
}

function unquote(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
