// Channels and the notifier for a command of a moment: what goes wrong is noted on stderr.
import type { DatabaseSync } from 'node:sqlite';
import { createNotifier, type Notifying } from '../../alerting/notify/create-notifier.ts';
import { explainReason } from '../../alerting/notify/explain-reason.ts';
import type { Outcome } from '../../alerting/notify/outcome.ts';
import { ChannelError, shown } from '../../alerting/notify/parse-channel.ts';
import type { Rule } from '../../alerting/rule.ts';
import type { Config } from '../../config/option-table.ts';
import { Failure, UsageError } from '../failure.ts';
import { note, print } from '../output.ts';

/** @param json whether stdout is for the answer alone: then what channels print there goes to stderr. */
export function notifying(config: Config, database: DatabaseSync, json: boolean): Notifying {
  return createNotifier({
    alerts: config.alerts,
    database: () => database,
    warn: (_, message) => note(message),
    print: json ? (line) => process.stderr.write(`${line}\n`) : print,
  });
}

/** Waits for what is told: its sockets do not hold a process, as they must not hold a host. */
export async function telling<T>(work: Promise<T>): Promise<T> {
  const hold = setInterval(() => undefined, 60_000);
  return work.finally(() => clearInterval(hold));
}

/** Names of the channels that a rule tells. */
export function channelsOf(rule: Rule, { channels }: Notifying): readonly string[] {
  return rule.channels.length > 0 ? rule.channels : channels.names();
}

/** @throws {Failure} when there is no such channel: with those there are. */
export function assertChannel(name: string, { channels }: Notifying): void {
  const names = channels.names();
  if (names.includes(name)) return;
  throw new Failure(
    names.length === 0
      ? `There is no channel ${shown(name)}, nor any other: agent-vitals alerts channels add makes one.`
      : `There is no channel ${shown(name)}. There are: ${names.join(', ')}.`,
  );
}

/** What came of telling somebody, in words. */
export function outcomeText({ outcome, reason }: { outcome: Outcome; reason?: string | null }): string {
  const why = reason ? `: ${reason}` : '';
  switch (outcome) {
    case 'delivered':
    // Nobody knows whether it arrived.
    case 'interrupted':
      return `${outcome}${why}`;
    default:
      return `not delivered${why}`;
  }
}

interface TestResult {
  readonly channel: string;
  readonly outcome: Outcome;
  readonly reason: string | null;
}

/** Says through each of these channels that it works. */
export function testChannels(names: readonly string[], { notifier }: Notifying): Promise<TestResult[]> {
  return telling(
    Promise.all(
      names.map(async (channel) => {
        const { outcome, reason = null } = await notifier.test(channel);
        return { channel, outcome, reason };
      }),
    ),
  );
}

/** Notes what people can do where a test did not arrive, and fails then. Of what was given up the notifier has told. */
export function noteFailed(results: readonly TestResult[]): void {
  noteReasons(results.filter(({ outcome }) => outcome === 'failed'));
  if (results.some(({ outcome }) => outcome !== 'delivered')) process.exitCode = 1;
}

/** What people can do where others were not told. */
export function noteReasons(attempts: readonly { readonly reason?: string | null }[]): void {
  for (const reason of new Set(attempts.map((attempt) => attempt.reason))) {
    const explanation = reason && explainReason(reason);
    if (explanation) note(`${reason}: ${explanation}`);
  }
}

/** A rule may be there before its channels: it is said, and no mistake. */
export function noteUnknownChannels(rules: readonly Rule[], config: Config, database: DatabaseSync): void {
  const named = new Set(rules.flatMap((rule) => rule.channels));
  if (named.size === 0) return;
  const known = notifying(config, database, true).channels.names();
  for (const name of [...named].filter((one) => !known.includes(one)))
    note(`there is no channel ${shown(name)} here: agent-vitals alerts channels add makes it.`);
}

/** For `--to`: its lists, one after the other. */
export function collectAddresses(list: string, addresses: readonly string[] = []): readonly string[] {
  return [...addresses, ...list.split(',')];
}

/** What is wrong with a channel is wrong usage. */
export async function asUsage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ChannelError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
