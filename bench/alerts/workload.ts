// 1,000 rules over 1,000 series of each of their instruments, in one process: with real SQLite, the SDK's own reader, and a clock that goes when it is told.
import { setImmediate as turn } from 'node:timers/promises';
import { AggregationTemporality, InstrumentType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { AlertEngine } from '../../src/alerting/alert-engine.ts';
import { parseRules } from '../../src/alerting/parse-rule.ts';
import type { RuleInput } from '../../src/alerting/rule.ts';
import { type Hold, LoopWatch, threadCpuUsage } from '../support/loop-watch.ts';

export const RULES = 1000;
export const SERIES = 1000;
/** Part of the series that is measured between two ticks. */
export const BUSY = 0.05;
/** Rules that fire for all their series, where one process takes over from another. */
export const FIRING = 5;
const METRICS = 10;
const INTERVAL_MILLIS = 15_000;
/** What people write: the same instruments with other windows, filters, statistics and thresholds. Each tells all 1,000 series apart. */
const WINDOWS = ['1m', '5m', '15m', '1h', '24h'];

export interface WorkloadOptions {
  readonly dir: string;
  /** Eight hex digits. */
  readonly writer: string;
  /** Rules that fire for all their series; none unless given. */
  readonly firing?: number;
}

export interface Cost {
  /** Processor time of the thread, in milliseconds. */
  readonly cpu: number;
  readonly wall: number;
  /** The longest of each kind. */
  readonly longest: Hold;
}

class ManualReader extends MetricReader {
  constructor() {
    super({
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.GAUGE ? AggregationTemporality.CUMULATIVE : AggregationTemporality.DELTA,
      cardinalitySelector: () => 10_000,
    });
  }
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const labels = Array.from({ length: SERIES }, (_, i) => Object.freeze({ series: `s${i}`, shop: `shop ${i % 10}` }));

export class Workload {
  readonly engine: AlertEngine;
  /** Series that have begun to fire. */
  readonly fired: string[] = [];
  nowMillis = Date.UTC(2026, 10, 24, 12);
  readonly #reader = new ManualReader();
  readonly #watch = new LoopWatch();
  readonly #counters;
  readonly #histograms;

  constructor({ dir, writer, firing = 0 }: WorkloadOptions) {
    const meter = new MeterProvider({ readers: [this.#reader] }).getMeter('bench');
    this.#counters = Array.from({ length: METRICS / 2 }, (_, i) => meter.createCounter(`app.counter.${i}`));
    this.#histograms = Array.from({ length: METRICS / 2 }, (_, i) =>
      meter.createHistogram(`app.histogram.${i}`, {
        advice: { explicitBucketBoundaries: [0.1, 0.2, 0.5, 1, 2, 5, 10] },
      }),
    );
    this.engine = new AlertEngine({
      dir,
      writer,
      origin: 'bench',
      rules: parseRules(rulesOf(firing)),
      intervalMillis: INTERVAL_MILLIS,
      maxSeries: 2 * SERIES,
      measuresSinceMillis: this.nowMillis,
      problems: { warn: (_, message) => console.error(message), clear: () => {} },
      onEvaluated: (transitions) =>
        this.fired.push(...transitions.filter(({ to }) => to === 'firing').map((one) => one.labels.series ?? '')),
      clock: { now: () => this.nowMillis, monotonic: () => this.nowMillis },
    });
  }

  /** One interval: some is measured, and the rules are judged. @param busy part of the series that is measured. */
  async passInterval(number: number, busy = number === 0 ? 1 : BUSY): Promise<Cost> {
    this.#measure(number, busy);
    this.nowMillis += INTERVAL_MILLIS;
    this.#watch.start();
    const cpu = threadCpuUsage();
    const start = performance.now();
    this.engine.open();
    await turn();
    this.engine.refresh();
    await turn();
    const { resourceMetrics } = await this.#reader.collect();
    await this.engine.tick(resourceMetrics);
    const wall = performance.now() - start;
    const { user, system } = threadCpuUsage(cpu);
    const holds = await this.#watch.stop();
    const longest = (what: keyof Hold): number => Math.max(...holds.map((hold) => hold[what]));
    return {
      cpu: (user + system) / 1000,
      wall,
      longest: { cpu: longest('cpu'), own: longest('own'), wall: longest('wall') },
    };
  }

  /** Lets the first rule fire for one series. */
  exceed(series: number): void {
    this.#counters[0]?.add(600, labels[series]);
  }

  #measure(tick: number, busy: number): void {
    for (let i = 0; i < SERIES * busy; i++) {
      // A window that wanders over the series: some come, others grow cold.
      const series = labels[(tick * 7 + i * 11) % SERIES] as (typeof labels)[number];
      for (const counter of this.#counters) counter.add(1, series);
      for (const histogram of this.#histograms) histogram.record((i % 50) / 10, series);
    }
  }
}

function rulesOf(firing: number): RuleInput[] {
  const rules = Array.from({ length: RULES }, (_, i): RuleInput => {
    const isCounter = i % 2 === 0;
    const metric = `app.${isCounter ? 'counter' : 'histogram'}.${Math.floor(i / 2) % (METRICS / 2)}`;
    return {
      name: `rule ${i}`,
      metric,
      statistic: isCounter
        ? i % 4 === 0
          ? 'sum'
          : 'rate'
        : ((['p95', 'avg', 'count', 'max'] as const)[i % 4 === 1 ? (i >> 2) % 4 : 0] ?? 'p95'),
      window: WINDOWS[Math.floor(i / METRICS) % WINDOWS.length] ?? '5m',
      by: 'series',
      threshold: 1e9 + i,
      for: '1m',
      ...(i % 20 === 19 && { where: { shop: { not: 'shop 3' } } }),
    };
  });
  // One that fires and one that does not, to be asserted.
  rules[0] = { name: 'fires', metric: 'app.counter.0', statistic: 'sum', window: '1h', by: 'series', threshold: 500 };
  for (let i = 1; i <= firing; i++) {
    rules[i] = {
      name: `fires ${i}`,
      metric: 'app.counter.1',
      statistic: 'sum',
      window: '24h',
      by: 'series',
      threshold: i / 10_000,
    };
  }
  return rules;
}
