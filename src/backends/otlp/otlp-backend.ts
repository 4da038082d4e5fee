// The OpenTelemetry collector, over OTLP/HTTP with JSON. Owns the queues and requests of the three signals; must never hold the host up, nor its end.
import type { Resource } from '@opentelemetry/resources';
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { metricLineExporter } from '../../exporters/otlp-json/metric-line-exporter.ts';
import { toRequestBody } from '../../exporters/otlp-json/request-body.ts';
import type { Backend, BackendState, BackendStatus, Batch, Signal } from '../backend.ts';
import { otlpSignals, readMillis } from './otlp-environment.ts';
import { Sender, type SenderLimits } from './sender.ts';
import { createTransport } from './transport.ts';

export interface OtlpOptions {
  /** Lines carry only `service.*`; what is sent carries all of it. */
  readonly resource?: Resource;
  /** See `PrometheusOptions.maxSeries`. */
  readonly maxSeries?: number;
  readonly limits?: Partial<SenderLimits>;
}

/** `undefined` when the environment names no collector. */
export function createOtlpBackend(env: NodeJS.ProcessEnv, options: OtlpOptions = {}): OtlpBackend | undefined {
  const signals = otlpSignals(env);
  return signals.length === 0 ? undefined : new OtlpBackend(env, signals, options);
}

/** The backend is in the state of its signals that stands last here. One that has sent nothing yet says nothing. */
const STATES: readonly BackendState[] = ['starting', 'healthy', 'recovering', 'degraded', 'stopped'];

export class OtlpBackend implements Backend {
  readonly name = 'otlp';
  /** To be given to the `MeterProvider`; absent when metrics are not sent. */
  readonly metricReader?: IMetricReader;
  readonly #senders: ReadonlyMap<Signal, Sender>;
  readonly #origins: readonly string[];

  constructor(env: NodeJS.ProcessEnv, signals: readonly Signal[], { resource, maxSeries, limits }: OtlpOptions) {
    const transports = signals.map((signal) => ({ signal, transport: createTransport(signal) }));
    this.#origins = [...new Set(transports.map(({ transport }) => transport.origin))];
    this.#senders = new Map(
      transports.map(({ signal, transport }) => {
        const encode = (lines: readonly string[]): Uint8Array => toRequestBody(signal, lines, resource);
        return [signal, new Sender({ signal, transport, encode, ...(limits && { limits }) })];
      }),
    );
    const metrics = this.#senders.get('metrics');
    if (metrics) this.metricReader = metricReader(env, (line) => metrics.enqueue([line]), maxSeries);
  }

  start(): void {
    // Connects with the first request.
  }

  accept({ signal, lines }: Batch): void {
    // Metrics come through the reader, with the temporality a collector wants; the lines are the journal's.
    if (signal !== 'metrics') this.#senders.get(signal)?.enqueue(lines);
  }

  async flush(deadlineMillis: number): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.flush(deadlineMillis)));
  }

  async shutdown(deadlineMillis: number): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.shutdown(deadlineMillis)));
  }

  status(): BackendStatus {
    const all = [...this.#senders.values()].map((sender) => sender.health.status());
    const worst = all.reduce((a, b) => (STATES.indexOf(b.state) > STATES.indexOf(a.state) ? b : a));
    const dropped: Record<string, number> = {};
    for (const status of all) {
      for (const [reason, count] of Object.entries(status.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
    }
    return {
      ...worst,
      accepted: all.reduce((sum, { accepted }) => sum + accepted, 0),
      dropped,
      details: {
        endpoint: this.#origins.join(', '),
        waiting: [...this.#senders.values()].reduce((sum, { waiting }) => sum + waiting, 0),
      },
    };
  }
}

/** The official exporter's choice of temporality, the official reader's timing; the sending is ours, so that nothing waits for a collector. */
function metricReader(env: NodeJS.ProcessEnv, enqueue: (line: string) => void, maxSeries = 2000): IMetricReader {
  const interval = readMillis(env, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000);
  return new PeriodicExportingMetricReader({
    exporter: metricLineExporter(enqueue),
    exportIntervalMillis: interval,
    exportTimeoutMillis: Math.min(interval, readMillis(env, 'OTEL_METRIC_EXPORT_TIMEOUT', 30_000)),
    maxExportBatchSize: 1000,
    cardinalityLimits: { default: 2 * maxSeries },
  });
}
