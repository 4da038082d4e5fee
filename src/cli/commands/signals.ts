// `agent-vitals signals`: what waits for agents; sends to them, and removes what waits.
import { type Command } from 'commander';
import { formatDuration } from '../../alerting/duration.ts';
import { type PendingOptions, type PendingSignal, type SentSignal, signals } from '../../coordination/signals.ts';
import { confirmRemoval } from '../confirm.ts';
import {
  addStoreOptions,
  collect,
  isoTime,
  parseMillis,
  parsePayload,
  payloadText,
  type StoreOptions,
  withStore,
} from '../coordination.ts';
import { formatCountOf, formatTime } from '../format.ts';
import { print, printJson, terminalWidth } from '../output.ts';
import { type Column, renderTable } from '../table.ts';

interface FilterOptions extends StoreOptions {
  readonly to?: string;
  readonly from?: string;
  readonly type?: string[];
}

interface SendingOptions extends StoreOptions {
  readonly to?: string;
  readonly ttl?: number;
  readonly as?: string;
}

export function addSignals(program: Command): void {
  const command = program
    .command('signals')
    .description('signals that wait for agents')
    .option('--utc', 'times in UTC instead of the local time zone')
    .action((_, all: Command) => list(all.opts()));
  addFilterOptions(command);
  addStoreOptions(command);
  const sending = (name: string, description: string): Command =>
    addStoreOptions(
      command
        .command(name)
        .description(`${description}; the payload is JSON, or a text where it is none`)
        .option('--ttl <duration>', 'when it is gone, taken or not (default: 1h)', parseMillis)
        .option('--as <agent>', 'name of the agent that sends it'),
    );
  sending('send <type> [payload]', 'send a signal to one agent')
    .requiredOption('--to <agent>', 'id of the agent, or the name of several of which one takes it')
    .action((type: string, payload: string | undefined, _, send: Command) =>
      dispatch(type, payload, send.optsWithGlobals()),
    );
  sending('broadcast <type> [payload]', 'send a signal that each agent sees once').action(
    (type: string, payload: string | undefined, _, send: Command) =>
      dispatch(type, payload, { ...send.optsWithGlobals(), to: undefined }),
  );
  addStoreOptions(
    addFilterOptions(
      command.command('clear').description('remove signals that wait; asks first').option('-y, --yes', 'do not ask'),
    ),
  ).action((_, clear: Command) => clearSignals(clear.optsWithGlobals()));
}

function addFilterOptions(command: Command): Command {
  return command
    .option('--to <agent>', 'only signals for this name or id')
    .option('--from <agent>', 'only signals from this name or id')
    .option('-t, --type <type>', 'only signals of this type (may be given again)', collect);
}

function filterOf({ to, from, type }: FilterOptions): PendingOptions {
  return { to, from, type };
}

function list(options: FilterOptions): Promise<void> {
  return withStore(options, async ({ name, isNew }) => {
    const found = isNew ? [] : await signals.pending(filterOf(options));
    if (options.json) printJson({ signals: found.map(signalRecord) });
    else if (found.length === 0) print(`No ${isFiltered(options) ? 'such ' : ''}signal waits in ${name}.`);
    else print(renderTable(found, columns(options.utc ?? false), terminalWidth()));
  });
}

function dispatch(
  type: string,
  payload: string | undefined,
  { to, ttl, as, ...options }: SendingOptions,
): Promise<void> {
  return withStore(options, async () => {
    const what = { type, payload: payload === undefined ? null : parsePayload(payload), ttl, agent: as };
    const sent = await (to === undefined ? signals.broadcast(what) : signals.send({ ...what, to }));
    if (options.json) printJson({ ...timesOf(sent), type, to: to ?? null });
    else print(`Sent to ${to ?? 'all agents'} as ${sent.id}.`);
  });
}

function clearSignals(options: FilterOptions): Promise<void> {
  return withStore(options, async ({ name, isNew }) => {
    const filter = filterOf(options);
    const found = isNew ? [] : await signals.pending(filter);
    const count = found.length < 1000 ? formatCountOf(found.length, 'signal') : '1,000 signals or more';
    if (found.length > 0) await confirmRemoval(count, name, options.yes);
    const removed = isNew ? 0 : await signals.clear(filter);
    if (options.json) printJson({ removed });
    else print(`Removed ${formatCountOf(removed, 'signal')}.`);
  });
}

function isFiltered({ to, from, type }: FilterOptions): boolean {
  return to !== undefined || from !== undefined || type !== undefined;
}

function columns(utc: boolean): Column<PendingSignal>[] {
  return [
    { header: 'SENT', cell: ({ sentAt }) => formatTime(sentAt, utc).slice(5), dropOrder: 1 },
    { header: 'TYPE', cell: ({ type }) => type },
    { header: 'TO', cell: ({ to }) => to ?? 'all', flexible: true },
    { header: 'FROM', cell: ({ from }) => from ?? '', flexible: true },
    {
      header: 'TTL',
      cell: ({ sentAt, expiresAt }) => formatDuration(expiresAt - sentAt),
      align: 'right',
      dropOrder: 2,
    },
    {
      header: 'TAKEN',
      cell: ({ deliveries }) => (deliveries === 0 ? '' : `${deliveries}x`),
      align: 'right',
      dropOrder: 3,
    },
    { header: 'PAYLOAD', cell: ({ payload }) => payloadText(payload), flexible: true },
  ];
}

function signalRecord({ to, from, sentAt, expiresAt, ...signal }: PendingSignal): object {
  return { ...signal, to: to ?? null, from: from ?? null, ...timesOf({ id: signal.id, sentAt, expiresAt }) };
}

function timesOf({ id, sentAt, expiresAt }: SentSignal): object {
  return { id, sentAt: isoTime(sentAt), expiresAt: isoTime(expiresAt) };
}
