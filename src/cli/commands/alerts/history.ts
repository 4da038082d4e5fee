// `agent-vitals alerts history`: what fired when, and who was told.
import { type Command, Option } from 'commander';
import { type Delivery, type HistoryEntry, readHistory } from '../../../alerting/notify/history.ts';
import { PeriodError, parseSince } from '../../../query/period.ts';
import { alertsConfig, findRule, withDatabaseIfThere } from '../../alerts/known-rules.ts';
import { assertChannel, noteReasons, notifying, outcomeText } from '../../alerts/notifying.ts';
import { UsageError } from '../../failure.ts';
import { formatTime } from '../../format.ts';
import { addDirOption, addJsonOption, type DirOptions, parseCount, zoneOf } from '../../journal-options.ts';
import { print, printJson, type Style, terminalWidth } from '../../output.ts';
import { type Column, renderTable } from '../../table.ts';

interface HistoryOptions extends DirOptions {
  readonly limit: number;
  readonly since?: string;
  readonly rule?: string;
  readonly channel?: string;
  readonly kind?: HistoryEntry['kind'];
  readonly utc?: boolean;
}

export function addHistory(alerts: Command): void {
  const command = alerts
    .command('history')
    .description('what fired when, and who was told')
    .option('-n, --limit <count>', 'how many, the last', parseCount, 50)
    .option('--since <when>', 'from then on: 30m, 24h, 7d, 2026-11-23')
    .option('--rule <name>', 'of this rule')
    .option('--channel <name>', 'of this channel')
    .addOption(new Option('--kind <kind>', 'only these').choices(['transition', 'delivery']))
    .option('--utc', 'times in UTC instead of the local time zone')
    .action(history);
  addJsonOption(addDirOption(command));
}

async function history(options: HistoryOptions): Promise<void> {
  const { limit, since, rule, channel, kind, utc = false } = options;
  const config = alertsConfig(options);
  const filter = {
    limit,
    ...(since !== undefined && { sinceMillis: sinceOf(since, utc) }),
    ...(rule !== undefined && { rule }),
    ...(channel !== undefined && { channel }),
    ...(kind !== undefined && { kind }),
  };
  const entries = await withDatabaseIfThere(config.dir, (database) => {
    const found = database ? readHistory(database, filter) : [];
    // What is gone may have a history; without one, a name that nobody knows is a mistake.
    if (found.length === 0 && rule !== undefined) findRule(config, database, rule);
    if (found.length === 0 && channel !== undefined && database)
      assertChannel(channel, notifying(config, database, options.json ?? false));
    return found;
  });
  if (options.json) printJson({ entries: entries.map(entryRecord) });
  else if (entries.length === 0) print('Nothing has happened.');
  else {
    print(renderTable(entries, columns(utc), terminalWidth()));
    noteReasons(entries.flatMap((entry) => (entry.kind === 'delivery' ? [entry] : [])));
  }
}

function sinceOf(text: string, utc: boolean): number {
  try {
    return parseSince(text, { nowMillis: Date.now(), zone: zoneOf({ utc }) });
  } catch (error) {
    if (error instanceof PeriodError) throw new UsageError(`--since: ${error.message}`, { cause: error });
    throw error;
  }
}

/** An entry in JSON. */
function entryRecord({ atMillis, kind, ...entry }: HistoryEntry): object {
  const unknown = kind === 'delivery' ? { reason: null } : {};
  return { at: new Date(atMillis).toISOString(), kind, ...unknown, ...entry };
}

const STYLES: Readonly<Record<string, Style>> = { firing: 'red', pending: 'yellow', resolved: 'green' };

function columns(utc: boolean): readonly Column<HistoryEntry>[] {
  return [
    { header: 'TIME', cell: ({ atMillis }) => formatTime(atMillis, utc) },
    {
      header: 'RULE',
      cell: (entry) => (entry.kind === 'transition' ? entry.rule : rulesOf(entry)),
      flexible: true,
    },
    {
      header: 'WHAT',
      cell: (entry) => (entry.kind === 'transition' ? entry.to : `${entry.channel}: ${outcomeText(entry)}`),
      style: (entry) =>
        entry.kind === 'transition' ? STYLES[entry.to] : entry.outcome === 'delivered' ? undefined : 'red',
      flexible: true,
    },
    {
      header: 'VALUE',
      cell: (entry) =>
        entry.kind === 'transition' && entry.value !== null ? String(Number(entry.value.toPrecision(6))) : '',
      align: 'right',
      dropOrder: 1,
    },
    {
      header: 'SERIES',
      cell: (entry) => (entry.kind === 'transition' ? Object.values(entry.labels).join(', ') : ''),
      flexible: true,
      dropOrder: 2,
    },
  ];
}

/** What a message is about that is about no rule stands in brackets. */
function rulesOf({ alerts, about }: Delivery): string {
  return [...new Set(alerts.map(({ rule }) => rule))].join(', ') || `(${about})`;
}
