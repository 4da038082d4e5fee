// What a command that judges alert rules tells of them: events and metrics, to where those of an instrumented process go. It captures nothing, and
// where nothing happens it leaves nothing behind.
import { logs, metrics } from '@opentelemetry/api';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { AlertingOptions } from '../alerting/alerting.ts';
import { FanOut } from '../backends/fan-out.ts';
import { createJournalMetricReader } from '../backends/journal/journal-metric-reader.ts';
import type { Config } from '../config/option-table.ts';
import { configureCoordination } from '../coordination/settings.ts';
import { closeCoordination } from '../coordination/store/process-store.ts';
import { encodeLogRecord } from '../exporters/otlp-json/log-record.ts';
import { withinDeadline } from '../internal/deadline.ts';
import { switchedOffBy } from '../internal/switched-off.ts';
import { VitalsLogRecordProcessor } from '../processing/vitals-log-record-processor.ts';
import { createBackends } from './create-backends.ts';
import { publishTransition } from './publish-transition.ts';
import { createResource } from './resource.ts';

export interface CommandTelemetry {
  readonly onTransition: AlertingOptions['onTransition'];
  /** Sends what is left and closes everything. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Before the rules are judged: who asks for a logger or a meter earlier has one without effect.
 * @param isLasting whether there are metrics too: of a command of a moment, each run would be a series of its own.
 */
export function startCommandTelemetry(config: Config, isLasting: boolean): CommandTelemetry {
  if (config.disabled || switchedOffBy(process.env).length > 0) {
    return { onTransition: undefined, stop: () => Promise.resolve() };
  }
  configureCoordination(config);
  const resource = createResource();
  const { journal, otlp } = createBackends(config, resource);
  const fanOut = new FanOut([journal, otlp].filter((backend) => backend !== undefined));
  let isStarted = false;
  const push: FanOut['push'] = (signal, line) => {
    if (!isStarted) fanOut.start();
    isStarted = true;
    fanOut.push(signal, line);
  };
  const processor = new VitalsLogRecordProcessor({ config, emit: (record) => push('logs', encodeLogRecord(record)) });
  logs.setGlobalLoggerProvider(new LoggerProvider({ resource, processors: [processor] }));
  const meterProvider = isLasting ? new MeterProvider({ resource, readers: readersOf() }) : undefined;
  if (meterProvider) metrics.setGlobalMeterProvider(meterProvider);
  return {
    onTransition: publishTransition,
    async stop() {
      const endAt = performance.now() + config.shutdownTimeoutMillis;
      const left = (): number => Math.max(0, endAt - performance.now());
      if (meterProvider) await withinDeadline([meterProvider.shutdown()], left());
      await Promise.all([fanOut.shutdown(left()), closeCoordination(left())]);
    },
  };

  function readersOf() {
    const ofJournal = createJournalMetricReader({
      intervalMillis: config.journal.metricIntervalMillis,
      push: (line) => push('metrics', line),
      maxSeries: config.maxSeries,
    });
    return [otlp?.metricReader, journal && ofJournal].filter((reader) => reader !== undefined);
  }
}
