// The real Alertmanager (Debian's package `prometheus-alertmanager`) on a free port, with its data in a directory of the test.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { type RunningProcess, startProcess } from './run-process.ts';

export interface Alertmanager {
  readonly url: string;
  readonly process: RunningProcess;
  /** The alerts it holds, as its API gives them. */
  alerts(): Promise<AlertmanagerAlert[]>;
}

interface AlertmanagerAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

/** Whether Alertmanager is installed. With `CI` set it must be: there nothing may be skipped. */
export function hasAlertmanager(): boolean {
  const found = spawnSync('prometheus-alertmanager', ['--version']).status === 0;
  if (!found && process.env['CI']) {
    throw new Error('Alertmanager is not installed (apt-get install prometheus-alertmanager)');
  }
  return found;
}

/** Starts it with this configuration (YAML) and waits until it is ready. `dir` must exist. */
export async function startAlertmanager(dir: string, configuration: string): Promise<Alertmanager> {
  const configFile = join(dir, 'alertmanager.yml');
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(configFile, configuration);
  const port = await freePort();
  const running = startProcess(
    'prometheus-alertmanager',
    [
      `--config.file=${configFile}`,
      `--storage.path=${dataDir}`,
      `--web.listen-address=127.0.0.1:${port}`,
      // Alone: it asks no other for news.
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
    { timeoutMillis: 300_000 },
  );
  const url = `http://127.0.0.1:${port}`;
  await eventually('Alertmanager is ready', async () => {
    if (running.child.exitCode !== null) throw new Error(running.stderr());
    return (await fetch(`${url}/-/ready`)).ok;
  });
  return {
    url,
    process: running,
    alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as AlertmanagerAlert[],
  };
}
