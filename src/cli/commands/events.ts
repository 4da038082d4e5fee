// `agent-vitals events`: what agents and the package itself have published, and live as it happens.
import { type Command } from 'commander';
import { events, type VitalsEvent } from '../../coordination/events.ts';
import type { EventStream } from '../../coordination/store/store.ts';
import { confirmRemoval } from '../confirm.ts';
import {
  addStoreOptions,
  collect,
  isoTime,
  parsePayload,
  payloadText,
  type StoreOptions,
  untilInterrupted,
  withStore,
} from '../coordination.ts';
import { Failure } from '../failure.ts';
import { formatCount, formatCountOf, formatTime } from '../format.ts';
import { parseCount, parseLimit } from '../journal-options.ts';
import { noteFollowing, print, printJson, printPart, terminalWidth } from '../output.ts';
import { type Column, createTable, renderTable } from '../table.ts';

interface ListOptions extends StoreOptions {
  readonly type?: string[];
  readonly after?: string;
  readonly limit: number;
  readonly follow?: boolean;
}

export function addEvents(program: Command): void {
  const command = program
    .command('events')
    .description('what has happened to agents, signals, approvals, alerts and feedback, and what apps publish')
    .option('-t, --type <type>', 'only events of this type (may be given again)', collect)
    .option('--after <id>', 'those after this one, oldest first; without it the newest')
    .option('-n, --limit <count>', 'how many', parseLimit, 20)
    .option('-f, --follow', 'go on with those to come, until Ctrl-C')
    .option('--utc', 'times in UTC instead of the local time zone')
    .action(list);
  addStoreOptions(command);
  addStoreOptions(
    command.command('info').description('how many events of each type are kept').option('--utc', 'times in UTC'),
  ).action((_, info: Command) => showStreams(info.optsWithGlobals()));
  addStoreOptions(
    command
      .command('publish <type> [payload]')
      .description('add an event; the payload is JSON, or a text where it is none'),
  ).action((type: string, payload: string | undefined, _, publish: Command) =>
    publishEvent(type, payload, publish.optsWithGlobals()),
  );
  addStoreOptions(
    command
      .command('trim <type>')
      .description('keep only the newest events of a type')
      .requiredOption('--keep <count>', 'how many are kept', parseCount),
  ).action((type: string, _, trim: Command) => trimEvents(type, trim.optsWithGlobals()));
  addStoreOptions(
    command
      .command('delete <type> [ids...]')
      .description('remove single events of a type, or all of it; asks first')
      .option('-y, --yes', 'do not ask'),
  ).action((type: string, ids: string[], _, remove: Command) => deleteEvents(type, ids, remove.optsWithGlobals()));
}

function list(options: ListOptions): Promise<void> {
  const { type, after, limit, follow, json, utc = false } = options;
  return withStore(options, async ({ name, isNew }) => {
    if (follow) return await followEvents(options, name);
    const query = { type, after, newest: after === undefined, limit };
    const found = isNew || limit === 0 ? [] : await events.read(query);
    if (json) printJson({ events: found.map(eventRecord) });
    else if (found.length > 0) print(renderTable(found, columns(utc), terminalWidth()));
    else print(`There are no${type || after ? ' such' : ''} events in ${name}.`);
  });
}

async function followEvents({ type, after, limit, json, utc = false }: ListOptions, name: string): Promise<void> {
  const signal = untilInterrupted();
  const toTable = createTable(columns(utc), terminalWidth(), LEAST_WIDTHS);
  const write = async (found: readonly VitalsEvent[]): Promise<void> => {
    if (found.length === 0) return;
    const text = json ? found.map((event) => JSON.stringify(eventRecord(event))).join('\n') : toTable(found);
    await printPart(`${text}\n`);
  };
  let known = after;
  if (known === undefined && limit > 0) {
    const before = await events.read({ type, newest: true, limit });
    await write(before);
    known = before.at(-1)?.id ?? '0';
  }
  if (!json) noteFollowing(name);
  for await (const event of events.follow({ types: type, after: known, signal })) await write([event]);
}

