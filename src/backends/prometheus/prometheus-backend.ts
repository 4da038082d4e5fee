// The scrape endpoint: collects when it is asked, so that lines are nothing to it. A taken port or a metric that fails must not reach the host.
import type cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import type { Config } from '../../config/option-table.ts';
import { EXPOSITION_CONTENT_TYPE, toExposition } from '../../exporters/prometheus/exposition.ts';
import { errorName } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';
import type { Backend, BackendStatus } from '../backend.ts';
import { BackendHealth } from '../backend-state.ts';
import { SCRAPE_PATH, ScrapeServer } from './scrape-server.ts';

export interface PrometheusOptions extends Pick<Config['prometheus'], 'host' | 'port'> {
  /** Label sets that our own instruments may have; the SDK's limit must lie above, or it would cut what was bounded with care. */
  readonly maxSeries?: number;
  /** Milliseconds before the first try to listen again; further ones double up to 16 s. */
  readonly retryMillis?: number;
}

/** Longest time a collection may take, in milliseconds: half of what Prometheus waits for a scrape. */
const COLLECT_TIMEOUT_MILLIS = 5000;

export class PrometheusBackend implements Backend {
  readonly name = 'prometheus';
  /** To be given to the `MeterProvider`. */
  readonly reader: IMetricReader;
  readonly #options: PrometheusOptions;
  readonly #health: BackendHealth;
  #server: ScrapeServer | undefined;
  #retry: NodeJS.Timeout | undefined;
  #port: number | undefined;
  #collecting: Promise<string> | undefined;
  #scrapes = 0;

  constructor(options: PrometheusOptions) {
    this.#options = options;
    this.#health = new BackendHealth(this.name, options.retryMillis);
    this.reader = new CollectingReader(options.maxSeries);
  }

  start(): void {
    if (this.#server || this.#health.state === 'stopped') return;
    const { host, port } = this.#options;
    this.#server = new ScrapeServer({
      host,
      port,
      contentType: EXPOSITION_CONTENT_TYPE,
      scrape: () => this.#scrape(),
      onListening: (actual) => {
        this.#port = actual;
        this.#health.healthy();
      },
      onError: (error) => this.#listenFailed(error),
    });
    this.#server.listen();
  }

  accept(): void {
    // What is scraped is read from the instruments.
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  async shutdown(): Promise<void> {
    this.#health.stopped();
    clearTimeout(this.#retry);
    await this.#server?.close();
    this.#server = undefined;
    this.#port = undefined;
  }

  status(): BackendStatus {
    const { host } = this.#options;
    const name = host.includes(':') ? `[${host}]` : host;
    return this.#health.status({
      scrapes: this.#scrapes,
      ...(this.#port !== undefined && { address: `http://${name}:${this.#port}${SCRAPE_PATH}` }),
    });
  }

  #listenFailed(error: NodeJS.ErrnoException): void {
    if (this.#health.state === 'stopped') return;
    this.#port = undefined;
    const { host, port } = this.#options;
    const reason = error.code === 'EADDRINUSE' ? `port ${port} is taken` : `cannot listen: ${errorName(error)}`;
    // The main thread or the first process has the port: that is as it should be, and nothing to tell anyone.
    const expected = error.code === 'EADDRINUSE' && (!isMainThread || isClusterWorker());
    this.#health.degraded(
      reason,
      expected
        ? undefined
        : `no metrics at http://${host}:${port}${SCRAPE_PATH}: ${reason}. Set OTEL_EXPORTER_PROMETHEUS_PORT (0 takes any free port), or AGENT_VITALS_PROMETHEUS_ENABLED=false`,
    );
    void this.#server?.close();
    this.#server = undefined;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.start(), this.#health.retryMillis()).unref();
  }

  /** Scrapes that come while one is under way get the same answer: a collection is dear. */
  #scrape(): Promise<string> {
    this.#collecting ??= this.#collect().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  async #collect(): Promise<string> {
    try {
      const { resourceMetrics, errors } = await settledWithin(
        this.reader.collect({ timeoutMillis: COLLECT_TIMEOUT_MILLIS }),
        COLLECT_TIMEOUT_MILLIS + 500,
      );
      // By its message: the SDK does not export the class, and in the bundle its name is another.
      const hung = errors.find((error) => error instanceof Error && error.message === 'Operation timed out.');
      if (hung) throw new TimeoutError();
      const { text, conflicts } = toExposition(resourceMetrics);
      if (conflicts > 0) {
        warnOnce(
          'scrape:conflicts',
          `${conflicts} metrics or series are left out of ${SCRAPE_PATH}: others have the same name with another type, or the same labels`,
        );
      }
      this.#scrapes += 1;
      // A throwing callback of one instrument costs that instrument, not the scrape.
      if (errors.length > 0) this.#health.degraded(`${errors.length} metric callbacks failed: ${errorName(errors[0])}`);
      else if (this.#port !== undefined) this.#health.healthy();
      return text;
    } catch (error) {
      const reason = `collecting metrics failed: ${errorName(error)}`;
      this.#health.degraded(reason, `${SCRAPE_PATH} answers 500: ${reason}`);
      // oxlint-disable-next-line preserve-caught-error -- a cause may hold what a user's callback threw, and this is shown to who scrapes.
      throw new Error(reason);
    }
  }
}

/** The official reader without its server, which answers 200 when collection fails and ends the process when serialisation does. */
export class CollectingReader extends PrometheusExporter {
  readonly #seriesLimit: number;

  constructor(maxSeries = 2000) {
    super({ preventServerStart: true });
    // The folded series and the SDK's own overflow series come on top of `maxSeries`.
    this.#seriesLimit = 2 * maxSeries;
  }

  override selectCardinalityLimit(): number {
    return this.#seriesLimit;
  }
}

/** Not imported: loading it costs 5 ms at every start, and who is a worker has it loaded. */
function isClusterWorker(): boolean {
  return (process.getBuiltinModule('node:cluster') as unknown as typeof cluster).isWorker;
}

async function settledWithin<T>(work: Promise<T>, millis: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError()), millis).unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

class TimeoutError extends Error {
  // The bundler gives the class another.
  static override readonly name = 'TimeoutError';
}
