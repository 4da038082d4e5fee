// The OpenTelemetry collector, over OTLP/HTTP with JSON. Joins the senders of the three signals to what lies on the disk for them; must never hold
// the host up, nor its end.
import { join } from 'node:path';
import type { Resource } from '@opentelemetry/resources';
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { metricLineExporter } from '../../exporters/otlp-json/metric-line-exporter.ts';
import { toRequestBody } from '../../exporters/otlp-json/request-body.ts';
import { JOURNAL_DIRECTORY, OUTBOX_DIRECTORY } from '../../internal/data-directory.ts';
import type { Backend, BackendState, BackendStatus, Batch, Signal } from '../backend.ts';
import { batchOf } from '../batch.ts';
import { JournalBackend } from '../journal/journal-backend.ts';
import { Adoption } from '../shipping/adoption.ts';
import type { OwnWriter } from '../shipping/own-writer.ts';
import { otlpSignals, readMillis } from './otlp-environment.ts';
import { setAside } from './rejected.ts';
import { Sender, type SenderLimits, type Stored } from './sender.ts';
import { createTransport } from './transport.ts';

export interface OtlpOptions {
  /** Lines carry only `service.*`; what is sent carries all of it. */
  readonly resource?: Resource;
  /** See `PrometheusOptions.maxSeries`. */
  readonly maxSeries?: number;
  /** Where what the collector has not got waits; in memory alone when absent. */
  readonly disk?: DiskOptions | undefined;
  readonly catchUpBytesPerSecond?: number;
  readonly limits?: Partial<SenderLimits>;
}

export interface DiskOptions {
  /** The data directory. */
  readonly dir: string;
  readonly own: OwnWriter;
  /** Is handed each batch before this backend is. */
  readonly journal: JournalBackend;
  readonly maxFileBytes: number;
  /** Bytes of the journal. What is kept beside it may take a tenth of that. */
  readonly maxTotalBytes: number;
  readonly retentionDays: number;
}

/** `undefined` when the environment names no collector. */
export function createOtlpBackend(env: NodeJS.ProcessEnv, options: OtlpOptions = {}): OtlpBackend | undefined {
  const signals = otlpSignals(env);
  return signals.length === 0 ? undefined : new OtlpBackend(env, signals, options);
}

/** The backend is in the state of its signals that stands last here. One that has sent nothing yet says nothing. */
const STATES: readonly BackendState[] = ['starting', 'healthy', 'recovering', 'degraded', 'stopped'];
const CATCH_UP_BYTES_PER_SECOND = 5_000_000;
/** Between two looks for what processes that died meanwhile have left. */
const LOOK_MILLIS = 60_000;
/** Well within the time after which a claim that is not renewed is taken for a dead one's. */
const RENEW_MILLIS = 10_000;

export class OtlpBackend implements Backend {
  readonly name = 'otlp';
  /** To be given to the `MeterProvider`; absent when metrics are not sent. */
  readonly metricReader?: IMetricReader;
  readonly #senders: ReadonlyMap<Signal, Sender>;
  readonly #origins: readonly string[];
  readonly #disk: DiskOptions | undefined;
  readonly #outbox: JournalBackend | undefined;
  readonly #adoption: Adoption | undefined;
  #timers: readonly NodeJS.Timeout[] = [];

  constructor(env: NodeJS.ProcessEnv, signals: readonly Signal[], options: OtlpOptions) {
    const { resource, maxSeries, disk, limits, catchUpBytesPerSecond = CATCH_UP_BYTES_PER_SECOND } = options;
    this.#disk = disk;
    const transports = signals.map((signal) => ({ signal, transport: createTransport(signal) }));
    this.#origins = [...new Set(transports.map(({ transport }) => transport.origin))];
    this.#senders = new Map(
      transports.map(({ signal, transport }) => {
        const directory = signal === 'metrics' ? OUTBOX_DIRECTORY : JOURNAL_DIRECTORY;
        const sender = new Sender({
          signal,
          transport,
          encode: (lines) => toRequestBody(signal, lines, resource),
          setAside: disk && ((lines, reason) => setAside(signal, lines, reason, disk)),
          journal: disk?.own.journal(join(disk.dir, directory), signal),
          catchUpBytesPerSecond,
          limits,
        });
        return [signal, sender];
      }),
    );
    if (disk) {
      const { dir, own } = disk;
      own.ship({ signals, metrics: OUTBOX_DIRECTORY });
      this.#outbox = new JournalBackend({
        ...disk,
        directory: OUTBOX_DIRECTORY,
        own,
        maxTotalBytes: disk.maxTotalBytes / 10,
      });
      const { writer, claims, cursors } = own;
      const adopt = (signal: Signal, stored: Stored): void => this.#senders.get(signal)?.adopt(stored);
      this.#adoption = new Adoption({ dir, claims, cursors, signals, writer, living: false, adopt });
    }
    if (this.#senders.has('metrics'))
      this.metricReader = metricReader(env, (line) => this.#acceptMetrics(line), maxSeries);
  }

  /** Connects with the first request. */
  start(): void {
    if (!this.#adoption) return;
    this.#outbox?.start();
    this.#adoption.look();
    const look = setInterval(() => this.#adoption?.look(), LOOK_MILLIS);
    const renew = setInterval(() => {
      this.#disk?.own.renew();
      this.#adoption?.renew();
    }, RENEW_MILLIS);
    this.#timers = [look.unref(), renew.unref()];
  }

  accept(batch: Batch): void {
    // Metrics come through the reader, with the temporality a collector wants; the lines are the journal's.
    if (batch.signal !== 'metrics') this.#senders.get(batch.signal)?.accept(batch, this.#disk?.journal.endOf(batch));
  }

  #acceptMetrics(line: string): void {
    const batch = batchOf('metrics', [line]);
    this.#outbox?.accept(batch);
    this.#senders.get('metrics')?.accept(batch, this.#outbox?.endOf(batch));
  }

  async flush(deadlineMillis: number): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.flush(deadlineMillis)));
  }

  async shutdown(deadlineMillis: number): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([...this.#senders.values()].map((sender) => sender.shutdown(deadlineMillis)));
    await this.#outbox?.shutdown();
    this.#adoption?.release();
    this.#disk?.own.release();
  }

  status(): BackendStatus {
    const senders = [...this.#senders.values()];
    const all = senders.map(({ health }) => health.status());
    const worst = all.reduce((a, b) => (STATES.indexOf(b.state) > STATES.indexOf(a.state) ? b : a));
    const dropped: Record<string, number> = {};
    for (const { dropped: some } of [...all, ...(this.#outbox ? [this.#outbox.status()] : [])]) {
      for (const [reason, count] of Object.entries(some)) dropped[reason] = (dropped[reason] ?? 0) + count;
    }
    const lags = senders.map(({ lag }) => lag);
    return {
      ...worst,
      accepted: all.reduce((sum, { accepted }) => sum + accepted, 0),
      dropped,
      lag: {
        seconds: Math.max(...lags.map(({ seconds }) => seconds)),
        bytes: lags.reduce((sum, { bytes }) => sum + bytes, 0),
      },
      details: {
        endpoint: this.#origins.join(', '),
        waiting: senders.reduce((sum, { waiting }) => sum + waiting, 0),
        ...(this.#adoption && this.#adoption.size > 0 && { 'shipping for others': this.#adoption.size }),
      },
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
