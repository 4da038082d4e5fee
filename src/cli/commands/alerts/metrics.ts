// `agent-vitals alerts metrics`: what each rule comes to now, beside its threshold.
import { type Command } from 'commander';
import { Judge } from '../../alerts/judge.ts';
import { alertsConfig, findRule, withDatabaseIfThere } from '../../alerts/known-rules.ts';
import { RULE, readingRecord, SERIES, STATE, THRESHOLD, USED, VALUE } from '../../alerts/reading-view.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { print, printJson, terminalWidth } from '../../output.ts';
import { renderTable } from '../../table.ts';

export function addMetrics(alerts: Command): void {
  const command = alerts
    .command('metrics')
    .description('what each rule comes to now, beside its threshold')
    .argument('[name...]', 'of these rules')
    .action(metrics);
  addJsonOption(addDirOption(command));
}

async function metrics(names: readonly string[], options: DirOptions): Promise<void> {
  const config = alertsConfig(options);
  await withDatabaseIfThere(config.dir, (database) => {
    for (const name of names) findRule(config, database, name);
  });
  const judge = await Judge.open(config);
  const { atMillis, readings } = await judge.look(false).finally(() => judge.close());
  const shown = readings.filter(({ rule }) => names.length === 0 || names.includes(rule.name));
  if (options.json) {
    printJson({ at: new Date(atMillis).toISOString(), dir: config.dir, readings: shown.map(readingRecord) });
  } else if (shown.length === 0) {
    print(
      names.length === 0
        ? 'There are no rules to judge: agent-vitals alerts init makes some.'
        : 'There is nothing to judge by yet.',
    );
  } else {
    print(renderTable(shown, [RULE, SERIES, VALUE, THRESHOLD, USED, STATE], terminalWidth()));
  }
}
