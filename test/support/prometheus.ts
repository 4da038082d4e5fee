// The real Prometheus server (Debian's package `prometheus`) on a free port, with its data in a directory of the test.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { type RunningProcess, startProcess } from './run-process.ts';

interface PrometheusSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  readonly url: string;
  readonly process: RunningProcess;
  /** What an instant query answers now; `[]` when nothing. Throws on wrong PromQL. */
  query(promql: string): Promise<PrometheusSample[]>;
  /** Health of each target as Prometheus sees it (`up`, `down`, `unknown`), with the error of its last scrape. */
  targets(): Promise<{ health: string; lastError: string; scrapeUrl: string }[]>;
}

/** Whether Prometheus is installed. With `CI` set it must be: there nothing may be skipped. */
export function hasPrometheus(): boolean {
  const found = spawnSync('prometheus', ['--version']).status === 0;
  if (!found && process.env['CI']) throw new Error('prometheus is not installed (apt-get install prometheus)');
  return found;
}

/** Starts it with this configuration (YAML) and waits until it is ready. `dir` must exist. */
export async function startPrometheus(dir: string, configuration: string): Promise<Prometheus> {
  const configFile = join(dir, 'prometheus.yml');
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(configFile, configuration);
  const port = await freePort();
  const running = startProcess(
    'prometheus',
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${dataDir}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { timeoutMillis: 300_000 },
  );
  const url = `http://127.0.0.1:${port}`;
  await eventually('Prometheus is ready', async () => {
    if (running.child.exitCode !== null) throw new Error(running.stderr());
    return (await fetch(`${url}/-/ready`)).ok;
  });
  const ask = async (path: string): Promise<any> => {
    const answer: any = await (await fetch(`${url}/api/v1/${path}`)).json();
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  };
  return {
    url,
    process: running,
    query: async (promql) => {
      const data = await ask(`query?query=${encodeURIComponent(promql)}`);
      return data.result.map((sample: any) => ({ labels: sample.metric, value: Number(sample.value[1]) }));
    },
    targets: async () => (await ask('targets')).activeTargets,
  };
}
