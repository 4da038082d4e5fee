// Puts a notifier together from the options. Whoever calls it says what a terminal is: the command line's stdout, or a host's stderr.
import type { DatabaseSync } from 'node:sqlite';
import type { Config } from '../../config/option-table.ts';
import { ChannelBook } from './channel-book.ts';
import type { SmtpSettings } from './email.ts';
import { Notifier } from './notifier.ts';
import { isSender } from './parse-channel.ts';
import { Secret } from './secret.ts';
import { type Print, printToStderr } from './stdout.ts';

export interface NotifierSources {
  readonly alerts: Config['alerts'];
  readonly database: () => DatabaseSync;
  /** Says a problem once by its key. */
  readonly warn: (key: string, message: string) => void;
  /** Where channels of type stdout write; stderr unless given. */
  readonly print?: Print;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Notifying {
  readonly channels: ChannelBook;
  readonly notifier: Notifier;
}

const SMTPS_PORT = 465;

export function createNotifier(sources: NotifierSources): Notifying {
  const { alerts, database, warn, print = printToStderr, env = process.env } = sources;
  const privateHosts = alerts.allowPrivateHosts;
  const channels = new ChannelBook({ database, configured: alerts.channels, privateHosts, env });
  const notifier = new Notifier({
    database,
    channels,
    privateHosts,
    smtp: smtpOf(alerts.smtp, warn),
    print,
    warn,
    groupBy: alerts.groupBy,
    groupWaitMillis: alerts.groupWaitMillis,
    groupIntervalMillis: alerts.groupIntervalMillis,
    historyDays: alerts.historyDays,
  });
  return { channels, notifier };
}

function smtpOf(
  { host, port, tls, user, password, from }: Config['alerts']['smtp'],
  warn: NotifierSources['warn'],
): SmtpSettings | undefined {
  if (host === undefined) return undefined;
  const hasSender = from === undefined || isSender(from);
  if (!hasSender) warn('smtp:from', 'SMTP_FROM must be an e-mail address, or Name <address>: nobody is told by mail.');
  const chosen = password === undefined ? 'auto' : 'required';
  return {
    host,
    port,
    tls: tls !== 'auto' ? tls : port === SMTPS_PORT ? 'implicit' : chosen,
    user,
    password: password === undefined ? undefined : new Secret(password),
    from: hasSender ? from : undefined,
  };
}
