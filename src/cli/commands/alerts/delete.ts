// `agent-vitals alerts delete`: forgets rules.
import { type Command } from 'commander';
import { RuleStore } from '../../../alerting/store/rule-store.ts';
import { alertsConfig, assertStored, findRule, withDatabase } from '../../alerts/known-rules.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { print, printJson } from '../../output.ts';

export function addDelete(alerts: Command): void {
  const command = alerts
    .command('delete')
    .description('forget rules')
    .argument('<name...>', 'which')
    .action(deleteRules);
  addJsonOption(addDirOption(command));
}

async function deleteRules(names: readonly string[], options: DirOptions): Promise<void> {
  const config = alertsConfig(options);
  await withDatabase(config.dir, (database) => {
    // All or none.
    for (const name of names) assertStored(findRule(config, database, name));
    const store = new RuleStore(database);
    for (const name of names) store.delete(name);
  });
  if (options.json) printJson({ deleted: names });
  else print(`Deleted ${names.join(', ')}.`);
}
