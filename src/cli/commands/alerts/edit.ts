// `agent-vitals alerts edit`: changes a rule by options, or in an editor when none is given on a terminal.
import { type Command } from 'commander';
import { parse, stringify } from 'yaml';
import { parseRule } from '../../../alerting/parse-rule.ts';
import type { RuleInput } from '../../../alerting/rule.ts';
import { RuleStore } from '../../../alerting/store/rule-store.ts';
import { inTransaction } from '../../../internal/database.ts';
import { alertsConfig, assertStored, checkRule, findRule, knownRules, withDatabase } from '../../alerts/known-rules.ts';
import { noteUnknownChannels } from '../../alerts/notifying.ts';
import { addRuleOptions, type RuleOptions, ruleFields } from '../../alerts/rule-options.ts';
import { conditionOf, ruleRecord } from '../../alerts/rule-view.ts';
import { yamlProblem } from '../../alerts/yaml-problem.ts';
import { editText } from '../../editor.ts';
import { Failure, UsageError } from '../../failure.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { print, printJson } from '../../output.ts';

interface EditOptions extends DirOptions, RuleOptions {
  readonly name?: string;
  readonly unset?: string[];
}

export function addEdit(alerts: Command): void {
  const command = alerts
    .command('edit')
    .description('change a rule: by options, or in $EDITOR when none is given')
    .argument('<name>', 'which')
    .option('--name <name>', 'another name')
    .option('--unset <fields>', 'back to their defaults, as a list with commas: for,by', (text) => text.split(','))
    .action(edit);
  addJsonOption(addDirOption(addRuleOptions(command)));
}

async function edit(name: string, options: EditOptions): Promise<void> {
  const config = alertsConfig(options);
  await withDatabase(config.dir, async (database) => {
    const before = findRule(config, database, name);
    assertStored(before);
    const fields = { ...(options.name !== undefined && { name: options.name }), ...ruleFields(options) };
    const byOptions = Object.keys(fields).length > 0 || options.unset !== undefined;
    if (!byOptions && !(process.stdin.isTTY && process.stdout.isTTY)) {
      throw new UsageError('There is no terminal for an editor. Give what to change: agent-vitals alerts edit --help.');
    }
    const input = byOptions
      ? changed(before.input as RuleInput, fields, options.unset ?? [])
      : await edited(before.input);
    const store = new RuleStore(database);
    if (input.name !== name && knownRules(config, database).some((known) => known.name === input.name)) {
      throw new Failure(`There is a rule "${input.name}" already.`);
    }
    const isSame = JSON.stringify(input) === JSON.stringify(before.input);
    inTransaction(database, () => {
      if (input.name !== name) store.delete(name);
      if (!isSame) store.save(input);
    });
    const after = findRule(config, database, input.name);
    const { rule } = checkRule(input);
    if (options.json) printJson({ rule: ruleRecord(after), changed: !isSame });
    else print(isSame ? `Nothing is changed in ${name}.` : `Changed ${input.name}: ${conditionOf(rule)}.`);
    noteUnknownChannels([rule], config, database);
  });
}

function changed(before: RuleInput, fields: object, unset: readonly string[]): RuleInput {
  const unknown = unset.filter((field) => !(field in before));
  if (unknown.length > 0) {
    throw new UsageError(
      `--unset: ${unknown.map((field) => `"${field}"`).join(', ')} is not set. Set are: ${Object.keys(before).join(', ')}.`,
    );
  }
  const kept = Object.entries(before).filter(([field]) => !unset.includes(field));
  return checkRule({ ...Object.fromEntries(kept), ...fields }).input;
}

const HELP = `# Fields: name, preset or metric and statistic, window, where, by, op, threshold, steps, for, keepFiringFor,
# severity, cooldown, channels, labels, description, enabled, noData. An empty file changes nothing.
`;

/** Asks again, with what is wrong above the text, until the rule is right or given up. */
async function edited(before: unknown): Promise<RuleInput> {
  let text = stringify(before);
  let problems: readonly string[] = [];
  for (;;) {
    const said = problems.map((problem) => `# ${problem.replaceAll('\n', ' ')}\n`).join('');
    const given = await editText(`${said}${HELP}${text}`, 'rule.yaml');
    const body = given.replaceAll(/^#.*\n?/gm, '');
    if (body.trim() === '') throw new Failure('The file is empty: nothing was changed.');
    // Left as it was, with what is wrong in it: whoever closes the editor so wants no more of it.
    if (problems.length > 0 && body === text) throw new Failure(problems.join('\n'));
    text = body;
    problems = [];
    try {
      const parsed = parseRule(parse(body, { logLevel: 'error' }));
      if (parsed.rule) return parsed.input;
      problems = parsed.problems;
    } catch (error) {
      problems = [`This is no YAML: ${yamlProblem(error)}.`];
    }
  }
}
