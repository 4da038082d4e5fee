// `agent-vitals alerts list`: the rules there are.
import { type Command } from 'commander';
import { StateStore, type StoredState } from '../../../alerting/store/state-store.ts';
import { alertsConfig, type KnownRule, knownRules, withDatabaseIfThere } from '../../alerts/known-rules.ts';
import { conditionOf, ruleRecord } from '../../alerts/rule-view.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { note, print, printJson, type Style, terminalWidth } from '../../output.ts';
import { type Column, renderTable } from '../../table.ts';

export function addList(alerts: Command): void {
  const command = alerts.command('list').description('the rules there are').action(list);
  addJsonOption(addDirOption(command));
}

type ListedRule = KnownRule & { readonly state: string };

async function list(options: DirOptions): Promise<void> {
  const config = alertsConfig(options);
  const rules = await withDatabaseIfThere(config.dir, (database) => {
    const states = database ? [...new StateStore(database, () => undefined).load()].flat() : [];
    return knownRules(config, database).map((known) => listed(known, states));
  });
  if (options.json) {
    printJson({ dir: config.dir, rules: rules.map((known) => ({ state: known.state, ...ruleRecord(known) })) });
    return;
  }
  if (rules.length === 0) print('There are no rules yet: agent-vitals alerts init makes some.');
  else print(renderTable(rules, COLUMNS, terminalWidth()));
  for (const problem of rules.flatMap(({ problems }) => problems)) note(problem);
}

/** @param states as of the last evaluation, whoever made it. */
function listed(known: KnownRule, states: readonly StoredState[]): ListedRule {
  const { rule, name } = known;
  const own = new Set(states.filter((one) => one.rule === name).map(({ state }) => state.state));
  const worst = (['firing', 'pending'] as const).find((state) => own.has(state)) ?? 'inactive';
  return Object.assign(known, { state: rule === undefined ? 'invalid' : rule.enabled ? worst : 'disabled' });
}

const STYLES: Readonly<Record<string, Style>> = { firing: 'red', pending: 'yellow', invalid: 'red', disabled: 'dim' };

const COLUMNS: readonly Column<ListedRule>[] = [
  { header: 'RULE', cell: ({ name }) => name, flexible: true },
  { header: 'FIRES WHEN', cell: ({ rule }) => (rule ? conditionOf(rule) : 'it is wrong'), flexible: true },
  {
    header: 'STATE',
    cell: ({ state }) => state,
    style: ({ state }) => STYLES[state],
  },
  { header: 'SEVERITY', cell: ({ rule }) => rule?.severity ?? '', dropOrder: 1 },
  { header: 'CHANNELS', cell: ({ rule }) => rule?.channels.join(', ') || 'all', dropOrder: 2, flexible: true },
  { header: 'SOURCE', cell: ({ source }) => source, dropOrder: 3 },
];
