// The options that several commands share, and what they mean together: a data directory and a filter.
import { type Command, InvalidArgumentError } from 'commander';
import { resolveConfig } from '../config/resolve-config.ts';
import { PeriodError, parseSince, parseUntil } from '../query/period.ts';
import { type Question } from '../query/question.ts';
import type { Zone } from '../query/time-zone.ts';
import { UsageError } from './failure.ts';
import { note } from './output.ts';

export interface DirOptions {
  readonly dir?: string;
  readonly json?: boolean;
}

export interface FilterOptions extends DirOptions {
  readonly since?: string;
  readonly until?: string;
  readonly days?: number;
  readonly workflow?: string[];
  readonly model?: string[];
  readonly provider?: string[];
  readonly agent?: string[];
  readonly prompt?: string[];
  readonly where?: Record<string, string[]>;
  readonly errors?: boolean;
  readonly utc?: boolean;
}

export function addDirOption(command: Command): Command {
  return command.option('--dir <directory>', 'data directory (default: AGENT_VITALS_DIR, else .agent-vitals)');
}

export function addJsonOption(command: Command, description = 'answer in JSON'): Command {
  return command.option('--json', description);
}

export function addPeriodOptions(command: Command): Command {
  return command
    .option('--since <when>', 'calls made from then on: 30m, 24h, 7d, 2026-11-23, 2026-11-23T10:00')
    .option('--until <when>', 'calls made up to then; a date is meant with its whole day')
    .option('--days <count>', 'calls of the last so many times 24 hours', parseCount)
    .option('--utc', 'dates, times and days in UTC instead of the local time zone');
}

export function addCallOptions(command: Command): Command {
  return command
    .option('--workflow <name>', 'only calls of this workflow (may be given again)', collect)
    .option(
      '--model <name>',
      'only calls that asked for this model, or were answered by it (may be given again)',
      collect,
    )
    .option('--provider <name>', 'only calls to this provider (may be given again)', collect)
    .option('--agent <name>', 'only calls of this agent (may be given again)', collect)
    .option('--prompt <name>', 'only calls of runs of this prompt (may be given again)', collect)
    .option(
      '--where <attribute=value>',
      'only calls with this attribute, of any name (may be given again: all of them, any value of each)',
      collectAttribute,
    );
}

export function addErrorsOption(command: Command): Command {
  return command.option('--errors', 'only calls that failed');
}

export function parseCount(text: string): number {
  return wholeNumber(text, 1);
}

export function parseBytes(text: string): number {
  return wholeNumber(text, 1000, 15);
}

/** For how many of something may be none. */
export function parseLimit(text: string): number {
  return wholeNumber(text, 0);
}

function wholeNumber(text: string, least: number, digits = 7): number {
  if (/^\d+$/.test(text) && text.length <= digits && Number(text) >= least) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
}

/** Where the data lies. What the configuration cannot use is said on stderr. */
export function resolveDir(options: DirOptions): string {
  const { config, warnings } = resolveConfig({ flags: options.dir === undefined ? undefined : { dir: options.dir } });
  for (const warning of warnings) note(warning);
  return config.dir;
}

/** What the options ask for, with its moments in milliseconds since the epoch. */
export interface CheckedQuestion extends Question {
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/** @throws {UsageError} when the options contradict each other or name no time. */
export function questionOf(options: FilterOptions): CheckedQuestion {
  if (options.days !== undefined && options.since !== undefined) {
    throw new UsageError('--days and --since both say where to begin. Give one of them.');
  }
  const { workflow, model, provider, agent, prompt, where, errors } = options;
  const zone = zoneOf(options);
  const period = { nowMillis: Date.now(), zone };
  const since = parseTime('--since', parseSince, options.since ?? (options.days ? `${options.days}d` : undefined));
  const until = parseTime('--until', parseUntil, options.until);
  if (since !== undefined && until !== undefined && since >= until) {
    throw new UsageError('The period is empty: it begins after its end.');
  }
  return {
    since,
    until,
    workflow,
    model,
    provider,
    agent,
    prompt,
    where,
    onlyErrors: errors,
    timeZone: zone,
  };

  function parseTime(flag: string, parse: typeof parseSince, text: string | undefined): number | undefined {
    try {
      return text === undefined ? undefined : parse(text, period);
    } catch (error) {
      if (error instanceof PeriodError) throw new UsageError(`${flag}: ${error.message}`);
      throw error;
    }
  }
}

/** Of times as they are written and shown. */
export function zoneOf({ utc = false }: { readonly utc?: boolean | undefined }): Zone {
  return utc ? 'UTC' : 'local';
}

/** An option that may be given again. */
export function collect(value: string, values: string[] = []): string[] {
  return [...values, value];
}

function collectAttribute(text: string, found: Record<string, string[]> = {}): Record<string, string[]> {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError('It must be attribute=value, as in region=eu.');
  return { ...found, [name]: [...(found[name] ?? []), value] };
}
