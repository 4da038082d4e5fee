// Starts processes that tell alerts: see child/notify.ts.
import { join } from 'node:path';
import type { Alert } from '../../../src/alerting/alert.ts';
import type { HistoryEntry } from '../../../src/alerting/notify/history.ts';
import { type RunningProcess, startProcess } from '../../support/run-process.ts';

interface Given {
  readonly dir: string;
  readonly channels: Record<string, object>;
  readonly alerts: readonly Alert[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it goes away while it tells them. */
  readonly leaves?: boolean;
}

/** It begins when something is written to its stdin. */
export async function startNotifying({ dir, channels, alerts, env, leaves = false }: Given): Promise<RunningProcess> {
  const running = startProcess(
    process.execPath,
    ['--import=tsx', join(import.meta.dirname, 'child/notify.ts'), JSON.stringify(alerts), leaves ? 'leave' : 'stay'],
    {
      env: {
        AGENT_VITALS_DIR: dir,
        AGENT_VITALS_ALERTS_CHANNELS: JSON.stringify(channels),
        AGENT_VITALS_ALERTS_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
        ...env,
      },
    },
  );
  await running.printed('ready', 60_000);
  return running;
}

/** Runs one to its end. */
export async function notify(given: Given): Promise<{ history: HistoryEntry[]; printed: string; millisToEnd: number }> {
  const running = await startNotifying(given);
  running.child.stdin?.write('go\n');
  const { code, stdout, stderr, millisToEnd } = await running.ended;
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
  return { history: JSON.parse(stdout.trim().split('\n').at(-1) ?? ''), printed: stdout + stderr, millisToEnd };
}
