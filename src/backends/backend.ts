// The one contract of a place that data goes to. A backend owns its files, ports and queues, and must never throw, block or wait in `accept`.

export type Signal = 'traces' | 'logs' | 'metrics';

/** What one event-loop turn produced of one signal. All backends share it: what it holds must not be changed. */
export interface Batch {
  readonly signal: Signal;
  /**
   * Each a complete OTLP/JSON `TracesData`, `LogsData` or `MetricsData` object in one line, without the newline: a journal line and,
   * as it stands, the body of an OTLP/HTTP request. Traces and logs hold one record a line.
   */
  readonly lines: readonly string[];
  /** The same as UTF-8, each line with its newline. Good until `accept` returns: the memory is used again. */
  readonly bytes: Buffer;
}

export type BackendState = 'starting' | 'healthy' | 'degraded' | 'recovering' | 'stopped';

export interface BackendStatus {
  readonly state: BackendState;
  /** Why it is degraded, in words for people; absent when healthy. */
  readonly reason?: string;
  /** Milliseconds since the epoch at which `state` began. */
  readonly since: number;
  /** Records accepted since start. */
  readonly accepted: number;
  /** Records dropped since start, by reason (`queue_full`, `disk_full`, ...). */
  readonly dropped: Readonly<Record<string, number>>;
  /** Of a backend that sends: how far behind it is, by the age of the oldest record it has not delivered, and its bytes. */
  readonly lag?: { readonly seconds: number; readonly bytes: number };
  /** What else a person wants to know: file, address, lag. */
  readonly details?: Readonly<Record<string, string | number>>;
}

export interface Backend {
  /** Unique, lower case: `journal`, `prometheus`, `otlp`. */
  readonly name: string;
  /** Opens files, ports, connections. May fail: the backend is then degraded and tries again by itself. */
  start(): void;
  /** Takes a batch. Returns at once; what it cannot take it counts in `status().dropped`. */
  accept(batch: Batch): void;
  /** Sends what it holds, within `deadlineMillis` from now. Resolves when done or out of time; never rejects. */
  flush(deadlineMillis: number): Promise<void>;
  /** Flushes and closes; afterwards no timer, socket or handle is alive. Never rejects. */
  shutdown(deadlineMillis: number): Promise<void>;
  /** The process ends at once, without a shutdown, or somebody says so: counts what is lost with it, synchronously. May be called again. */
  end?(): void;
  status(): BackendStatus;
}
