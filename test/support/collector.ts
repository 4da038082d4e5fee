// The real OpenTelemetry Collector with the configuration of examples/otel-collector, on free ports and with its output in a directory of the test.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { type RunningProcess, startProcess } from './run-process.ts';

const root = join(import.meta.dirname, '../..');

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** Where Prometheus scrapes it: `127.0.0.1:port`. */
  readonly metricsAddress: string;
  readonly process: RunningProcess;
  /** Complete lines of its file exporter so far. */
  lines(signal: 'traces' | 'logs' | 'metrics'): string[];
}

/**
 * Path of the collector's binary, built first if need be (a few minutes, once).
 * `undefined` where it cannot be built because there is no Go; with `CI` set that is an error: there nothing may be skipped.
 */
export function findCollector(): string | undefined {
  const build = spawnSync(join(root, 'scripts/build-collector.sh'), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (build.status === 3 && !process.env['CI']) return undefined;
  if (build.status !== 0) throw new Error(`scripts/build-collector.sh ended with ${build.status}`);
  return build.stdout.trim();
}

/** Starts it and waits until it is ready. `port` is where it takes OTLP, any free one when left out. */
export async function startCollector(binary: string, outputDir: string, port?: number): Promise<Collector> {
  const [otlpPort, metricsPort, healthPort] = [port ?? (await freePort()), await freePort(), await freePort()];
  const running = startProcess(binary, ['--config', join(root, 'examples/otel-collector/collector.yaml')], {
    env: {
      COLLECTOR_OTLP_PORT: String(otlpPort),
      COLLECTOR_METRICS_PORT: String(metricsPort),
      COLLECTOR_HEALTH_PORT: String(healthPort),
      COLLECTOR_OUTPUT_DIR: outputDir,
    },
    timeoutMillis: 300_000,
  });
  await eventually('the collector is ready', async () => {
    if (running.child.exitCode !== null) throw new Error(running.stderr());
    return (await fetch(`http://127.0.0.1:${healthPort}/`)).ok;
  });
  return {
    endpoint: `http://127.0.0.1:${otlpPort}`,
    metricsAddress: `127.0.0.1:${metricsPort}`,
    process: running,
    lines: (signal) => completeLines(join(outputDir, `${signal}.jsonl`)),
  };
}

function completeLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch {
    // Not begun yet.
    return [];
  }
}
