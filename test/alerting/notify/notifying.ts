// A notifier over a real database, whose clock the test sets.
import type { DatabaseSync } from 'node:sqlite';
import { openAlertsDatabase } from '../../../src/alerting/alerts-database.ts';
import { ChannelBook } from '../../../src/alerting/notify/channel-book.ts';
import type { HistoryEntry } from '../../../src/alerting/notify/history.ts';
import { readHistory } from '../../../src/alerting/notify/history.ts';
import { Notifier, type NotifierOptions } from '../../../src/alerting/notify/notifier.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { START } from './an-alert.ts';

type Settings = Partial<
  Pick<NotifierOptions, 'groupBy' | 'groupWaitMillis' | 'groupIntervalMillis' | 'smtp' | 'resolve' | 'timeoutMillis'>
>;

export class Notifying {
  now = START;
  /** Times that the database was asked for. */
  databaseUses = 0;
  readonly printed: string[] = [];
  readonly warnings: string[] = [];
  readonly database: DatabaseSync;
  readonly channels: ChannelBook;
  readonly notifier: Notifier;

  constructor(
    configured: Record<string, object>,
    settings: Settings = {},
    dir = tempDir(),
    env: NodeJS.ProcessEnv = {},
  ) {
    this.database = openAlertsDatabase(dir, 100);
    const database = (): DatabaseSync => {
      this.databaseUses += 1;
      return this.database;
    };
    const privateHosts = ['127.0.0.1'];
    this.channels = new ChannelBook({ database, configured, privateHosts, env });
    this.notifier = new Notifier({
      database,
      channels: this.channels,
      privateHosts,
      smtp: undefined,
      print: (line) => this.printed.push(line),
      warn: (_key, message) => this.warnings.push(message),
      now: () => this.now,
      groupBy: [],
      groupWaitMillis: 0,
      groupIntervalMillis: 0,
      historyDays: 90,
      ...settings,
    });
  }

  /** What has been told and how it went: `ops delivered`, `ops failed http_500`. */
  deliveries(): string[] {
    return this.history().map((entry) =>
      entry.kind === 'delivery' ? [entry.channel, entry.outcome, entry.reason].filter(Boolean).join(' ') : entry.kind,
    );
  }

  history(): HistoryEntry[] {
    return readHistory(this.database, { limit: 1000 });
  }

  /** Looks at what is due now and waits until the history has so many entries. */
  async told(count: number): Promise<string[]> {
    this.notifier.check();
    await eventually(`${count} deliveries`, () => this.deliveries().length >= count);
    return this.deliveries();
  }

  close(): void {
    this.notifier.stop();
    this.database.close();
  }
}
