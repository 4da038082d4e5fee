// start() and shutdown(): what the flag does, for those who prefer code.
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { loadAlerting } from '../alerting/load-alerting.ts';
import type { Backend } from '../backends/backend.ts';
import { createJournalMetricReader } from '../backends/journal/journal-metric-reader.ts';
import { CollectingReader, PrometheusBackend } from '../backends/prometheus/prometheus-backend.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Config, Options } from '../config/option-table.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { flushHeartbeats } from '../coordination/agents/heartbeats.ts';
import { configureCoordination } from '../coordination/settings.ts';
import { closeCoordination } from '../coordination/store/process-store.ts';
import { withinDeadline } from '../internal/deadline.ts';
import { guard } from '../internal/guard.ts';
import { warnOnce } from '../internal/log.ts';
import { switchedOffBy } from '../internal/switched-off.ts';
import { alertReaderFor } from './alert-reader-for.ts';
import { createBackends } from './create-backends.ts';
import { installDiagnostics } from './diagnostics.ts';
import { hasExistingProvider } from './existing-provider.ts';
import { type LiveMetric, liveMetrics } from './live-metrics.ts';
import { Pipeline } from './pipeline.ts';
import type { ProcessStatus } from './process-status.ts';
import { createResource } from './resource.ts';
import { startSdk } from './sdk.ts';

export interface StartOptions extends Options {
  /** Places of your own that data goes to, beside the journal, the scrape endpoint and the collector. */
  readonly backends?: readonly Backend[];
}

interface Running {
  readonly pipeline: Pipeline;
  readonly stopSdk: () => Promise<void>;
  /** Asked by {@link collect}. */
  readonly reader: IMetricReader;
}

/** Longest that the last words of agents hold up a shutdown, where the store is slow. */
const LAST_BEATS_MILLIS = 500;

let running: Running | undefined;

/**
 * Starts capture and all backends. Call it before the SDKs are imported, or use the flag: what is imported already is not captured
 * (see `instrument`), and tracers, meters and loggers that the app took from the OpenTelemetry API before stay without effect. A second call
 * does nothing.
 * @throws {ConfigError} when an option cannot be used.
 */
export function start({ backends = [], ...options }: StartOptions = {}): void {
  if (running) {
    warnOnce('started-twice', 'it is started already, the second start() and its options have no effect.');
    return;
  }
  const config = readConfig(options);
  configureCoordination(config);
  if (config.disabled) return;
  if (hasExistingProvider()) {
    warnOnce(
      'existing-provider',
      "an OpenTelemetry SDK is registered already: add createSpanProcessor() and createMetricReader() from 'agent-vitals' to it, and drop the flag.",
    );
    return;
  }
  running = guard('start', () => launch(config, backends));
}

/** Sends what is left, closes everything, and gives the app's SDKs back. One deadline, `shutdownTimeoutMillis`; never rejects. */
export async function shutdown(): Promise<void> {
  const stopping = running;
  running = undefined;
  await stopping?.pipeline.shutdown(stopping.stopSdk);
  await withinDeadline([flushHeartbeats()], LAST_BEATS_MILLIS);
  await closeCoordination();
}

/** How the process and its backends are; `undefined` when nothing was started. */
export function status(): ProcessStatus | undefined {
  return running?.pipeline.status();
}

/** The metrics of this process as they are now; none when nothing was started. Rejects when an instrument's callback hangs. */
export async function collect(): Promise<LiveMetric[]> {
  return running === undefined ? [] : liveMetrics(running.reader);
}

/** Options from every source; what was ignored is said once. Whoever runs the process can switch off what its code switches on. */
export function readConfig(options: Options): Config {
  const rules = options.alerts?.rules;
  const problems = Array.isArray(rules) && rules.length > 0 ? loadAlerting().ruleProblems(rules) : [];
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `start(options): ${problem}`).join(' '));
  const { config, warnings } = resolveConfig({ code: options });
  if (warnings.length > 0) warnOnce('config', warnings.join(' '));
  return switchedOffBy(process.env).length > 0 ? { ...config, disabled: true } : config;
}

function launch(config: Config, users: readonly Backend[]): Running {
  installDiagnostics();
  const { maxSeries, propagateToVendors } = config;
  const resource = createResource();
  const prometheus = config.prometheus.enabled ? new PrometheusBackend({ ...config.prometheus, maxSeries }) : undefined;
  const { journal, otlp } = createBackends(config, resource);
  const backends = [journal, prometheus, otlp, ...users].filter((backend) => backend !== undefined);
  const pipeline = new Pipeline({ config, backends });
  const { fanOut, spanProcessor, logRecordProcessor } = pipeline;
  const journalMetrics = config.journal.enabled
    ? createJournalMetricReader({
        intervalMillis: config.journal.metricIntervalMillis,
        push: (line) => fanOut.push('metrics', line),
        maxSeries,
      })
    : undefined;
  const writeJournal = async (): Promise<void> => {
    await journalMetrics?.forceFlush().catch(() => undefined);
    fanOut.flushSync();
  };
  const alerts = config.alerts.enabled ? alertReaderFor(config, writeJournal) : undefined;
  // The scrape endpoint's when there is one: each reader makes every measurement dearer.
  const reader = prometheus?.reader ?? new CollectingReader(maxSeries);
  const metricReaders = [reader, otlp?.metricReader, journalMetrics, alerts].filter((one) => one !== undefined);
  const stopSdk = startSdk({ resource, spanProcessor, logRecordProcessor, metricReaders, propagateToVendors });
  pipeline.start(metricReaders);
  return { pipeline, stopSdk, reader };
}
