// `agent-vitals alerts add`: a rule from the command line.
import { type Command } from 'commander';
import { RuleStore } from '../../../alerting/store/rule-store.ts';
import { alertsConfig, checkRule, findRule, knownRules, withDatabase } from '../../alerts/known-rules.ts';
import { noteUnknownChannels } from '../../alerts/notifying.ts';
import { addRuleOptions, type RuleOptions, ruleFields } from '../../alerts/rule-options.ts';
import { conditionOf, ruleRecord } from '../../alerts/rule-view.ts';
import { Failure } from '../../failure.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { print, printJson } from '../../output.ts';

interface AddOptions extends DirOptions, RuleOptions {
  readonly replace?: boolean;
}

export function addAdd(alerts: Command): void {
  const command = alerts
    .command('add')
    .description('add a rule: agent-vitals alerts add spend --preset daily_cost --threshold 25')
    .argument('<name>', 'what it is called')
    .option('--replace', 'in the place of the rule of this name')
    .action(add);
  addJsonOption(addDirOption(addRuleOptions(command)));
}

async function add(name: string, options: AddOptions): Promise<void> {
  const { rule, input } = checkRule({ name, ...ruleFields(options) });
  const config = alertsConfig(options);
  await withDatabase(config.dir, (database) => {
    const before = knownRules(config, database).find((known) => known.name === name);
    if (before?.source === 'config') throw new Failure(`The configuration has a rule "${name}". Give another name.`);
    if (before && !options.replace)
      throw new Failure(`There is a rule "${name}" already. Give another name, or --replace.`);
    new RuleStore(database).save(input);
    if (options.json) printJson({ rule: ruleRecord(findRule(config, database, name)) });
    else print(`${before ? 'Replaced' : 'Added'} ${name}: ${conditionOf(rule)}, ${rule.severity}.`);
    noteUnknownChannels([rule], config, database);
  });
}
