// Whether alerts.db can be used, where there is one, and what is wrong with the rules and channels there are.
import { hasAlertsDatabase, openMemoryDatabase } from '../../alerting/alerts-database.ts';
import { ChannelBook } from '../../alerting/notify/channel-book.ts';
import type { Config } from '../../config/option-table.ts';
import { knownRules, withDatabaseIfThere } from '../alerts/known-rules.ts';
import { Failure } from '../failure.ts';
import { formatCountOf } from '../format.ts';
import { type Check } from './check.ts';

export async function checkAlerts(config: Config): Promise<Check[]> {
  const { rules: configured, channels, allowPrivateHosts } = config.alerts;
  if (!hasAlertsDatabase(config.dir) && configured.length + Object.keys(channels).length === 0) return [];
  try {
    return await withDatabaseIfThere(config.dir, (database): Check[] => {
      const rules = knownRules(config, database);
      const wrong = rules.filter(({ rule }) => rule === undefined);
      const book = new ChannelBook({
        database: () => database ?? openMemoryDatabase(),
        configured: channels,
        privateHosts: allowPrivateHosts,
        env: process.env,
      });
      const details = [...wrong.flatMap(({ problems }) => problems), ...book.problems];
      return [
        {
          check: 'alerts',
          state: details.length > 0 ? 'warning' : 'ok',
          message: formatCountOf(rules.length, 'alert rule'),
          details,
          data: { rules: rules.length, wrong: wrong.length },
        },
      ];
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const details = ['rules are judged by each process alone until it can be'];
    return [{ check: 'alerts', state: 'problem', message: error.message, details }];
  }
}
