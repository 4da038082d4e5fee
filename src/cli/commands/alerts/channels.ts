// `agent-vitals alerts channels`: who is told, and whether they can be. Never shows a secret.
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { type ChannelDescription, WEBHOOK_FORMATS } from '../../../alerting/notify/channel.ts';
import { channelSpec, collectHeader } from '../../alerts/channel-options.ts';
import { alertsConfig, withDatabase } from '../../alerts/known-rules.ts';
import {
  assertChannel,
  asUsage,
  collectAddresses,
  noteFailed,
  notifying,
  outcomeText,
  testChannels,
} from '../../alerts/notifying.ts';
import { Failure, UsageError } from '../../failure.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { note, print, printJson, terminalWidth } from '../../output.ts';
import { type Column, renderTable } from '../../table.ts';

interface AddOptions extends DirOptions {
  readonly type?: string;
  readonly url?: string;
  readonly format?: string;
  readonly header?: readonly string[];
  readonly routingKey?: string;
  readonly to?: readonly string[];
  readonly from?: string;
  readonly resolved: boolean;
}

export function addChannels(alerts: Command): void {
  const channels = alerts.command('channels').description('who is told');
  const add = channels
    .command('add')
    .description('add a channel, or put it in the place of the one of this name')
    .argument('<name>', 'what it is called')
    .option('--type <type>', 'webhook, email or stdout; known from --url or --to (command: in the configuration only)')
    .option('--url <url>', 'of a webhook; - reads it from stdin, so that nobody else sees its token')
    .option('--format <format>', `of a webhook: ${WEBHOOK_FORMATS.join(', ')}`)
    .option('--header <name: value>', 'of a webhook (may be given again)', collectHeader)
    .option('--routing-key <key>', 'of PagerDuty')
    .option('--to <addresses>', 'of an email, as a list with commas (may be given again)', collectAddresses)
    .option('--from <address>', 'of an email, instead of SMTP_FROM')
    .option('--no-resolved', 'do not tell when an alert is over')
    .action(addChannel);
  const list = channels.command('list').description('the channels there are').action(listChannels);
  const remove = channels
    .command('delete')
    .description('forget channels')
    .argument('<name...>', 'which')
    .action(deleteChannels);
  const test = channels
    .command('test')
    .description('say through channels that they work')
    .argument('<name...>', 'which')
    .action(testThem);
  for (const command of [add, list, remove, test]) addJsonOption(addDirOption(command));
}

async function addChannel(name: string, options: AddOptions): Promise<void> {
  const { type, format, header, routingKey, to, from, resolved } = options;
  const url = options.url === '-' ? (await text(process.stdin)).trim() : options.url;
  if (url === '') throw new UsageError('--url: there is none on standard input.');
  const webhook = url !== undefined || format !== undefined || routingKey !== undefined;
  const spec = channelSpec({
    type: type ?? (webhook ? 'webhook' : to === undefined ? undefined : 'email'),
    url,
    format,
    header,
    routingKey,
    to,
    from,
    sendResolved: resolved ? undefined : false,
  });
  if (spec.type === undefined) {
    throw new UsageError('Give where to tell: --url for a webhook, --to for email, or --type stdout.');
  }
  const config = alertsConfig(options);
  await withDatabase(config.dir, async (database) => {
    const { channels } = notifying(config, database, options.json ?? false);
    const channel = await asUsage(() => channels.save(name, spec));
    if (options.json) printJson({ channel: channelRecord(channel) });
    else
      print(
        `Added ${name}: ${channel.format ?? channel.type} to ${channel.target}. Try it: agent-vitals alerts channels test ${name}`,
      );
    for (const warning of channel.warnings) note(`${name}: ${warning}.`);
  });
}

async function listChannels(options: DirOptions): Promise<void> {
  const config = alertsConfig(options);
  await withDatabase(config.dir, (database) => {
    const { channels } = notifying(config, database, options.json ?? false);
    const all = channels.list();
    if (options.json) printJson({ channels: all.map(channelRecord) });
    else if (all.length === 0)
      print('There are no channels yet: nobody is told. agent-vitals alerts channels add makes one.');
    else print(renderTable(all, COLUMNS, terminalWidth()));
    for (const name of channels.names()) {
      const problem = channels.problemOf(name);
      if (problem !== undefined) note(problem);
    }
  });
}

async function deleteChannels(names: readonly string[], options: DirOptions): Promise<void> {
  const config = alertsConfig(options);
  await withDatabase(config.dir, (database) => {
    const known = notifying(config, database, options.json ?? false);
    for (const name of names) {
      assertChannel(name, known);
      if (known.channels.describe(name)?.source === 'config') {
        throw new Failure(`The channel "${name}" is one of the configuration: change it there.`);
      }
    }
    for (const name of names) known.channels.remove(name);
  });
  if (options.json) printJson({ deleted: names });
  else print(`Deleted ${names.join(', ')}.`);
}

async function testThem(names: readonly string[], options: DirOptions): Promise<void> {
  const config = alertsConfig(options);
  await withDatabase(config.dir, async (database) => {
    const known = notifying(config, database, options.json ?? false);
    for (const name of names) assertChannel(name, known);
    const results = await testChannels(names, known);
    if (options.json) printJson({ results });
    else for (const result of results) print(`${result.channel}: ${outcomeText(result)}`);
    noteFailed(results);
  });
}

/** A channel in JSON. */
function channelRecord({ name, type, source, format, target, sendResolved, warnings }: ChannelDescription): object {
  return { name, type, source, format: format ?? null, target, sendResolved, warnings };
}

const COLUMNS: readonly Column<ChannelDescription>[] = [
  { header: 'CHANNEL', cell: ({ name }) => name, flexible: true },
  { header: 'TYPE', cell: ({ type, format }) => (format === undefined ? type : `${type} ${format}`) },
  { header: 'TO', cell: ({ target }) => target, flexible: true },
  { header: 'RESOLVED', cell: ({ sendResolved }) => (sendResolved ? 'told' : 'not told'), dropOrder: 2 },
  { header: 'SOURCE', cell: ({ source }) => source, dropOrder: 1 },
];