function showStreams(options: StoreOptions): Promise<void> {
  return withStore(options, async ({ name, isNew }) => {
    const streams = isNew ? [] : await events.info();
    if (options.json) printJson({ streams: streams.map(streamRecord) });
    else if (streams.length === 0) print(`There are no events in ${name}.`);
    else print(renderTable(streams, streamColumns(options.utc ?? false), terminalWidth()));
  });
}

function publishEvent(type: string, payload: string | undefined, options: StoreOptions): Promise<void> {
  return withStore(options, async () => {
    const published = await events.publish({ type, payload: payload === undefined ? null : parsePayload(payload) });
    // It was not stored, and who asks anything else of the store is told why.
    if (!published) {
      await events.info();
      throw new Failure('The event was not published: the store was not available.');
    }
    if (options.json) printJson(eventRecord(published));
    else print(`Published as ${published.id}.`);
  });
}

function trimEvents(type: string, options: StoreOptions & { readonly keep: number }): Promise<void> {
  return withStore(options, async ({ isNew }) => {
    const removed = isNew ? 0 : await events.trim({ type, maxLength: options.keep });
    if (options.json) printJson({ type, removed });
    else print(`Removed ${formatCountOf(removed, 'event')}.`);
  });
}

function deleteEvents(type: string, ids: readonly string[], options: StoreOptions): Promise<void> {
  return withStore(options, async ({ name, isNew }) => {
    const what = ids.length > 0 ? formatCountOf(ids.length, 'event') : `all events of type ${type}`;
    if (!isNew) await confirmRemoval(what, name, options.yes);
    const removed = isNew ? 0 : await events.delete({ type, ids: ids.length > 0 ? ids : undefined });
    if (options.json) printJson({ type, removed });
    else print(`Removed ${formatCountOf(removed, 'event')}.`);
  });
}

/** Rows that are printed cannot be aligned again. */
const LEAST_WIDTHS = { TYPE: 16, AGENT: 14 };

function columns(utc: boolean): Column<VitalsEvent>[] {
  return [
    { header: 'TIME', cell: ({ time }) => formatTime(time, utc).slice(5), dropOrder: 1 },
    { header: 'ID', cell: ({ id }) => id, dropOrder: 3 },
    { header: 'TYPE', cell: ({ type }) => type, style: ({ type }) => styleOf(type) },
    { header: 'AGENT', cell: ({ agent }) => agent?.name ?? '', flexible: true },
    { header: 'PAYLOAD', cell: ({ payload }) => payloadText(payload), flexible: true },
  ];
}

function styleOf(type: string): 'red' | 'yellow' | undefined {
  if (/\.(lost|failed|firing|rejected)$/.test(type)) return 'red';
  return /\.(stale|pending|requested|timed_out)$/.test(type) ? 'yellow' : undefined;
}

function streamColumns(utc: boolean): Column<EventStream>[] {
  return [
    { header: 'TYPE', cell: ({ type }) => type, flexible: true },
    { header: 'EVENTS', cell: ({ length }) => formatCount(length), align: 'right' },
    { header: 'FIRST', cell: ({ firstTime }) => formatTime(firstTime, utc).slice(5) },
    { header: 'LAST', cell: ({ lastTime }) => formatTime(lastTime, utc).slice(5) },
  ];
}

function eventRecord({ time, agent, traceId, spanId, ...event }: VitalsEvent): object {
  return { ...event, time: isoTime(time), agent: agent ?? null, traceId: traceId ?? null, spanId: spanId ?? null };
}

function streamRecord({ firstTime, lastTime, ...stream }: EventStream): object {
  return { ...stream, firstTime: isoTime(firstTime), lastTime: isoTime(lastTime) };
}
