// `agent-vitals alerts enable` and `disable`: whether a rule is judged.
import { type Command } from 'commander';
import type { RuleInput } from '../../../alerting/rule.ts';
import { RuleStore } from '../../../alerting/store/rule-store.ts';
import { alertsConfig, assertStored, findValidRule, withDatabase } from '../../alerts/known-rules.ts';
import { ruleRecord } from '../../alerts/rule-view.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { print, printJson } from '../../output.ts';

export function addEnable(alerts: Command): void {
  addSwitch(alerts, 'enable', 'judge rules again', true);
  addSwitch(alerts, 'disable', 'keep rules, but do not judge them', false);
}

function addSwitch(alerts: Command, verb: string, description: string, enabled: boolean): void {
  const command = alerts
    .command(verb)
    .description(description)
    .argument('<name...>', 'which')
    .action((names: readonly string[], options: DirOptions) => switchRules(names, enabled, options));
  addJsonOption(addDirOption(command));
}

async function switchRules(names: readonly string[], enabled: boolean, options: DirOptions): Promise<void> {
  const config = alertsConfig(options);
  await withDatabase(config.dir, (database) => {
    const rules = names.map((name) => findValidRule(config, database, name));
    // All or none.
    for (const known of rules) assertStored(known);
    const store = new RuleStore(database);
    for (const { input } of rules) store.save({ ...(input as RuleInput), enabled });
    const changed = names.map((name) => findValidRule(config, database, name));
    if (options.json) printJson({ rules: changed.map(ruleRecord) });
    else print(`${enabled ? 'Enabled' : 'Disabled'} ${names.join(', ')}.`);
  });
}
