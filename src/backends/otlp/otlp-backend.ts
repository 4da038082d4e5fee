// The OpenTelemetry collector, over OTLP/HTTP with JSON. Joins the senders of the three signals to what lies on the disk for them; must never hold
// the host up, nor its end.
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { metricLineExporter } from '../../exporters/otlp-json/metric-line-exporter.ts';
import { OUTBOX_DIRECTORY } from '../../internal/data-directory.ts';
import type { Backend, BackendStatus, Batch, Signal } from '../backend.ts';
import { batchOf } from '../batch.ts';
import { JournalBackend } from '../journal/journal-backend.ts';
import { Adoption } from '../shipping/adoption.ts';
import { RENEW_MILLIS } from '../shipping/claims.ts';
import { createSenders, type SendersDisk, type SendersOptions } from './create-senders.ts';
import { otlpSignals, readMillis } from './otlp-environment.ts';
import type { Stored } from './outstanding.ts';
import type { Sender } from './sender.ts';
import { statusOf } from './sender-status.ts';

export interface OtlpOptions extends Omit<SendersOptions, 'disk'> {
  /** See `PrometheusOptions.maxSeries`. */
  readonly maxSeries?: number;
  readonly disk?: OtlpDisk | undefined;
}

interface OtlpDisk extends Required<SendersDisk> {
  /** Is handed each batch before this backend is. */
  readonly journal: JournalBackend;
  readonly maxFileBytes: number;
  readonly retentionDays: number;
}

/** `undefined` when the environment names no collector. */
export function createOtlpBackend(env: NodeJS.ProcessEnv, options: OtlpOptions = {}): OtlpBackend | undefined {
  const signals = otlpSignals(env);
  return signals.length === 0 ? undefined : new OtlpBackend(env, signals, options);
}

const FIRST_LOOK_MILLIS = 200;
/** Between two looks for what processes that died meanwhile have left. */
const LOOK_MILLIS = 60_000;

export class OtlpBackend implements Backend {
  readonly name = 'otlp';
  /** To be given to the `MeterProvider`; absent when metrics are not sent. */
  readonly metricReader?: IMetricReader;
  readonly #senders: ReadonlyMap<Signal, Sender>;
  readonly #disk: OtlpDisk | undefined;
  readonly #outbox: JournalBackend | undefined;
  readonly #adoption: Adoption | undefined;
  #timers: readonly NodeJS.Timeout[] = [];
  #hasLooked = false;

  constructor(env: NodeJS.ProcessEnv, signals: readonly Signal[], { maxSeries, ...options }: OtlpOptions) {
    const { disk } = options;
    this.#disk = disk;
    this.#senders = createSenders(signals, options);
    if (disk) {
      const { dir, own, maxFileBytes, maxTotalBytes, retentionDays } = disk;
      own.ship({ signals, metrics: OUTBOX_DIRECTORY });
      const sizes = { maxFileBytes, maxTotalBytes: maxTotalBytes / 10, retentionDays };
      this.#outbox = new JournalBackend({ dir, directory: OUTBOX_DIRECTORY, own, ...sizes });
      const { writer, claims, cursors } = own;
      const adopt = (signal: Signal, stored: Stored): void => this.#senders.get(signal)?.adopt(stored);
      this.#adoption = new Adoption({ dir, claims, cursors, signals, writer, all: false, adopt });
    }
    if (this.#senders.has('metrics'))
      this.metricReader = metricReader(env, (line) => this.#acceptMetrics(line), maxSeries);
  }

  /** Connects with the first request. */
  start(): void {
    if (!this.#adoption) return;
    this.#outbox?.start();
    // Not now: the app has better to do while it starts.
    const soon = setTimeout(() => this.#look(), FIRST_LOOK_MILLIS);
    const look = setInterval(() => this.#look(), LOOK_MILLIS);
    const renew = setInterval(() => {
      this.#disk?.own.renew();
      this.#adoption?.renew();
    }, RENEW_MILLIS);
    this.#timers = [soon.unref(), look.unref(), renew.unref()];
  }

  #look(): void {
    this.#hasLooked = true;
    this.#adoption?.look();
  }

  accept(batch: Batch): void {
    // Metrics come through the reader, with the temporality a collector wants; the lines are the journal's.
    if (batch.signal !== 'metrics')
      this.#senders.get(batch.signal)?.accept(batch, this.#disk?.journal.writtenOf(batch));
  }

  #acceptMetrics(line: string): void {
    const batch = batchOf('metrics', [line]);
    this.#outbox?.accept(batch);
    this.#senders.get('metrics')?.accept(batch, this.#outbox?.writtenOf(batch));
  }

  async flush(deadlineMillis: number): Promise<void> {
    // Short as its life may be, a process ships what others have left.
    if (!this.#hasLooked && deadlineMillis > 0) this.#look();
    await Promise.all([...this.#senders.values()].map((sender) => sender.flush(deadlineMillis)));
  }

  async shutdown(deadlineMillis: number): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([...this.#senders.values()].map((sender) => sender.shutdown(deadlineMillis)));
    await this.#outbox?.shutdown();
    this.#adoption?.close();
    this.#disk?.own.release([...this.#senders.values()].every(({ isThrough }) => isThrough));
  }

  end(): void {
    for (const sender of this.#senders.values()) sender.end();
  }

  status(): BackendStatus {
    for (const sender of this.#senders.values()) sender.look();
    const status = statusOf([...this.#senders.values()], this.#adoption?.waiting);
    const others = this.#adoption?.size ?? 0;
    const evicted = (this.#outbox?.status().dropped['evicted'] ?? 0) + (status.dropped['evicted'] ?? 0);
    return {
      ...status,
      // What the outbox could not write went to the collector from memory.
      dropped: { ...status.dropped, ...(evicted > 0 && { evicted }) },
      details: { ...status.details, ...(others > 0 && { 'shipping for others': others }) },
    };
  }
}

/** The official exporter's choice of temporality, the official reader's timing; the sending is ours, so that nothing waits for a collector. */
function metricReader(env: NodeJS.ProcessEnv, push: (line: string) => void, maxSeries = 2000): IMetricReader {
  const interval = readMillis(env, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000);
  return new PeriodicExportingMetricReader({
    exporter: metricLineExporter(push),
    exportIntervalMillis: interval,
    exportTimeoutMillis: Math.min(interval, readMillis(env, 'OTEL_METRIC_EXPORT_TIMEOUT', 30_000)),
    maxExportBatchSize: 1000,
    cardinalityLimits: { default: 2 * maxSeries },
  });
}
