// What the questions may be given, for those who ask without types.
import { isDate } from 'node:util/types';
import { isObject, isText, isTextOrTexts, listOutOf, oneOf, type Rule, type Rules } from '../internal/check-options.ts';
import { EXPORT_FORMATS, EXPORT_SUBJECTS } from './export/export-format.ts';
import type { ImportOptions } from './import/import-files.ts';
import type {
  CompareQuestion,
  ExportQuestion,
  ResetOptions,
  SavingsQuestion,
  StatsQuestion,
  TimelineQuestion,
  TopQuestion,
} from './journal.ts';
import { type Question } from './question.ts';
import { DIMENSIONS } from './statistics.ts';
import { TIMELINE_PERIODS } from './timeline.ts';
import { TOP_BY } from './top.ts';

const MOMENT: Rule = {
  expected: 'milliseconds since the epoch, a Date, or a text such as "7d", "2026-11-23" or "2026-11-23T10:00"',
  fits: (value) =>
    typeof value === 'string' || ((typeof value === 'number' || isDate(value)) && !Number.isNaN(value.valueOf())),
};
const NAMES: Rule = { expected: 'a name or a list of names', fits: isTextOrTexts };
const BOOLEAN: Rule = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const FUNCTION: Rule = { expected: 'a function', fits: (value) => typeof value === 'function' };
const WHERE: Rule = {
  expected: 'an object of attributes and their values as texts, for example { region: "eu", shard: ["1", "2"] }',
  fits: (value) => isObject(value) && Object.values(value).every(isTextOrTexts),
};
const TIME_ZONE: Rule = { expected: '"UTC", or a name such as "Europe/Berlin"', fits: isTimeZone };
const SIDE: Rule = { expected: 'an object that says which calls, for example { model: "gpt-4o" }', fits: isObject };

/** Filters, of all questions and of the sides of a comparison. */
export const SIDE_RULES = {
  since: MOMENT,
  until: MOMENT,
  workflow: NAMES,
  model: NAMES,
  provider: NAMES,
  agent: NAMES,
  prompt: NAMES,
  promptVersion: NAMES,
  promptVariant: NAMES,
  onlyErrors: BOOLEAN,
  timeZone: TIME_ZONE,
} satisfies Rules<keyof CompareQuestion['first']>;

export const QUESTION_RULES = {
  ...SIDE_RULES,
  where: WHERE,
  onProgress: FUNCTION,
} satisfies Rules<keyof Question>;

export const STATS_RULES = {
  ...QUESTION_RULES,
  by: listOutOf(DIMENSIONS),
} satisfies Rules<keyof StatsQuestion>;

export const TIMELINE_RULES = {
  ...QUESTION_RULES,
  by: oneOf(TIMELINE_PERIODS),
} satisfies Rules<keyof TimelineQuestion>;

export const TOP_RULES = {
  ...QUESTION_RULES,
  by: oneOf(TOP_BY),
  limit: {
    expected: 'a whole number from 0 on, or Infinity',
    fits: (value) => value === Infinity || (Number.isInteger(value) && (value as number) >= 0),
  },
} satisfies Rules<keyof TopQuestion>;

export const SAVINGS_RULES = {
  ...QUESTION_RULES,
  premium: {
    expected:
      'the model to compare with: a name such as "gpt-4o", or { model: "claude-opus-4-1", provider: "anthropic" }',
    fits: (value) => isText(value) || isPremiumModel(value),
    isRequired: true,
  },
} satisfies Rules<keyof SavingsQuestion>;

export const COMPARE_RULES = {
  ...QUESTION_RULES,
  first: { ...SIDE, isRequired: true },
  second: { ...SIDE, isRequired: true },
} satisfies Rules<keyof CompareQuestion>;

export const EXPORT_RULES = {
  ...QUESTION_RULES,
  format: oneOf(EXPORT_FORMATS),
  of: oneOf(EXPORT_SUBJECTS),
} satisfies Rules<keyof ExportQuestion>;

export const RESET_RULES = { until: MOMENT, timeZone: TIME_ZONE } satisfies Rules<keyof ResetOptions>;

export const IMPORT_RULES = { hashUser: FUNCTION, onProgress: FUNCTION } satisfies Rules<keyof ImportOptions>;

function isPremiumModel(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { model, provider, ...rest } = value as Record<string, unknown>;
  return isText(model) && (provider === undefined || isText(provider)) && Object.keys(rest).length === 0;
}

function isTimeZone(value: unknown): boolean {
  // What the machine has needs no look into the book of zones, which takes its time.
  if (value === 'local' || value === 'UTC') return true;
  try {
    return isText(value) && new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
