// From what people wrote to a rule, or to what is wrong with it. Takes anything and never throws.
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { parseDuration } from './duration.ts';
import type { Slices } from './evaluation/slices.ts';
import { PRESET_NAMES, type Preset, type PresetName, presetOf } from './presets.ts';
import {
  CALENDAR_PERIODS,
  type CalendarPeriod,
  type Matcher,
  type Measure,
  type MeasureInput,
  type Rule,
  type RuleInput,
  type WhereValue,
  type Window,
} from './rule.ts';
import { unknownPlaceholders } from './template.ts';

const load = createRequire(import.meta.url);
/** Asked for once: it is dear. */
let machineTimeZone: string | undefined;

export type ParsedRule =
  | { readonly rule: Rule; readonly input: RuleInput; readonly problems?: undefined }
  /** A sentence each: field, value and what is allowed. */
  | { readonly rule?: undefined; readonly input?: undefined; readonly problems: readonly string[] };

/** Fields a preset has of its own. */
const PRESET_OWNS = ['metric', 'statistic', 'numerator', 'denominator'] as const;
const DEFAULT_WINDOW = '5m';
const DEFAULT_COOLDOWN = '1h';
const DEFAULT_DESCRIPTION = '{{rule}}: {{statistic}} of {{metric}} over {{window}} is {{value}}, {{op}} {{threshold}}.';
/** Names that mean something else where alerts go. */
const RESERVED_LABELS = new Set(['alertname', 'severity', 'step']);

/** @param given a rule as it stands in YAML or JSON, or in code. */
export function parseRule(given: unknown): ParsedRule {
  try {
    const shapeProblems = loadRuleSchema().shapeProblems(given);
    const input = given as RuleInput;
    const problems =
      shapeProblems.length > 0
        ? shapeProblems.map(({ path, message, isKey }) =>
            problem(path, isKey ? path.at(-1) : valueAt(given, path), message),
          )
        : contradictions(input);
    if (problems.length === 0) return { rule: complete(input), input };
    const name = nameOf(given);
    return { problems: problems.map((text) => `${name}: ${text}`) };
  } catch (error) {
    // A getter of a rule in code that throws, or depth without end.
    return { problems: [`a rule cannot be read: ${error instanceof Error ? error.name : typeof error}.`] };
  }
}

/** Rules and what is wrong with the others. */
export interface ParsedRules {
  readonly rules: readonly { readonly rule: Rule; readonly input: RuleInput }[];
  readonly problems: readonly string[];
}

/** @param given a list of rules; names must be unique, the first one counts. */
export function parseRules(given: unknown): ParsedRules {
  const parsing = parseOneByOne(given);
  let step = parsing.next();
  while (!step.done) step = parsing.next();
  return step.value;
}

/** As {@link parseRules}, without holding the event loop for all of them. */
export async function parseRulesInSlices(given: unknown, slices: Slices): Promise<ParsedRules> {
  const parsing = parseOneByOne(given);
  for (;;) {
    await slices.pause();
    const step = parsing.next();
    if (step.done) return step.value;
  }
}

function* parseOneByOne(given: unknown): Generator<void, ParsedRules> {
  const rules = new Map<string, { rule: Rule; input: RuleInput }>();
  const problems: string[] = [];
  if (!Array.isArray(given)) return { rules: [], problems: [`the rules must be a list, not ${shown(given)}.`] };
  for (const one of given as unknown[]) {
    const parsed = parseRule(one);
    if (!parsed.rule) problems.push(...parsed.problems);
    else if (rules.has(parsed.rule.name))
      problems.push(`rule ${shown(parsed.rule.name)}: "name" must be unique, another rule has it.`);
    else rules.set(parsed.rule.name, parsed);
    yield;
  }
  return { rules: [...rules.values()], problems };
}

/** What the schema cannot see: fields that do not go together. */
function contradictions(input: RuleInput): string[] {
  const problems: string[] = [];
  const say = (field: keyof RuleInput, message: string): void => {
    problems.push(problem([field], input[field], message));
  };
  const { preset } = input;
  const isCalendar = (CALENDAR_PERIODS as readonly string[]).includes(input.window ?? '');
  if (preset !== undefined) {
    for (const field of PRESET_OWNS)
      if (input[field] !== undefined) say(field, `must be left out, the preset has its own`);
  } else {
    if (input.statistic === undefined)
      say('statistic', `must be given where there is no preset; presets: ${PRESET_NAMES.join(', ')}`);
    if (input.threshold === undefined) say('threshold', 'must be given where there is no preset');
    const isRatio = input.statistic === 'ratio';
    if (isRatio && input.metric !== undefined)
      say('metric', 'must be left out of a ratio: it has numerator and denominator');
    for (const side of ['numerator', 'denominator'] as const) {
      if (isRatio && input[side] === undefined) say(side, 'must be given for a ratio: {metric, statistic, where}');
      if (!isRatio && input[side] !== undefined) say(side, 'must be left out where the statistic is not ratio');
    }
    if (!isRatio && input.metric === undefined)
      say('metric', 'must be given: the name of an instrument, or a preset in its place');
  }
  if (input.watch !== undefined && preset !== 'runaway_agent')
    say('watch', 'must be left out, it belongs to the preset runaway_agent');
  const rule = { ...defaultsOf(input), ...input };
  if (rule.steps?.length) {
    if (!['>', '>='].includes(rule.op ?? '>')) say('op', 'must be > or >= where there are steps');
    if (!((rule.threshold ?? 0) > 0)) say('threshold', 'must be more than 0 where there are steps');
    if (rule.steps.some(({ at }, i, steps) => i > 0 && at <= (steps[i - 1]?.at ?? 0))) say('steps', 'must rise');
  }
  if (rule.baseline) {
    if (isCalendar) say('window', 'must be a duration where there is a baseline');
    else if ((parseDuration(rule.window ?? DEFAULT_WINDOW) ?? 0) > 86_400_000)
      say('window', 'must be at most 24h where there is a baseline');
  }
  for (const name of Object.keys(input.labels ?? {})) {
    if (RESERVED_LABELS.has(name))
      problems.push(problem(['labels', name], input.labels?.[name], 'must have another name'));
  }
  const unknown = unknownPlaceholders(input.description ?? '');
  if (unknown.length > 0) {
    say(
      'description',
      `must have known placeholders only, not {{${unknown.join('}}, {{')}}}: see docs/guide/alerting.md`,
    );
  }
  return problems;
}

