// The metric reader of alerting: collects at an interval, from the first moment there is a rule. Before that it costs next to nothing, and the engine
// and SQLite are not even loaded.
import { setImmediate as turn } from 'node:timers/promises';
import { AggregationTemporality, InstrumentType, MetricReader } from '@opentelemetry/sdk-metrics';
import type { Config } from '../config/option-table.ts';
import { guard } from '../internal/guard.ts';
import { clearWarning, warnOnce } from '../internal/log.ts';
import type { Alerting, AlertingOptions } from './alerting.ts';
import { hasAlertsDatabase } from './alerts-database.ts';
import { loadAlerting } from './load-alerting.ts';

export interface AlertReaderOptions {
  readonly config: Pick<Config, 'dir' | 'alerts' | 'maxSeries' | 'shutdownTimeoutMillis'>;
  /** Name under which this process writes its journal; one of its own when it writes none. Asked for when there is a rule. */
  readonly writer: () => string;
  /** The program, by which the rules of its configuration are known. */
  readonly origin: string;
  /** Writes what was measured so far into the journal: a rule that comes later finds its past there. Never rejects. */
  readonly writeJournal?: () => Promise<void>;
  readonly onTransition?: AlertingOptions['onTransition'];
}

/** Longest time in milliseconds for metric callbacks: the SDK's timer for it holds the process open. */
const COLLECT_TIMEOUT_MILLIS = 1000;
/** What was measured before the first rule counts as of now when it is not older than so many intervals. */
const FRESH_INTERVALS = 2;

export class AlertReader extends MetricReader {
  readonly #options: AlertReaderOptions;
  #alerting: Alerting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sinceMillis = Date.now();
  #isCollected = false;
  /** There was a tick without any rule: who measured then could not know what counts. */
  #hasIdled = false;
  #running: Promise<void> | undefined;

  constructor(options: AlertReaderOptions) {
    super({
      // What was added since the last collection, so that a restart is none of our affair. Readings are read each time, changed or not.
      aggregationTemporalitySelector: (type) =>
        isReading(type) ? AggregationTemporality.CUMULATIVE : AggregationTemporality.DELTA,
      cardinalitySelector: () => 2 * options.config.maxSeries,
      // The SDK's own metrics name it; by default after the class, whose name the bundle shortens.
      otelComponentType: 'AlertReader',
    });
    this.#options = options;
  }

  protected override onInitialized(): void {
    const { enabled, intervalMillis } = this.#options.config.alerts;
    if (!enabled) return;
    this.#sinceMillis = Date.now();
    this.#timer = setInterval(() => void this.#tick(), intervalMillis).unref();
  }

  protected override async onForceFlush(): Promise<void> {
    if (!this.#options.config.alerts.enabled) return;
    await this.#tick();
    await this.#alerting?.flush(this.#options.config.shutdownTimeoutMillis / 2);
  }

  protected override async onShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.onForceFlush();
    await this.#alerting?.close();
    this.#alerting = undefined;
  }

  /** Never rejects. One at a time: who comes meanwhile waits for the one under way. */
  #tick(): Promise<void> {
    this.#running ??= this.#collectAndEvaluate()
      .catch((error: unknown) =>
        guard('evaluating alert rules', () => {
          throw error;
        }),
      )
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #collectAndEvaluate(): Promise<void> {
    const { writeJournal } = this.#options;
    const alerting = (this.#alerting ??= await this.#load());
    if (!alerting?.refresh()) {
      this.#hasIdled = true;
      return;
    }
    // Collecting holds the loop as well.
    await turn();
    const discard = !this.#isCollected && this.#isLate();
    // In one turn: nothing is measured between the two.
    const written = discard ? writeJournal?.() : undefined;
    const { resourceMetrics } = await this.collect({ timeoutMillis: COLLECT_TIMEOUT_MILLIS });
    await written;
    this.#isCollected = true;
    await alerting.tick(resourceMetrics, discard);
  }

  /** A first tick that is late is a tick like any other, as long as there was a rule. */
  #isLate(): boolean {
    const freshMillis = FRESH_INTERVALS * this.#options.config.alerts.intervalMillis;
    return this.#hasIdled && Date.now() - this.#sinceMillis > freshMillis;
  }

  /** Piece by piece: what loads, parses and opens would hold the host's loop for long in one. */
  async #load(): Promise<Alerting | undefined> {
    const { config, origin, writer, onTransition } = this.#options;
    if (config.alerts.rules.length === 0 && !hasAlertsDatabase(config.dir)) return undefined;
    const { Alerting: Loaded } = loadAlerting();
    const problems = { warn: warnOnce, clear: clearWarning };
    const measuresSinceMillis = this.#sinceMillis;
    const startsLate = this.#isLate();
    return Loaded.open({ config, origin, writer: writer(), measuresSinceMillis, startsLate, problems, onTransition });
  }
}

function isReading(type: InstrumentType): boolean {
  switch (type) {
    case InstrumentType.COUNTER:
    case InstrumentType.OBSERVABLE_COUNTER:
    case InstrumentType.HISTOGRAM:
      return false;
    default:
      return true;
  }
}
