// `agent-vitals alerts show`: one rule, as it is written, what it comes to and what happened.
import { type Command } from 'commander';
import { stringify } from 'yaml';
import { readHistory } from '../../../alerting/notify/history.ts';
import { StateStore } from '../../../alerting/store/state-store.ts';
import { alertsConfig, findRule, withDatabaseIfThere } from '../../alerts/known-rules.ts';
import { labelsText } from '../../alerts/reading-view.ts';
import { conditionOf, ruleRecord } from '../../alerts/rule-view.ts';
import { formatTime, printable } from '../../format.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { note, paint, print, printJson } from '../../output.ts';

interface ShowOptions extends DirOptions {
  readonly utc?: boolean;
}

/** Transitions that are shown. */
const LAST = 5;

export function addShow(alerts: Command): void {
  const command = alerts
    .command('show')
    .description('one rule: how it is written, its states, and what happened last')
    .argument('<name>', 'which')
    .option('--utc', 'times in UTC instead of the local time zone')
    .action(show);
  addJsonOption(addDirOption(command));
}

async function show(name: string, options: ShowOptions): Promise<void> {
  const config = alertsConfig(options);
  await withDatabaseIfThere(config.dir, (database) => {
    const known = findRule(config, database, name);
    const all = database ? [...new StateStore(database, () => undefined).load()].flat() : [];
    const states = all.filter(({ rule }) => rule === name);
    const history = database ? readHistory(database, { rule: name, kind: 'transition', limit: LAST }) : [];
    const transitions = history.filter((entry) => entry.kind === 'transition');
    const by = known.rule?.by ?? [];
    const series = states.map(({ step, values, state }) => ({
      labels: Object.fromEntries([
        ...by.map((label, index) => [label, values[index] ?? '']),
        ...(step ? [['step', step]] : []),
      ]) as Record<string, string>,
      state: state.state,
      since: new Date(state.firedMillis ?? state.activeMillis).toISOString(),
    }));
    if (options.json) {
      printJson({
        rule: ruleRecord(known),
        series,
        transitions: transitions.map(({ atMillis, labels, from, to, value }) => ({
          at: new Date(atMillis).toISOString(),
          labels,
          from,
          to,
          value,
        })),
      });
      return;
    }
    print(paint('bold', known.rule ? `${name}: ${conditionOf(known.rule)}` : `${name}: it is wrong`));
    print(`\n${stringify(known.input).trimEnd().split('\n').map(printable).join('\n')}`);
    for (const { labels, state, since } of series) {
      print(
        `\n${state} since ${formatTime(Date.parse(since), options.utc ?? false)}${Object.keys(labels).length > 0 ? `: ${printable(labelsText(labels))}` : ''}`,
      );
    }
    if (transitions.length > 0) print('');
    for (const { atMillis, labels, to } of transitions)
      print(
        `${formatTime(atMillis, options.utc ?? false)}  ${[to, printable(labelsText(labels))].join('  ').trimEnd()}`,
      );
    for (const problem of known.problems) note(problem);
  });
}