function complete(input: RuleInput): Rule {
  const preset = defaultsOf(input);
  const given: Omit<RuleInput, 'name'> = { ...preset, ...input };
  const { statistic = 'sum', metric = '' } = given;
  // What is filtered by beside what the preset looks at.
  const where = { ...preset?.where, ...input.where };
  const measure =
    given.numerator === undefined
      ? measureOf({ metric, statistic: statistic as Measure['statistic'] }, where)
      : measureOf(given.numerator, where);
  return {
    name: input.name,
    preset: input.preset,
    statistic,
    measure,
    divisor: given.denominator && measureOf(given.denominator, where),
    window: windowOf(given.window ?? DEFAULT_WINDOW, input),
    by: listOf(given.by),
    op: given.op ?? '>',
    threshold: given.threshold ?? 0,
    steps: given.steps ?? [],
    baseline: given.baseline && {
      days: given.baseline.days,
      atLeast: given.baseline.atLeast ?? 0,
      timeZone: timeZoneOf(input),
    },
    forMillis: millisOf(given.for ?? 0),
    keepFiringForMillis: millisOf(given.keepFiringFor ?? 0),
    severity: given.severity ?? 'warning',
    cooldownMillis: millisOf(given.cooldown ?? DEFAULT_COOLDOWN),
    channels: listOf(given.channels),
    labels: { ...given.labels },
    description: given.description ?? DEFAULT_DESCRIPTION,
    unit: given.unit,
    enabled: given.enabled ?? true,
    noData: given.noData ?? 'ok',
  };
}

function defaultsOf({ preset, watch }: RuleInput): Preset | undefined {
  return preset === undefined ? undefined : presetOf(preset as PresetName, watch);
}

function measureOf({ metric, statistic = 'sum', where }: MeasureInput, common: RuleInput['where']): Measure {
  const matchers = [...Object.entries(where ?? {}), ...Object.entries(common ?? {})];
  return { metric, statistic, where: matchers.map(([label, value]) => matcherOf(label, value)) };
}

function matcherOf(label: string, value: WhereValue): Matcher {
  if (typeof value !== 'object' || Array.isArray(value)) return { label, kind: 'in', values: listOf(value as string) };
  if ('not' in value) return { label, kind: 'notIn', values: listOf(value.not) };
  if ('like' in value) return { label, kind: 'like', pattern: value.like };
  if ('notLike' in value) return { label, kind: 'notLike', pattern: value.notLike };
  return { label, kind: 'exists', exists: (value as { exists: boolean }).exists };
}

function windowOf(text: string, input: RuleInput): Window {
  const millis = parseDuration(text);
  return millis === undefined
    ? { kind: 'calendar', period: text as CalendarPeriod, timeZone: timeZoneOf(input) }
    : { kind: 'sliding', millis };
}

function timeZoneOf({ timeZone }: RuleInput): string {
  return timeZone ?? (machineTimeZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone);
}

function millisOf(duration: string | 0): number {
  return parseDuration(String(duration)) ?? 0;
}

function listOf(value: string | number | boolean | readonly (string | number | boolean)[] | undefined): string[] {
  return value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(String);
}

function nameOf(given: unknown): string {
  const name = valueAt(given, ['name']);
  return typeof name === 'string' && name !== '' ? `rule ${shown(name)}` : 'a rule without a name';
}

function problem(path: readonly PropertyKey[], value: unknown, message: string): string {
  const field = path.length === 0 ? 'it' : `"${path.map(String).join('.')}"`;
  return `${field} ${message}${value === undefined ? '; it is missing' : `, not ${shown(value)}`}.`;
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}

/** A value for people: at most 80 characters. */
function shown(value: unknown): string {
  let text: string | undefined;
  try {
    // NaN and infinities would be null.
    if (typeof value !== 'number') text = JSON.stringify(value);
  } catch {
    // A circle, a BigInt.
  }
  text ??= String(value);
  return text.length > 80 ? `${text.slice(0, 79).toWellFormed()}…` : text;
}

/** A file of its own beside this one, in the sources and in the bundle alike. */
function loadRuleSchema(): typeof import('./rule-schema.ts') {
  return load(`./rule-schema${extname(import.meta.filename)}`);
}
