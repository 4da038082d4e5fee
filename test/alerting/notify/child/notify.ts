// A process that is configured by its environment, publishes the alerts it is given (argv 2, as JSON) and tells them. Prints what came of it.
// With `leave` (argv 3) it begins to tell them, and at the next word it has nothing more to do.

import type { Alert } from '../../../../src/alerting/alert.ts';
import { openAlertsDatabase } from '../../../../src/alerting/alerts-database.ts';
import { createNotifier } from '../../../../src/alerting/notify/create-notifier.ts';
import { readHistory } from '../../../../src/alerting/notify/history.ts';
import { resolveConfig } from '../../../../src/config/resolve-config.ts';
import { inTransaction } from '../../../../src/internal/database.ts';

const alerts = JSON.parse(process.argv[2] ?? '[]') as Alert[];
const { config, warnings } = resolveConfig();
const database = openAlertsDatabase(config.dir, 10_000);
const warn = (_key: string, message: string): boolean => process.stderr.write(`${message}\n`);
for (const warning of warnings) warn('', warning);
const { notifier, channels } = createNotifier({ alerts: config.alerts, database: () => database, warn });
console.log('ready');
// Several of them begin at one time.
process.stdin.once('data', async () => {
  inTransaction(database, () => {
    for (const alert of alerts) notifier.publish(alert, 3_600_000);
  });
  if (process.argv[3] === 'leave') {
    notifier.check();
    process.stdin.once('data', () => {
      console.log('left');
      process.stdin.destroy();
    });
    return;
  }
  await notifier.flush(20_000);
  notifier.stop();
  console.log(JSON.stringify(channels.list()));
  console.log(JSON.stringify(readHistory(database)));
  database.close();
  process.stdin.destroy();
});
