// An engine with its instruments, as one process has them: the SDK's own meter and reader, a real database, and a clock that the test sets.
import type { Attributes, Meter } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Alert } from '../../src/alerting/alert.ts';
import { AlertEngine, type AlertEngineOptions } from '../../src/alerting/alert-engine.ts';
import type { Clock } from '../../src/alerting/clock.ts';
import type { Transition } from '../../src/alerting/notify/history.ts';
import { parseRules } from '../../src/alerting/parse-rule.ts';
import type { RuleInput } from '../../src/alerting/rule.ts';

class ManualReader extends MetricReader {
  constructor() {
    super({
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.COUNTER ||
        type === InstrumentType.HISTOGRAM ||
        type === InstrumentType.OBSERVABLE_COUNTER
          ? AggregationTemporality.DELTA
          : AggregationTemporality.CUMULATIVE,
    });
  }
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A clock that goes when it is told, and can be set. */
export class TestClock implements Clock {
  wallMillis = Date.UTC(2026, 10, 24, 12);
  runMillis = 0;

  now(): number {
    return this.wallMillis;
  }

  monotonic(): number {
    return this.runMillis;
  }

  advance(millis: number): void {
    this.wallMillis += millis;
    this.runMillis += millis;
  }

  /** Somebody sets it, or the machine sleeps. */
  jump(millis: number): void {
    this.wallMillis += millis;
  }
}

let made = 0;

export interface AnEngineOptions extends Partial<Omit<AlertEngineOptions, 'dir' | 'rules' | 'clock'>> {
  readonly dir: string;
  readonly rules?: readonly RuleInput[];
  readonly clock?: TestClock;
  /** It measures nothing, and judges the journal. */
  readonly onlyJournal?: boolean;
}

export class AnEngine {
  readonly engine: AlertEngine;
  readonly meter: Meter;
  readonly clock: TestClock;
  /** `rule from>to`, with the labels of the series. */
  readonly changes: string[] = [];
  readonly published: Alert[] = [];
  /** Messages of problems, each as often as it was said. */
  readonly said: string[] = [];
  readonly #keys = new Set<string>();
  readonly #reader = new ManualReader();
  readonly #counters = new Map<string, ReturnType<Meter['createCounter']>>();

  constructor({ clock = new TestClock(), rules = [], onlyJournal = false, ...options }: AnEngineOptions) {
    this.clock = clock;
    this.meter = new MeterProvider({ readers: [this.#reader] }).getMeter('test');
    made += 1;
    this.engine = new AlertEngine({
      writer: made.toString(16).padStart(8, '0'),
      origin: `program ${made}`,
      intervalMillis: 15_000,
      maxSeries: 1000,
      measuresSinceMillis: onlyJournal ? undefined : clock.now(),
      publish: (alert) => void this.published.push(alert),
      onEvaluated: (transitions) => this.changes.push(...transitions.map(nameOf)),
      problems: {
        warn: (key, message) => {
          if (!this.#keys.has(key)) this.said.push(message);
          this.#keys.add(key);
        },
        clear: (key) => void this.#keys.delete(key),
      },
      ...options,
      rules: parseRules(rules),
      clock,
    });
  }

  /** Adds to a counter. */
  add(metric: string, value: number, attributes: Attributes = {}): void {
    let counter = this.#counters.get(metric);
    if (counter === undefined) this.#counters.set(metric, (counter = this.meter.createCounter(metric)));
    counter.add(value, attributes);
  }

  /** Time goes by, what was measured meanwhile is collected, and the rules are judged. */
  async tick(millis = 15_000): Promise<void> {
    this.clock.advance(millis);
    await this.collect();
  }

  /** The same without time going by. */
  async collect(): Promise<void> {
    this.engine.refresh();
    await this.engine.tick(await this.measured());
  }

  /** What was measured since the last time. */
  async measured(): Promise<ResourceMetrics> {
    return (await this.#reader.collect()).resourceMetrics;
  }

  /** The value of a rule's one series, or of the one with such labels; `undefined` when there is none. */
  value(rule: string, labels: Readonly<Record<string, string>> = {}): number | null | undefined {
    return this.engine
      .readings()
      .find(
        (one) => one.rule.name === rule && Object.entries(labels).every(([name, text]) => one.labels[name] === text),
      )?.value;
  }

  /** `firing`, ...; `inactive` also when there is no such series. */
  state(rule: string, labels: Readonly<Record<string, string>> = {}): string {
    const found = this.engine
      .readings()
      .find(
        (one) => one.rule.name === rule && Object.entries(labels).every(([name, text]) => one.labels[name] === text),
      );
    return found?.state?.state ?? 'inactive';
  }
}

function nameOf({ rule, labels, from, to }: Transition): string {
  const values = Object.values(labels).join(',');
  return `${rule}${values && ` ${values}`}: ${from}>${to}`;
}
