// Reads options from environment variables. A value that cannot be used is a warning and falls back: a typo must not stop the host.
import { loadSchema } from './load-schema.ts';
import { eachOption, type Option } from './option-table.ts';

export interface EnvironmentOptions {
  /** Path of the option, as `journal.maxFileBytes`, to its value. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly warnings: readonly string[];
}

/** Options that are set in `env`. An empty variable is one that is not set, as OpenTelemetry has it. */
export function readEnvironment(env: NodeJS.ProcessEnv): EnvironmentOptions {
  const values = new Map<string, unknown>();
  const warnings: string[] = [];
  for (const [path, option] of eachOption()) {
    const text = env[option.env]?.trim();
    if (text === undefined || text === '') continue;
    const value = parse(option, text);
    // The value itself is left out of the message: it may be a key.
    if (value === undefined)
      warnings.push(`${option.env} is ignored, its value is not ${expected(option)}; using ${fallback(option)}.`);
    else values.set(path.join('.'), value);
  }
  return { values, warnings };
}

/** What a value of this option looks like, for messages. */
export function expected(option: Option): string {
  switch (option.kind) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number from ${option.min} to ${option.max}`;
    case 'choice':
      return `one of ${option.choices.join(', ')}`;
    case 'prices':
      return 'an object of prices by model, for example {"my-model": {"input": 1.5, "output": 6}} in US dollars per million tokens';
    case 'tiers':
      return 'an object of lists of models by tier, the cheapest tier first, for example {"cheap": ["gpt-4o-mini"], "premium": ["gpt-4o", "*opus*"]}';
    case 'rules':
      return 'a list of rules, for example [{"name": "budget", "preset": "daily_cost", "threshold": 20}]';
    case 'list':
      return 'a list of texts (in the environment: separated by commas)';
    case 'channels':
      return 'an object of channels by name, for example {"ops": {"type": "webhook", "format": "slack", "url": "https://…"}} (a command in the file only)';
    case 'string':
      return 'a text';
  }
}

function fallback(option: Option): string {
  if (option.kind === 'prices') return 'the price book';
  return typeof option.default === 'object' ? 'none' : String(option.default ?? 'none');
}

/** The value a text stands for, `undefined` when it stands for none. */
function parse(option: Option, text: string): unknown {
  switch (option.kind) {
    case 'string':
      return text;
    case 'list':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'boolean':
      return { true: true, 1: true, false: false, 0: false }[text.toLowerCase()];
    case 'integer': {
      const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
      return value >= option.min && value <= option.max ? value : undefined;
    }
    case 'choice': {
      const choice = text.toLowerCase();
      const known = option.aliases?.[choice] ?? choice;
      return option.choices.includes(known) ? known : undefined;
    }
    case 'prices':
    case 'tiers':
    case 'rules':
      return parseJson(option, text);
    case 'channels': {
      const channels = parseJson(option, text) as Record<string, { type?: unknown }> | undefined;
      // Programs are started by whoever can write the file or the code.
      const hasCommand = channels && Object.values(channels).some(({ type }) => type === 'command');
      return hasCommand ? undefined : channels;
    }
  }
}

function parseJson(option: Option, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return loadSchema().fits(option, value) ? value : undefined;
}
