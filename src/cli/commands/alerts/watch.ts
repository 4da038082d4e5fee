// `agent-vitals alerts watch`: judges the journal's rules until it is interrupted, once, or in the background. So alerts work when no instrumented process runs.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command } from 'commander';
import { parseDuration } from '../../../alerting/duration.ts';
import type { Reading } from '../../../alerting/evaluation/evaluator.ts';
import type { Config } from '../../../config/option-table.ts';
import { Judge, type Judgement } from '../../alerts/judge.ts';
import { alertsConfig } from '../../alerts/known-rules.ts';
import { telling } from '../../alerts/notifying.ts';
import {
  labelsText,
  RULE,
  readingRecord,
  SERIES,
  STATE,
  sinceColumn,
  stateOf,
  THRESHOLD,
  VALUE,
} from '../../alerts/reading-view.ts';
import { conditionOf } from '../../alerts/rule-view.ts';
import { Daemon } from '../../daemon.ts';
import { UsageError } from '../../failure.ts';
import { formatCountOf, formatTime } from '../../format.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { shortPath } from '../../journal-report.ts';
import { LiveArea } from '../../live-area.ts';
import { paint, print, printJson, printPart, terminalWidth } from '../../output.ts';
import { renderTable } from '../../table.ts';

interface WatchOptions extends DirOptions {
  readonly once?: boolean;
  readonly daemon?: boolean;
  readonly interval?: string;
  readonly utc?: boolean;
}

/** Exit code of `--once` when something fires. */
const FIRES = 3;
const LEAST_INTERVAL_MILLIS = 1000;

export function addWatch(alerts: Command): void {
  const command = alerts
    .command('watch')
    .description('judge the rules until Ctrl-C, also where no instrumented process runs')
    .argument('[action]', 'of what runs in the background: status or stop')
    .option('--once', 'judge once; exit code 3 when something fires')
    .option('--daemon', 'in the background')
    .option('--interval <length>', 'between two evaluations (default: alerts.intervalMillis)')
    .option('--utc', 'times in UTC instead of the local time zone')
    .action(watch);
  addJsonOption(addDirOption(command), 'in JSON; while it goes on, an object a line');
}

async function watch(action: string | undefined, options: WatchOptions): Promise<void> {
  const config = withInterval(alertsConfig(options), options.interval);
  const daemon = new Daemon(config.dir, 'alerts-watch');
  if (action !== undefined && action !== 'status' && action !== 'stop') {
    throw new UsageError(`"${action}" is no action. There are status and stop; without one, it watches.`);
  }
  if (action !== undefined && (options.once || options.daemon || options.interval !== undefined)) {
    throw new UsageError(`--once, --daemon and --interval do not go together with ${action}. Leave them out.`);
  }
  if (options.once && options.daemon) throw new UsageError('--once and --daemon do not go together. Give one of them.');
  if (action === 'status') status(daemon, options);
  else if (action === 'stop') await stop(daemon, options);
  else if (options.once) await once(config, options);
  else if (options.daemon && !daemon.isSelf()) await begin(daemon, config, options);
  else await goOn(config, options, daemon);
}

function withInterval(config: Config, text: string | undefined): Config {
  if (text === undefined) return config;
  const intervalMillis = parseDuration(text);
  if (intervalMillis === undefined || intervalMillis < LEAST_INTERVAL_MILLIS || intervalMillis > 3_600_000) {
    throw new UsageError(`--interval: "${text}" must be a length of time from 1s to 1h, for example 15s.`);
  }
  return { ...config, alerts: { ...config.alerts, intervalMillis } };
}

async function once(config: Config, options: WatchOptions): Promise<void> {
  const judge = await Judge.open(config, { print: options.json ? toStderr : print });
  const judgement = await telling(look()).finally(() => judge.close());
  const firing = judgement.readings.filter((reading) => stateOf(reading) === 'firing').length;
  if (options.json) printJson(judgementRecord(judgement));
  else if (judgement.readings.length === 0) print('There are no rules to judge: agent-vitals alerts init makes some.');
  else print(table(judgement.readings, options.utc ?? false));
  if (firing > 0) process.exitCode = FIRES;

  async function look(): Promise<Judgement> {
    const seen = await judge.look(true);
    await judge.flush();
    return seen;
  }
}

