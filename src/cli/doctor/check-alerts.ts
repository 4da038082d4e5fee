// Whether alerts.db can be used, where there is one.
import { hasAlertsDatabase } from '../../alerting/alerts-database.ts';
import type { Config } from '../../config/option-table.ts';
import { knownRules, withDatabase } from '../alerts/known-rules.ts';
import { Failure } from '../failure.ts';
import { formatCountOf } from '../format.ts';
import { type Check } from './check.ts';

export async function checkAlerts(config: Config): Promise<Check[]> {
  if (!hasAlertsDatabase(config.dir)) return [];
  try {
    const rules = await withDatabase(config.dir, (database) => knownRules(config, database));
    const wrong = rules.filter(({ rule }) => rule === undefined);
    return [
      {
        check: 'alerts',
        state: wrong.length > 0 ? 'warning' : 'ok',
        message: formatCountOf(rules.length, 'alert rule'),
        details: wrong.flatMap(({ problems }) => problems),
        data: { rules: rules.length, wrong: wrong.length },
      },
    ];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const details = ['rules are judged by each process alone until it can be'];
    return [{ check: 'alerts', state: 'problem', message: error.message, details }];
  }
}
