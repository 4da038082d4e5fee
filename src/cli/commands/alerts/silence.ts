// `agent-vitals alerts silence`: alerts that nobody is told of for a while.
import { userInfo } from 'node:os';
import { type Command } from 'commander';
import { formatDuration, parseDuration } from '../../../alerting/duration.ts';
import {
  endSilence,
  listSilences,
  type Silence,
  SilenceError,
  addSilence as saveSilence,
} from '../../../alerting/notify/silence.ts';
import { inTransaction } from '../../../internal/database.ts';
import { PeriodError, type PeriodOptions, parseUntil } from '../../../query/period.ts';
import { alertsConfig, withDatabase, withDatabaseIfThere } from '../../alerts/known-rules.ts';
import { Failure, UsageError } from '../../failure.ts';
import { formatTime } from '../../format.ts';
import { addDirOption, addJsonOption, type DirOptions, zoneOf } from '../../journal-options.ts';
import { print, printJson, terminalWidth } from '../../output.ts';
import { type Column, renderTable } from '../../table.ts';

interface AddOptions extends DirOptions {
  readonly for?: string;
  readonly until?: string;
  readonly comment?: string;
  readonly by?: string;
  readonly utc?: boolean;
}

interface ListOptions extends DirOptions {
  readonly all?: boolean;
  readonly utc?: boolean;
}

const UTC = 'times in UTC instead of the local time zone';

export function addSilence(alerts: Command): void {
  const silence = alerts.command('silence').description('do not tell of some alerts for a while');
  const add = silence
    .command('add')
    .description('agent-vitals alerts silence add rule=daily_cost --for 2h')
    .argument(
      '<matcher...>',
      'name=value, name!=value, name=~regex, name!~regex; rule and severity are names too; all must match',
    )
    .option('--for <length>', 'how long: 30m, 2h, 7d')
    .option('--until <when>', 'to which moment: 2026-11-23T10:00')
    .option('--comment <text>', 'why')
    .option('--by <name>', 'who (default: the user of this machine)')
    .option('--utc', UTC)
    .action(createSilence);
  const list = silence
    .command('list')
    .description('those that last, or will')
    .option('--all', 'those that are over too')
    .option('--utc', UTC)
    .action(listAll);
  const expire = silence
    .command('expire')
    .description('end silences now')
    .argument('<id...>', 'which; the beginning of an id is enough')
    .action(expireAll);
  for (const command of [add, list, expire]) addJsonOption(addDirOption(command));
}

async function createSilence(matchers: readonly string[], options: AddOptions): Promise<void> {
  const now = Date.now();
  const endsAtMillis = endOf(options, now);
  const config = alertsConfig(options);
  await withDatabase(config.dir, (database) => {
    const { comment, by = userName() } = options;
    const silence = asUsage(() =>
      saveSilence(database, { matchers, endsAtMillis, createdBy: by, ...(comment !== undefined && { comment }) }, now),
    );
    if (options.json) printJson({ silence: silenceRecord(silence, now) });
    else
      print(
        `Silenced ${matchers.join(', ')} until ${formatTime(endsAtMillis, options.utc ?? false)}. To end it before: agent-vitals alerts silence expire ${silence.id.slice(0, 8)}`,
      );
  });
}

async function listAll(options: ListOptions): Promise<void> {
  const config = alertsConfig(options);
  const now = Date.now();
  const silences = await withDatabaseIfThere(config.dir, (database) =>
    database ? listSilences(database, now, options.all ? 0 : now) : [],
  );
  if (options.json) printJson({ silences: silences.map((silence) => silenceRecord(silence, now)) });
  else if (silences.length === 0) print(options.all ? 'There were no silences.' : 'Nothing is silenced.');
  else print(renderTable(silences, columns(now, options.utc ?? false), terminalWidth()));
}

async function expireAll(ids: readonly string[], options: DirOptions): Promise<void> {
  const config = alertsConfig(options);
  const ended = await withDatabase(config.dir, (database) =>
    inTransaction(database, () =>
      ids.map((id) => {
        const silence = endSilence(database, id, Date.now());
        if (silence) return silence;
        throw new Failure(
          `"${id}" is the id of no silence that lasts, or the beginning of several: agent-vitals alerts silence list.`,
        );
      }),
    ),
  );
  if (options.json) printJson({ silences: ended.map((silence) => silenceRecord(silence, Date.now())) });
  else for (const { matchers } of ended) print(`No longer silenced: ${matchers.join(', ')}.`);
}

/** @throws {UsageError} */
function endOf(options: AddOptions, nowMillis: number): number {
  if ((options.for === undefined) === (options.until === undefined)) {
    throw new UsageError('A silence has an end. Give --for (how long) or --until (to which moment), one of them.');
  }
  if (options.for !== undefined) {
    const length = parseDuration(options.for);
    if (length !== undefined && length > 0) return nowMillis + length;
    throw new UsageError(`--for: "${options.for}" is no length of time. Write 30m, 2h, 7d.`);
  }
  const until = options.until as string;
  const endsAtMillis = momentOf(until, { nowMillis, zone: zoneOf(options) });
  if (endsAtMillis > nowMillis) return endsAtMillis;
  throw new UsageError(
    `--until: "${until}" must be a moment to come, not in the past. For a length of time from now, write --for 2h.`,
  );
}

/** @throws {UsageError} */
function momentOf(text: string, options: PeriodOptions): number {
  try {
    return parseUntil(text, options);
  } catch (error) {
    if (!(error instanceof PeriodError)) throw error;
    throw new UsageError(
      `--until: "${text}" is no point in time. Write a date (2026-11-23) or a date and time (2026-11-23T10:00:00Z).`,
      { cause: error },
    );
  }
}

function stateOf({ startsAtMillis, endsAtMillis }: Silence, nowMillis: number): 'active' | 'pending' | 'expired' {
  if (endsAtMillis <= nowMillis) return 'expired';
  return startsAtMillis > nowMillis ? 'pending' : 'active';
}

/** A silence in JSON. */
function silenceRecord(silence: Silence, nowMillis: number): object {
  const { id, matchers, startsAtMillis, endsAtMillis, comment, createdBy, createdAtMillis } = silence;
  const iso = (millis: number): string => new Date(millis).toISOString();
  return {
    id,
    state: stateOf(silence, nowMillis),
    matchers,
    startsAt: iso(startsAtMillis),
    endsAt: iso(endsAtMillis),
    comment,
    createdBy,
    createdAt: iso(createdAtMillis),
  };
}

function columns(nowMillis: number, utc: boolean): readonly Column<Silence>[] {
  return [
    { header: 'ID', cell: ({ id }) => id.slice(0, 8) },
    { header: 'SILENCED', cell: ({ matchers }) => matchers.join(', '), flexible: true },
    { header: 'STATE', cell: (silence) => stateOf(silence, nowMillis), dropOrder: 2 },
    { header: 'ENDS', cell: ({ endsAtMillis }) => formatTime(endsAtMillis, utc) },
    {
      header: 'LEFT',
      cell: ({ endsAtMillis }) =>
        endsAtMillis > nowMillis ? formatDuration(Math.ceil((endsAtMillis - nowMillis) / 60_000) * 60_000) : '',
      align: 'right',
      dropOrder: 1,
    },
    { header: 'BY', cell: ({ createdBy }) => createdBy, dropOrder: 4 },
    { header: 'COMMENT', cell: ({ comment }) => comment, dropOrder: 3, flexible: true },
  ];
}

function asUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SilenceError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without a name, as in containers.
    return '';
  }
}
