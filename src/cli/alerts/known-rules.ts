// The rules there are, wherever they were written: those of the configuration, then those the command line keeps. Opens the database for who asks.
import type { DatabaseSync } from 'node:sqlite';
import { alertsDatabasePath, hasAlertsDatabase, openAlertsDatabase } from '../../alerting/alerts-database.ts';
import { parseRule } from '../../alerting/parse-rule.ts';
import type { Rule, RuleInput } from '../../alerting/rule.ts';
import { RuleStore } from '../../alerting/store/rule-store.ts';
import type { Config } from '../../config/option-table.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { isLockedError, isReadOnlyError, openToRead } from '../../internal/database.ts';
import { fileProblem } from '../../internal/file-problem.ts';
import { Failure, UsageError } from '../failure.ts';
import type { DirOptions } from '../journal-options.ts';
import { shortPath } from '../journal-report.ts';
import { note } from '../output.ts';

export interface KnownRule {
  readonly name: string;
  readonly source: 'config' | 'database';
  /** As it was written. */
  readonly input: unknown;
  /** `undefined` when it is wrong. */
  readonly rule: Rule | undefined;
  /** What is wrong with it, a sentence each. */
  readonly problems: readonly string[];
  /** Milliseconds since the epoch; null in the configuration. */
  readonly updatedMillis: number | null;
}

export interface ValidRule extends KnownRule {
  readonly rule: Rule;
}

/** Options of the command line over those of environment and file; what is ignored in these is said. */
export function alertsConfig(options: DirOptions): Config {
  const { config, warnings } = resolveConfig({ flags: options.dir === undefined ? undefined : { dir: options.dir } });
  for (const warning of warnings) note(warning);
  return config;
}

/**
 * Calls `use` with the database, and closes it. One that this user may not write can be read.
 * @throws {Failure} when it cannot be opened, or not be written.
 */
export async function withDatabase<T>(dir: string, use: (database: DatabaseSync) => T | Promise<T>): Promise<T> {
  let database: DatabaseSync;
  try {
    database = open(dir);
  } catch (error) {
    throw new Failure(`alerts.db in ${shortPath(dir)} cannot be opened: ${fileProblem(error)}.`, { cause: error });
  }
  try {
    return await use(database);
  } catch (error) {
    if (!isReadOnlyError(error) && !isLockedError(error)) throw error;
    throw new Failure(`alerts.db in ${shortPath(dir)} cannot be written: ${fileProblem(error)}.`, { cause: error });
  } finally {
    database.close();
  }
}

function open(dir: string): DatabaseSync {
  try {
    return openAlertsDatabase(dir);
  } catch (error) {
    if (isReadOnlyError(error)) return openToRead(alertsDatabasePath(dir));
    throw error;
  }
}

/** The same where there is a database already: who only looks makes none. */
export async function withDatabaseIfThere<T>(
  dir: string,
  use: (database: DatabaseSync | undefined) => T | Promise<T>,
): Promise<T> {
  return hasAlertsDatabase(dir) ? withDatabase(dir, use) : use(undefined);
}

/** By name. Of two of the same name the one of the configuration counts. */
export function knownRules(config: Config, database: DatabaseSync | undefined): KnownRule[] {
  const found = new Map<string, KnownRule>();
  for (const input of config.alerts.rules) {
    const known = judged(input, 'config', null);
    if (!found.has(known.name)) found.set(known.name, known);
  }
  const store = database && new RuleStore(database);
  // Of the configurations of programs that run here or elsewhere.
  for (const { name, input } of store?.brought() ?? []) {
    if (!found.has(name)) found.set(name, judged(input, 'config', null));
  }
  for (const { name, input, updatedMillis } of store?.list() ?? []) {
    if (!found.has(name)) found.set(name, { ...judged(input, 'database', updatedMillis), name });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws {Failure} when there is no such rule: with those there are. */
export function findRule(config: Config, database: DatabaseSync | undefined, name: string): KnownRule {
  const rules = knownRules(config, database);
  const found = rules.find((rule) => rule.name === name);
  if (found) return found;
  const names = rules.map((rule) => rule.name);
  throw new Failure(
    names.length === 0
      ? `There is no rule "${name}", nor any other: agent-vitals alerts init makes some.`
      : `There is no rule "${name}". There are: ${names.join(', ')}.`,
  );
}

/** @throws {Failure} when there is none, or it is wrong. */
export function findValidRule(config: Config, database: DatabaseSync | undefined, name: string): ValidRule {
  const known = findRule(config, database, name);
  if (known.rule === undefined) throw new Failure(known.problems.join('\n'));
  return { ...known, rule: known.rule };
}

/** @throws {Failure} when it is a rule of the configuration, which is not ours to change. */
export function assertStored(known: KnownRule): void {
  if (known.source === 'config') {
    throw new Failure(`The rule "${known.name}" is one of the configuration: change it there.`);
  }
}

/** @throws {UsageError} with all that is wrong. */
export function checkRule(input: object): { readonly rule: Rule; readonly input: RuleInput } {
  const parsed = parseRule(input);
  if (parsed.rule === undefined) throw new UsageError(parsed.problems.join('\n'));
  return parsed;
}

function judged(input: unknown, source: KnownRule['source'], updatedMillis: number | null): KnownRule {
  const { rule, problems = [] } = parseRule(input);
  const named = (input as { name?: unknown } | null | undefined)?.name;
  return { name: typeof named === 'string' ? named : '(none)', source, input, rule, problems, updatedMillis };
}
