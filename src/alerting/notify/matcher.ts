// A matcher of labels as Alertmanager writes it: name=value, name!=value, name=~regex, name!~regex. No expression may hold the process up.

export interface Matcher {
  readonly name: string;
  /** An alert without the label has the value `''`. */
  readonly matches: (value: string) => boolean;
}

const FORM = /^\s*([\p{L}_][\p{L}\p{N}_.:-]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/su;
const MAX_LENGTH = 500;
/** Longer values are cut: what a quantifier can take is bounded by it. */
const MAX_VALUE_LENGTH = 256;

/** @returns what is wrong with it, as a sentence, when it is none. */
export function parseMatcher(text: string): Matcher | string {
  const [, name, operator, given] = FORM.exec(text.slice(0, MAX_LENGTH + 1)) ?? [];
  if (text.length > MAX_LENGTH || name === undefined || operator === undefined || given === undefined) {
    return `matchers: "${text.slice(0, 100)}" is no matcher; write name=value, name!=value, name=~regex or name!~regex.`;
  }
  const value = unquote(given);
  if (value === undefined) return `matchers: the quotes of ${text} do not close.`;
  if (operator === '=') return { name, matches: (label) => label === value };
  if (operator === '!=') return { name, matches: (label) => label !== value };
  if (isSlow(value)) {
    return `matchers: the expression of ${text} can take for ever; repeat letters and classes, as in daily_.*, not groups, and at most three times.`;
  }
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${value})$`, 'su');
  } catch {
    return `matchers: the expression of ${text} is no regular expression.`;
  }
  const test = (label: string): boolean => expression.test(label.slice(0, MAX_VALUE_LENGTH));
  return { name, matches: operator === '=~' ? test : (label) => !test(label) };
}

function unquote(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

/** Node's expressions backtrack, Alertmanager's do not. Without repeated groups and back references time is a small power of the value's length. */
function isSlow(expression: string): boolean {
  const plain = expression.replaceAll(/\\[^\dk]/gs, 'x').replaceAll(/\[(?:\\.|[^\]])*\]/gs, 'x');
  const repetitions = plain.match(/[*+{]/g)?.length ?? 0;
  return /\)\s*[*+{]/.test(plain) || /\\/.test(plain) || repetitions > 3;
}
