// Puts the options together: code over flag over environment over file over default.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileProblem } from '../internal/file-problem.ts';
import { ConfigError } from './config-error.ts';
import { readEnvironment } from './environment.ts';
import { loadSchema } from './load-schema.ts';
import { type Config, eachOption, type Options, type OptionTable, optionTable } from './option-table.ts';

// Not imports: what follows is dear and most processes have neither options in code nor a file.
const load = createRequire(import.meta.url);

export interface ConfigSources {
  /** Options given to `start()`. */
  readonly code?: Options | undefined;
  /** Options given on a command line. */
  readonly flags?: Options | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** Directory in which the configuration file is looked for and from which `dir` is meant. */
  readonly cwd?: string;
}

export interface ResolvedConfig {
  readonly config: Config;
  /** What was ignored in the environment and the file, a sentence each. */
  readonly warnings: readonly string[];
}

/** The file that is read when there is one; `AGENT_VITALS_CONFIG` names another. */
export const CONFIG_FILE = 'agent-vitals.config.yaml';

/**
 * @throws {ConfigError} when an option given in code or by flag cannot be used. The environment and the file never throw: what cannot be
 * used there is a warning, and the next source decides; of a file nothing is used then.
 */
export function resolveConfig(sources: ConfigSources = {}): ResolvedConfig {
  const { code, flags, env = process.env, cwd = process.cwd() } = sources;
  for (const [given, where] of [[code, 'start(options)'] as const, [flags, 'flags'] as const]) {
    if (given === undefined || isPlain(given)) continue;
    const problems = loadSchema().findProblems(given, where);
    if (problems.length > 0) throw new ConfigError(problems.join(' '));
  }
  const environment = readEnvironment(env);
  const file = readFile(resolve(cwd, env.AGENT_VITALS_CONFIG || CONFIG_FILE), Boolean(env.AGENT_VITALS_CONFIG));
  const config: Record<string, unknown> = {};
  for (const [path, option] of eachOption()) {
    const value =
      at(code, path) ??
      at(flags, path) ??
      environment.values.get(path.join('.')) ??
      at(file.options, path) ??
      option.default;
    put(config, path, value);
  }
  config.dir = resolve(cwd, config.dir as string);
  return { config: config as unknown as Config, warnings: [...environment.warnings, ...file.warnings] };
}

/** Whether these are but texts, such as a directory, where a text is wanted: it takes no schema to know that they can be used. */
function isPlain(options: Options): boolean {
  const table: OptionTable = optionTable;
  return Object.entries(options).every(
    ([name, value]) => table[name]?.kind === 'string' && typeof value === 'string' && value !== '',
  );
}

/** The options of a file. One that cannot be used as a whole is not used at all: half a configuration is a surprise. */
function readFile(path: string, required: boolean): { options?: unknown; warnings: string[] } {
  if (!existsSync(path)) {
    return { warnings: required ? [`AGENT_VITALS_CONFIG names a file that does not exist: ${path}.`] : [] };
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { warnings: [`${path} is ignored, it cannot be read: ${fileProblem(error)}.`] };
  }
  try {
    const { parse } = load('yaml') as typeof import('yaml');
    const options: unknown = parse(text) ?? {};
    const problems = loadSchema().findProblems(options, path);
    return problems.length > 0
      ? { warnings: [`${problems.join(' ')} The file is ignored.`] }
      : { options, warnings: [] };
  } catch (error) {
    const [line] = error instanceof Error ? error.message.split('\n') : [String(error)];
    return { warnings: [`${path} is ignored, it cannot be read as YAML: ${line}`] };
  }
}

function at(options: unknown, path: readonly string[]): unknown {
  let value = options;
  for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

function put(config: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let here = config;
  for (const name of path.slice(0, -1)) here = (here[name] ??= {}) as Record<string, unknown>;
  here[path.at(-1) as string] = value;
}
