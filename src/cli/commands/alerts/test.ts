// `agent-vitals alerts test`: tells those whom a rule tells, as if it fired.
import { type Command } from 'commander';
import { alertsConfig, findValidRule, withDatabase } from '../../alerts/known-rules.ts';
import { assertChannel, channelsOf, noteFailed, notifying, outcomeText, telling } from '../../alerts/notifying.ts';
import { conditionOf } from '../../alerts/rule-view.ts';
import { Failure } from '../../failure.ts';
import { addDirOption, addJsonOption, collect, type DirOptions } from '../../journal-options.ts';
import { print, printJson } from '../../output.ts';

interface TestOptions extends DirOptions {
  readonly channel?: string[];
}

export function addTest(alerts: Command): void {
  const command = alerts
    .command('test')
    .description('tell those whom a rule tells that this is a test')
    .argument('<name>', 'which rule')
    .option('--channel <name>', 'this channel instead (may be given again)', collect)
    .action(test);
  addJsonOption(addDirOption(command));
}

async function test(name: string, options: TestOptions): Promise<void> {
  const config = alertsConfig(options);
  await withDatabase(config.dir, async (database) => {
    const { rule } = findValidRule(config, database, name);
    const known = notifying(config, database, options.json ?? false);
    const channels = options.channel ?? channelsOf(rule, known);
    if (channels.length === 0)
      throw new Failure('There are no channels: nobody is told. agent-vitals alerts channels add makes one.');
    for (const channel of channels) assertChannel(channel, known);
    const results = await telling(
      Promise.all(
        channels.map(async (channel) => {
          const attempt = await known.notifier.send(channel, {
            title: `[TEST] ${name}`,
            text: `This is a test: nothing is wrong. The rule fires when ${conditionOf(rule)}.`,
            severity: rule.severity,
            about: 'test',
          });
          return { channel, outcome: attempt.outcome, reason: attempt.reason ?? null };
        }),
      ),
    );
    if (options.json) printJson({ rule: name, results });
    else for (const result of results) print(`${result.channel}: ${outcomeText(result)}`);
    noteFailed(results);
  });
}
