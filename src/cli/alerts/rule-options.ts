// The fields of a rule as options of a command line. What is allowed in each is for the rules' own parser to say.
import { type Command, InvalidArgumentError } from 'commander';
import { parse } from 'yaml';
import { PRESET_NAMES } from '../../alerting/presets.ts';
import { OPERATORS, type RuleInput, SEVERITIES, type WhereValue } from '../../alerting/rule.ts';
import { collect } from '../journal-options.ts';

export interface RuleOptions {
  readonly preset?: string;
  readonly metric?: string;
  readonly statistic?: string;
  readonly numerator?: unknown;
  readonly denominator?: unknown;
  readonly watch?: string;
  readonly window?: string;
  readonly timeZone?: string;
  readonly where?: Record<string, WhereValue>;
  readonly by?: string[];
  readonly op?: string;
  readonly threshold?: unknown;
  readonly step?: unknown[];
  readonly baselineDays?: unknown;
  readonly baselineAtLeast?: unknown;
  readonly for?: string;
  readonly keepFiringFor?: string;
  readonly severity?: string;
  readonly cooldown?: string;
  readonly channel?: string[];
  readonly label?: Record<string, string>;
  readonly description?: string;
  readonly unit?: string;
  readonly whenNoData?: string;
  readonly disabled?: boolean;
}

export function addRuleOptions(command: Command): Command {
  return command
    .option('--preset <name>', `what to watch: ${PRESET_NAMES.join(', ')}`)
    .option('--metric <name>', 'what to watch, in the place of a preset: any instrument')
    .option('--statistic <name>', 'sum, rate, count, avg, min, max, last, p50 to p99.9, ratio')
    .option('--numerator <measure>', 'of a ratio: a metric, or {metric: …, statistic: …, where: {…}}', parseYaml)
    .option('--denominator <measure>', 'of a ratio: the same', parseYaml)
    .option('--watch <what>', 'of the preset runaway_agent: calls or cost')
    .option('--window <length>', '1m to 31d, or day, week, month')
    .option('--time-zone <name>', 'of days, weeks and months: Europe/Berlin, UTC')
    .option(
      '--where <condition>',
      'label=value, label!=value, label~gpt-*, label!~gpt-*, label or !label (may be given again)',
      collectWhere,
    )
    .option('--by <labels>', 'labels that tell series apart, as a list with commas', splitList)
    .option('--op <operator>', OPERATORS.join(' '))
    .option('--threshold <number>', 'in the unit of what is watched', parseNumber)
    .option('--step <part=severity>', 'further thresholds: 0.8=warning is 80 % of it (may be given again)', collectStep)
    .option('--baseline-days <days>', 'compare with the same time of so many past days', parseNumber)
    .option('--baseline-at-least <number>', 'what is below it is not compared', parseNumber)
    .option('--for <length>', 'how long the condition must hold before it fires')
    .option('--keep-firing-for <length>', 'how long it goes on firing when the condition no longer holds')
    .option('--severity <name>', SEVERITIES.join(', '))
    .option('--cooldown <length>', 'after which people are told again; 0 tells them once')
    .option('--channel <name>', 'who is told (may be given again; default: all)', collect)
    .option('--label <name=value>', 'put on the alerts (may be given again)', collectLabel)
    .option('--description <text>', 'what people are told, with placeholders as {{value}}')
    .option('--unit <unit>', 'of the value: {USD}, s, {token}, 1')
    .option('--when-no-data <what>', 'ok or alert')
    .option('--disabled', 'keep it, but do not judge it');
}

/** Fields that are called as their options are. */
const SAME = [
  'preset',
  'metric',
  'statistic',
  'numerator',
  'denominator',
  'watch',
  'window',
  'timeZone',
  'where',
  'by',
  'op',
  'threshold',
  'severity',
  'description',
  'unit',
] as const satisfies readonly (keyof RuleOptions & keyof RuleInput)[];

/** The fields that were given. They are checked by the parser, and typed as if they had been. */
export function ruleFields(options: RuleOptions): Partial<Omit<RuleInput, 'name'>> {
  const { baselineDays: days, baselineAtLeast: atLeast } = options;
  const fields: Record<string, unknown> = {
    ...Object.fromEntries(SAME.map((field) => [field, options[field]])),
    steps: options.step,
    baseline: days === undefined && atLeast === undefined ? undefined : given({ days, atLeast }),
    for: options.for,
    keepFiringFor: options.keepFiringFor,
    cooldown: options.cooldown,
    channels: options.channel,
    labels: options.label,
    noData: options.whenNoData,
    enabled: options.disabled === true ? false : undefined,
  };
  return given(fields);
}

function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A number where it is one; else the text, of which the parser says that it is none. */
function parseNumber(text: string): unknown {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function parseYaml(text: string): unknown {
  try {
    const value: unknown = parse(text);
    return typeof value === 'string' ? { metric: value } : value;
  } catch {
    throw new InvalidArgumentError(
      'It must be the name of a metric, or an object as {metric: calls, where: {ok: false}}.',
    );
  }
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function collectLabel(text: string, labels: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be name=value.');
  return { ...labels, [text.slice(0, at)]: text.slice(at + 1) };
}

function collectStep(text: string, steps: unknown[] = []): unknown[] {
  const [at = '', severity] = text.split('=');
  const number = at.endsWith('%') ? Number(at.slice(0, -1)) / 100 : Number(at);
  if (severity === undefined || !Number.isFinite(number))
    throw new InvalidArgumentError('It must be a part of the threshold and a severity: 0.8=warning, or 80%=warning.');
  return [...steps, { at: number, severity }];
}

const CONDITION = /^(!)?([^=!~]+?)(?:(!?)([=~])(.*))?$/s;

function collectWhere(text: string, where: Record<string, WhereValue> = {}): Record<string, WhereValue> {
  const [whole, absent, label = '', not, operator, value = ''] = CONDITION.exec(text.trim()) ?? [];
  if (whole === undefined || (absent !== undefined && operator !== undefined))
    throw new InvalidArgumentError('It must be label=value, label!=value, label~gpt-*, label!~gpt-*, label or !label.');
  if (operator === undefined) return { ...where, [label]: { exists: absent === undefined } };
  if (operator === '~') return { ...where, [label]: not ? { notLike: value } : { like: value } };
  if (not) return { ...where, [label]: { not: value } };
  // The same label again: any of the values.
  const before = where[label];
  const values = typeof before === 'string' ? [before] : Array.isArray(before) ? (before as string[]) : [];
  return { ...where, [label]: values.length === 0 ? value : [...values, value] };
}
