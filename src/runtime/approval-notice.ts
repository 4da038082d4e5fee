// Tells people of one request for approval through channels of the alerting. A file of its own, for most processes never need it. What was asked for is told, its
// context is not: that is for whoever looks it up.
import { openAlertsDatabase } from '../alerting/alerts-database.ts';
import { createNotifier } from '../alerting/notify/create-notifier.ts';
import type { Config } from '../config/option-table.ts';
import type { Approval } from '../coordination/approvals/approval.ts';

/** @param warn says a problem once by its key. */
export async function tellOfApproval(
  { id, action, agent, expiresAt }: Approval,
  channels: readonly string[],
  { alerts, dir }: Pick<Config, 'alerts' | 'dir'>,
  warn: (key: string, message: string) => void,
): Promise<void> {
  const database = openAlertsDatabase(dir);
  try {
    const { notifier } = createNotifier({ alerts, database: () => database, warn });
    const message = {
      title: `Approval wanted: ${action}`,
      text: [
        `${agent?.name ?? 'An app'} asks, and waits until ${new Date(expiresAt).toISOString()}.`,
        `agent-vitals approvals show ${id}`,
        `agent-vitals approvals approve ${id}`,
        `agent-vitals approvals reject ${id}`,
      ].join('\n'),
      severity: 'warning',
      about: 'approval',
    } as const;
    await Promise.all(
      channels.map(async (name) => {
        const { outcome, reason } = await notifier.send(name, message);
        if (outcome !== 'delivered') {
          warn(
            `approval:${name}`,
            `the channel "${name}" was not told of a request for approval: ${reason ?? outcome}.`,
          );
        }
      }),
    );
    notifier.stop();
  } finally {
    database.close();
  }
}
