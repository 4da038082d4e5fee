// What one process has of us: processing joined to the fan-out and the backends, and its end. It knows which parts there are, not how any works.
import { metrics } from '@opentelemetry/api';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import type { Backend, BackendStatus } from '../backends/backend.ts';
import { FanOut, observeBackends } from '../backends/fan-out.ts';
import { StatusFile } from '../backends/status-file.ts';
import type { Config } from '../config/option-table.ts';
import { observeAgents } from '../coordination/agents/observe-agents.ts';
import { closeCoordination, coordinationStatus } from '../coordination/store/process-store.ts';
import { encodeLogRecord } from '../exporters/otlp-json/log-record.ts';
import { encodeSpan } from '../exporters/otlp-json/span.ts';
import { whenModuleLoaded } from '../instrumentation/hook/hooked-modules.ts';
import { installModuleHook, uninstallModuleHook } from '../instrumentation/hook/module-hook.ts';
import { abandonOpenInferences } from '../instrumentation/inference/open-inferences.ts';
import { configureInstrumentation } from '../instrumentation/inference/settings.ts';
import { abandonOpenRuns } from '../instrumentation/run/run.ts';
import { withinDeadline } from '../internal/deadline.ts';
import { guard } from '../internal/guard.ts';
import { VERSION } from '../internal/version.ts';
import { VitalsLogRecordProcessor } from '../processing/vitals-log-record-processor.ts';
import { VitalsSpanProcessor } from '../processing/vitals-span-processor.ts';
import { SCOPE_NAME } from '../semconv.ts';
import { looksLikeLauncher } from './launcher.ts';
import { onEndOfProcess } from './process-end.ts';
import { type ProcessStatus, processStatus } from './process-status.ts';

export interface PipelineOptions {
  readonly config: Config;
  /** In the order in which they are given each batch. */
  readonly backends: readonly Backend[];
  /** The spans are also others': see {@link VitalsSpanProcessor}. */
  readonly annotate?: boolean;
}

/** Those that capture. */
const started = new Set<Pipeline>();

/** Hands over, now, what was made in this turn of the event loop: for who reads it back in the same turn. */
export function writeWhatWaits(): void {
  for (const { fanOut } of started) guard('writing what waits', () => fanOut.flushSync());
}

export class Pipeline {
  readonly fanOut: FanOut;
  readonly spanProcessor: VitalsSpanProcessor;
  readonly logRecordProcessor: VitalsLogRecordProcessor;
  readonly #config: Config;
  readonly #statusFile: StatusFile;
  #readers: readonly IMetricReader[] = [];
  #stopListening: (() => void) | undefined;
  /** Something may have happened since the last flush. */
  #isDirty = true;
  #isStarted = false;
  #isOpen = false;

  constructor({ config, backends, annotate = false }: PipelineOptions) {
    this.#config = config;
    this.fanOut = new FanOut(backends);
    this.spanProcessor = new VitalsSpanProcessor({
      config,
      annotate,
      emit: (span) => {
        this.#isDirty = true;
        this.#open();
        this.fanOut.push('traces', encodeSpan(span));
      },
    });
    this.logRecordProcessor = new VitalsLogRecordProcessor({
      config,
      emit: (record) => {
        this.#isDirty = true;
        this.#open();
        this.fanOut.push('logs', encodeLogRecord(record));
      },
    });
    this.#statusFile = new StatusFile(config.dir, () => this.#statusWorthTelling());
  }

  /**
   * Begins to capture, and to watch the end of the process.
   * @param readers are flushed with the backends.
   */
  start(readers: readonly IMetricReader[] = []): void {
    this.#readers = readers;
    this.#isStarted = true;
    started.add(this);
    configureInstrumentation(this.#config);
    whenModuleLoaded(() => this.#open());
    installModuleHook();
    this.#stopListening = onEndOfProcess({
      hasPending: () => this.#isDirty,
      flush: () => this.flush(),
      flushSync: () => {
        abandonOpenInferences();
        abandonOpenRuns();
        this.fanOut.end();
        this.#statusFile.close();
      },
    });
    const meter = metrics.getMeter(SCOPE_NAME, VERSION);
    observeBackends(meter, this.fanOut);
    observeAgents(meter);
    if (!looksLikeLauncher()) this.#open();
  }

  /** At once in an app; in what may only start the app, not before it loads an SDK or makes a span. */
  #open(): void {
    if (this.#isOpen || !this.#isStarted) return;
    this.#isOpen = true;
    this.fanOut.start();
    this.#statusFile.start();
  }

  status(): ProcessStatus {
    const backends = this.fanOut.status();
    const hasEnded = Object.values(backends).every(({ state }) => state === 'stopped');
    // The last words of a process are that all is stopped.
    return processStatus(hasEnded ? backends : { ...backends, ...coordinationBackend() });
  }

  /** Never rejects. */
  async flush(): Promise<void> {
    this.#isDirty = false;
    const millis = this.#config.shutdownTimeoutMillis;
    const endAt = performance.now() + millis;
    // What the readers measure goes to the same backends, which are flushed again for it. Spans do not wait for a reader that hangs.
    const measured = Promise.allSettled(this.#readers.map((reader) => reader.forceFlush()));
    const measuredAndSent = measured.then(() => this.fanOut.flush(endAt - performance.now()));
    await withinDeadline([this.fanOut.flush(millis), measuredAndSent], millis);
    this.fanOut.flushSync();
  }

  /**
   * Sends what is left and closes everything, by one deadline. The app's calls go on unrecorded. Never rejects.
   * @param stopSdk shuts the SDK down, its readers with it: first, for the readers measure once more and push to the backends.
   */
  async shutdown(stopSdk: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    uninstallModuleHook();
    whenModuleLoaded(undefined);
    this.#stopListening?.();
    const endAt = performance.now() + this.#config.shutdownTimeoutMillis;
    const remaining = (): number => Math.max(0, endAt - performance.now());
    // Spans do not wait for a reader that hangs. One timer each: of two that end together, one within the other, the inner would outlive us.
    await Promise.all([withinDeadline([stopSdk()], remaining()), this.fanOut.flush(remaining())]);
    await this.fanOut.shutdown(remaining());
    started.delete(this);
    await closeCoordination(remaining());
    this.#statusFile.close();
  }

  /** A process that loads no SDK and has no trouble leaves nothing behind: under NODE_OPTIONS, npm is such a process. */
  #statusWorthTelling(): ProcessStatus | undefined {
    const status = this.status();
    const hasWork = Object.values(status.backends).some(({ accepted }) => accepted > 0);
    return hasWork || status.modules.length > 0 || status.problems.length > 0 ? status : undefined;
  }
}

/** The store that agents share, as the other places are told of; nothing when nobody has used it. */
function coordinationBackend(): Readonly<Record<string, BackendStatus>> {
  const status = coordinationStatus();
  if (!status) return {};
  const { engine, state, reason, since, done, failed } = status;
  const coordination: BackendStatus = {
    state: state === 'idle' ? 'starting' : state,
    ...(reason !== undefined && { reason }),
    since,
    accepted: done,
    dropped: failed > 0 ? { unavailable: failed } : {},
    details: { engine },
  };
  return { coordination };
}
