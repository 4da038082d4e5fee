// `agent-vitals alerts import`: rules from a YAML file, all of them or none.
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type Command } from 'commander';
import { parse } from 'yaml';
import { parseRules } from '../../../alerting/parse-rule.ts';
import { RuleStore } from '../../../alerting/store/rule-store.ts';
import { inTransaction } from '../../../internal/database.ts';
import { fileProblem } from '../../../internal/file-problem.ts';
import { isObject } from '../../../query/otlp-json.ts';
import { alertsConfig, knownRules, withDatabase } from '../../alerts/known-rules.ts';
import { noteUnknownChannels } from '../../alerts/notifying.ts';
import { yamlProblem } from '../../alerts/yaml-problem.ts';
import { Failure, UsageError } from '../../failure.ts';
import { formatCountOf } from '../../format.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { print, printJson } from '../../output.ts';

interface ImportOptions extends DirOptions {
  readonly replace?: boolean;
  readonly dryRun?: boolean;
}

export function addImport(alerts: Command): void {
  const command = alerts
    .command('import')
    .description('add the rules of a YAML file')
    .argument('<file>', 'as `alerts export` writes it, or a configuration file; - is stdin')
    .option('--replace', 'in the place of rules of the same names')
    .option('--dry-run', 'say what would be done, and do nothing')
    .action(importRules);
  addJsonOption(addDirOption(command));
}

async function importRules(file: string, options: ImportOptions): Promise<void> {
  const from = file === '-' ? 'standard input' : file;
  const { rules, problems } = parseRules(listIn(contentOf(await textOf(file), from), from));
  if (problems.length > 0) throw new UsageError(`${problems.join('\n')}\nNothing was imported from ${from}.`);
  const config = alertsConfig(options);
  await withDatabase(config.dir, (database) => {
    const known = new Map(knownRules(config, database).map((each) => [each.name, each]));
    const taken = rules.filter(
      ({ rule }) => known.has(rule.name) && (!options.replace || known.get(rule.name)?.source === 'config'),
    );
    if (taken.length > 0) {
      const names = taken.map(({ rule }) => rule.name).join(', ');
      throw new Failure(
        `There are rules of these names already: ${names}. Nothing was imported${options.replace ? '' : '; --replace puts the new ones in their place'}.`,
      );
    }
    const store = new RuleStore(database);
    if (!options.dryRun) {
      inTransaction(database, () => {
        for (const { input } of rules) store.save(input);
      });
    }
    const added = rules.filter(({ rule }) => !known.has(rule.name)).map(({ rule }) => rule.name);
    const replaced = rules.filter(({ rule }) => known.has(rule.name)).map(({ rule }) => rule.name);
    if (options.json) printJson({ added, replaced, dryRun: options.dryRun ?? false });
    else
      print(
        `${options.dryRun ? 'Would import' : 'Imported'} ${formatCountOf(rules.length, 'rule')}: ${added.length} new, ${replaced.length} in the place of others.`,
      );
    noteUnknownChannels(
      rules.map(({ rule }) => rule),
      config,
      database,
    );
  });
}

async function textOf(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${fileProblem(error)}. Name a YAML file, or - for standard input.`, {
      cause: error,
    });
  }
}

/** @param from for people. */
function contentOf(content: string, from: string): unknown {
  if (content.trim() === '') throw new UsageError(`${from} is empty.`);
  try {
    return parse(content, { logLevel: 'error' }) as unknown;
  } catch (error) {
    throw new UsageError(`${from} is no YAML: ${yamlProblem(error)}.`, { cause: error });
  }
}

/** The rules of an export (`rules:`), of a configuration (`alerts: { rules: }`), or a list. */
function listIn(content: unknown, from: string): unknown {
  if (Array.isArray(content)) return content;
  const place = isObject(content) && isObject(content.alerts) ? content.alerts : content;
  if (isObject(place) && Array.isArray(place.rules)) return place.rules;
  throw new UsageError(`${from} has no rules. It must be a list of rules, or hold one as "rules" or "alerts.rules".`);
}