async function goOn(config: Config, options: WatchOptions, daemon: Daemon): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort());
  const { signal } = interrupted;
  const show = options.json ? inJson : process.stdout.isTTY ? onTerminal(config, options.utc ?? false) : inLines();
  const judge = await Judge.open(config, {
    isLasting: true,
    print: options.json ? toStderr : (line) => show.say(line),
  });
  try {
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const judgement = await judge.look(true);
      if (isFirst && daemon.isSelf()) daemon.announce();
      await show.judged(judgement);
      await sleep(config.alerts.intervalMillis, undefined, { signal }).catch(() => undefined);
    }
    await telling(judge.flush());
  } finally {
    await judge.close();
    if (daemon.isSelf()) daemon.leave();
  }
}

async function begin(daemon: Daemon, config: Config, options: WatchOptions): Promise<void> {
  const args = ['alerts', 'watch', '--daemon', '--dir', config.dir];
  if (options.interval !== undefined) args.push('--interval', options.interval);
  if (options.utc) args.push('--utc');
  const { pid } = await daemon.start(args);
  const { pidFile, logFile: log } = daemon;
  if (options.json) printJson({ pid, pidFile, log });
  else
    print(
      `Watching ${shortPath(config.dir)} as process ${pid}. Log: ${shortPath(log)}. To end it: agent-vitals alerts watch stop`,
    );
}

function status(daemon: Daemon, { json, utc }: WatchOptions): void {
  const running = daemon.running();
  const { pidFile, logFile: log } = daemon;
  if (json) {
    const startedAt = running ? new Date(running.startedAt).toISOString() : null;
    printJson({ running: running !== undefined, pid: running?.pid ?? null, startedAt, pidFile, log });
  } else if (running) {
    print(
      `It runs as process ${running.pid} since ${formatTime(running.startedAt, utc ?? false)}. Log: ${shortPath(log)}`,
    );
  } else {
    print('It does not run.');
  }
  if (!running) process.exitCode = 1;
}

async function stop(daemon: Daemon, { json }: WatchOptions): Promise<void> {
  const stopped = await daemon.stop();
  if (json) printJson({ stopped: stopped?.pid ?? null });
  else print(stopped ? `Stopped process ${stopped.pid}.` : 'It does not run.');
  if (!stopped) process.exitCode = 1;
}

/** How a watch that goes on shows what it sees. */
interface Show {
  judged(judgement: Judgement): Promise<void> | void;
  /** A line for the reader beside it. */
  say(line: string): void;
}

const inJson: Show = {
  judged: (judgement) => printPart(`${JSON.stringify(judgementRecord(judgement))}\n`),
  say: toStderr,
};

function onTerminal(config: Config, utc: boolean): Show {
  const area = new LiveArea();
  return {
    judged({ atMillis, isOurs, readings }) {
      const firing = readings.filter((reading) => stateOf(reading) === 'firing').length;
      const who = isOurs ? '' : ', judged by another process';
      const head = `${formatTime(atMillis, utc)}  ${shortPath(config.dir)}: ${formatCountOf(firing, 'alert')} firing${who}. Ctrl-C ends.`;
      const none = 'There are no rules to judge: agent-vitals alerts init makes some.';
      area.draw(`${paint('dim', head)}\n${readings.length === 0 ? none : table(readings, utc)}`);
    },
    say: (line) => area.say(line),
  };
}

/** A line for each change, with the time: for logs. */
function inLines(): Show {
  let before: Map<string, string> | undefined;
  const say = (line: string): void => print(`${new Date().toISOString()} ${line}`);
  return {
    judged({ rules, readings, isOurs }) {
      if (before === undefined)
        say(`watching ${formatCountOf(rules, 'rule')}${isOurs ? '' : '; another process judges them'}`);
      const now = new Map<string, string>();
      for (const reading of readings) {
        const key = JSON.stringify([reading.rule.name, reading.labels]);
        const state = stateOf(reading);
        now.set(key, state);
        if (state !== (before?.get(key) ?? 'inactive')) say(lineOf(reading));
      }
      before = now;
    },
    say,
  };
}

function lineOf(reading: Reading): string {
  const labels = labelsText(reading.labels);
  return `${stateOf(reading)} ${reading.rule.name}${labels === '' ? '' : ` (${labels})`}: ${conditionOf(reading.rule)}, is ${VALUE.cell(reading)}`;
}

function table(readings: readonly Reading[], utc: boolean): string {
  return renderTable(readings, [RULE, SERIES, VALUE, THRESHOLD, STATE, sinceColumn(utc)], terminalWidth());
}

function judgementRecord({ atMillis, isOurs, readings }: Judgement): object {
  const firing = readings.filter((reading) => stateOf(reading) === 'firing').length;
  return { at: new Date(atMillis).toISOString(), evaluating: isOurs, firing, readings: readings.map(readingRecord) };
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
