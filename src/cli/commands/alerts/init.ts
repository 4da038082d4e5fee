// `agent-vitals alerts init`: from nothing to rules and somebody who is told. Asks on a terminal; the same without questions by options.
import { type Command, InvalidArgumentError } from 'commander';
import { WEBHOOK_FORMATS } from '../../../alerting/notify/channel.ts';
import { PRESET_NAMES, type PresetName, presetOf } from '../../../alerting/presets.ts';
import type { RuleInput } from '../../../alerting/rule.ts';
import { RuleStore } from '../../../alerting/store/rule-store.ts';
import { inTransaction } from '../../../internal/database.ts';
import { channelSpec, collectHeader } from '../../alerts/channel-options.ts';
import { askForPlan, type Plan } from '../../alerts/init-wizard.ts';
import { alertsConfig, checkRule, knownRules, withDatabase } from '../../alerts/known-rules.ts';
import { asUsage, collectAddresses, noteFailed, notifying, outcomeText, testChannels } from '../../alerts/notifying.ts';
import { conditionOf } from '../../alerts/rule-view.ts';
import { RECOMMENDED, suggestThresholds } from '../../alerts/suggestion.ts';
import { Failure, UsageError } from '../../failure.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { note, print, printJson } from '../../output.ts';

interface InitOptions extends DirOptions {
  readonly preset?: Partial<Record<PresetName, number | null>>;
  readonly yes?: boolean;
  readonly channel?: string;
  readonly url?: string;
  readonly format?: string;
  readonly header?: readonly string[];
  readonly routingKey?: string;
  readonly to?: readonly string[];
  readonly stdout?: boolean;
  readonly test?: boolean;
}

export function addInit(alerts: Command): void {
  const command = alerts
    .command('init')
    .description('begin: what to watch, at which threshold, whom to tell; asks on a terminal')
    .option('--preset <name[=threshold]>', 'watch this, without asking (may be given again)', collectPreset)
    .option('-y, --yes', `watch ${RECOMMENDED.join(', ')}, without asking`)
    .option('--channel <name>', 'what the channel is called', 'default')
    .option('--url <url>', 'tell a webhook')
    .option('--format <format>', `of the webhook: ${WEBHOOK_FORMATS.join(', ')}`)
    .option('--header <name: value>', 'of the webhook (may be given again)', collectHeader)
    .option('--routing-key <key>', 'of PagerDuty')
    .option('--to <addresses>', 'tell by email, as a list with commas (may be given again)', collectAddresses)
    .option('--stdout', 'tell whoever looks at the output of agent-vitals alerts watch')
    .option('--test', 'send a test')
    .action(init);
  addJsonOption(addDirOption(command));
}

async function init(options: InitOptions): Promise<void> {
  const config = alertsConfig(options);
  await withDatabase(config.dir, async (database) => {
    const known = notifying(config, database, options.json ?? false);
    const taken = new Set(knownRules(config, database).map(({ name }) => name));
    const suggestions = await suggestThresholds(config.dir);
    const isAsking = options.preset === undefined && !options.yes;
    if (isAsking && !(process.stdin.isTTY && process.stdout.isTTY && !options.json)) {
      throw new UsageError(
        'There is no terminal to ask on. Give --yes, or --preset for each thing to watch: --preset daily_cost=25.',
      );
    }
    const { url, to, stdout, format, header, routingKey, test } = options;
    if (url === undefined && routingKey === undefined && [format, header].some((option) => option !== undefined))
      throw new UsageError(
        '--format and --header are those of a webhook. Give its --url too, or the --routing-key of PagerDuty.',
      );
    if (isAsking && [url, routingKey, to, stdout, test].some((option) => option !== undefined)) {
      throw new UsageError(
        '--url, --routing-key, --to, --stdout and --test are for init without questions. Give --yes or --preset too.',
      );
    }
    const plan = isAsking
      ? await askForPlan(suggestions, taken, known.channels.names(), config.alerts.allowPrivateHosts)
      : planOf(options, new Map(suggestions.map(({ preset, threshold }) => [preset, threshold])));
    const rules = plan.rules.map((rule) => checkRule(rule));
    const twice = rules.filter(({ rule }) => taken.has(rule.name)).map(({ rule }) => rule.name);
    if (twice.length > 0)
      throw new Failure(`There are rules of these names already: ${twice.join(', ')}. Nothing was changed.`);
    // The channel first: when it is wrong, nothing is changed.
    const channel =
      plan.channel && (await asUsage(() => known.channels.save(plan.channel?.name ?? '', plan.channel?.spec)));
    inTransaction(database, () => {
      for (const { input } of rules) new RuleStore(database).save(input);
    });
    const told = plan.test ? await testChannels(channel ? [channel.name] : known.channels.names(), known) : [];
    if (options.json) {
      printJson({ rules: rules.map(({ input }) => input), channel: channel?.name ?? null, results: told });
    } else {
      for (const { rule } of rules) print(`Added ${rule.name}: ${conditionOf(rule)}, ${rule.severity}.`);
      if (channel) print(`Added channel ${channel.name}: ${channel.format ?? channel.type} to ${channel.target}.`);
      for (const result of told) print(`Test of ${result.channel}: ${outcomeText(result)}`);
      print('Rules are judged by every process under agent-vitals, and without one by: agent-vitals alerts watch');
    }
    for (const warning of channel?.warnings ?? []) note(`${channel?.name}: ${warning}.`);
    if (known.channels.names().length === 0) note('nobody is told yet: agent-vitals alerts channels add.');
    noteFailed(told);
  });
}

function planOf(options: InitOptions, suggested: ReadonlyMap<PresetName, number>): Plan {
  const { channel = 'default', url, format, header, routingKey, to, stdout, test = false } = options;
  const webhook = url ?? routingKey;
  if ([webhook, to, stdout].filter((way) => way !== undefined).length > 1) {
    throw new UsageError(
      '--url (or --routing-key), --to and --stdout are three ways to tell. Give one of them; alerts channels add makes more.',
    );
  }
  const wanted = {
    ...Object.fromEntries(options.yes ? RECOMMENDED.map((preset) => [preset, null]) : []),
    ...options.preset,
  };
  const rules = Object.entries(wanted).map(
    ([preset, threshold]): RuleInput => ({
      name: preset,
      preset,
      threshold: threshold ?? suggested.get(preset as PresetName) ?? presetOf(preset as PresetName).threshold,
    }),
  );
  const spec =
    webhook !== undefined
      ? channelSpec({ type: 'webhook', url, format, header, routingKey })
      : to
        ? { type: 'email', to }
        : stdout
          ? { type: 'stdout' }
          : undefined;
  return { rules, channel: spec && { name: channel, spec }, test };
}

function collectPreset(
  text: string,
  presets: Partial<Record<PresetName, number | null>> = {},
): Partial<Record<PresetName, number | null>> {
  const [name = '', given] = text.split('=', 2);
  const preset = PRESET_NAMES.find((one) => one === name);
  if (preset === undefined)
    throw new InvalidArgumentError(`There is no preset "${name}". There are: ${PRESET_NAMES.join(', ')}.`);
  const threshold = given === undefined ? null : Number(given);
  if (given?.trim() === '' || (threshold !== null && !Number.isFinite(threshold)))
    throw new InvalidArgumentError(`The threshold of ${preset} must be a number, not "${given}".`);
  return { ...presets, [preset]: threshold };
}
