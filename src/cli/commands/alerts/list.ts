// `agent-vitals alerts list`: the rules there are.
import { type Command } from 'commander';
import { alertsConfig, type KnownRule, knownRules, withDatabaseIfThere } from '../../alerts/known-rules.ts';
import { conditionOf, ruleRecord } from '../../alerts/rule-view.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { note, print, printJson, terminalWidth } from '../../output.ts';
import { type Column, renderTable } from '../../table.ts';

export function addList(alerts: Command): void {
  const command = alerts.command('list').description('the rules there are').action(list);
  addJsonOption(addDirOption(command));
}

async function list(options: DirOptions): Promise<void> {
  const config = alertsConfig(options);
  const rules = await withDatabaseIfThere(config.dir, (database) => knownRules(config, database));
  if (options.json) {
    printJson({ dir: config.dir, rules: rules.map(ruleRecord) });
    return;
  }
  if (rules.length === 0) print('There are no rules yet: agent-vitals alerts init makes some.');
  else print(renderTable(rules, COLUMNS, terminalWidth()));
  for (const problem of rules.flatMap(({ problems }) => problems)) note(problem);
}

const COLUMNS: readonly Column<KnownRule>[] = [
  { header: 'RULE', cell: ({ name }) => name, flexible: true },
  { header: 'FIRES WHEN', cell: ({ rule }) => (rule ? conditionOf(rule) : 'it is wrong'), flexible: true },
  {
    header: 'STATE',
    cell: ({ rule }) => (rule === undefined ? 'invalid' : rule.enabled ? 'enabled' : 'disabled'),
    style: ({ rule }) => (rule === undefined ? 'red' : rule.enabled ? undefined : 'dim'),
  },
  { header: 'SEVERITY', cell: ({ rule }) => rule?.severity ?? '', dropOrder: 1 },
  { header: 'CHANNELS', cell: ({ rule }) => rule?.channels.join(', ') || 'all', dropOrder: 2, flexible: true },
  { header: 'SOURCE', cell: ({ source }) => source, dropOrder: 3 },
];
