// What evaluating costs a host: 1,000 rules over 1,000 series of each of their instruments, with real SQLite and the SDK's own reader. A twentieth of
// the series has news at each tick, some come and go. Asserts the answers, then says what the ticks took, collection and all, and how long a callback of
// the host waits at most: of the processor's time and of the clock's, which differ on a machine that others use too.
// Run: npx tsx bench/alerts.ts
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { AggregationTemporality, InstrumentType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { AlertEngine } from '../src/alerting/alert-engine.ts';
import { parseRules } from '../src/alerting/parse-rule.ts';
import type { RuleInput } from '../src/alerting/rule.ts';
import { type Hold, LoopWatch } from './support/loop-watch.ts';

const RULES = 1000;
const SERIES = 1000;
const METRICS = 10;
const TICKS = 60;
const WARM_UP = 10;
/** Part of the series that is measured between two ticks. */
const BUSY = 0.05;
const INTERVAL_MILLIS = 15_000;

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

const dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
const reader = new ManualReader();
const meter = new MeterProvider({ readers: [reader] }).getMeter('bench');
const counters = Array.from({ length: METRICS / 2 }, (_, i) => meter.createCounter(`app.counter.${i}`));
const histograms = Array.from({ length: METRICS / 2 }, (_, i) =>
  meter.createHistogram(`app.histogram.${i}`, { advice: { explicitBucketBoundaries: [0.1, 0.2, 0.5, 1, 2, 5, 10] } }),
);
const labels = Array.from({ length: SERIES }, (_, i) => Object.freeze({ series: `s${i}`, shop: `shop ${i % 10}` }));

/** What people write: the same instruments with other windows, filters, statistics and thresholds. Each tells all 1,000 series apart. */
const windows = ['1m', '5m', '15m', '1h', '24h'];
const rules: RuleInput[] = Array.from({ length: RULES }, (_, i) => {
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
    window: windows[Math.floor(i / METRICS) % windows.length] as string,
    by: 'series',
    threshold: 1e9 + i,
    for: '1m',
    ...(i % 20 === 19 && { where: { shop: { not: 'shop 3' } } }),
  };
});
// One that fires and one that does not, to be asserted.
rules[0] = { name: 'fires', metric: 'app.counter.0', statistic: 'sum', window: '1h', by: 'series', threshold: 500 };

let nowMillis = Date.UTC(2026, 10, 24, 12);
const fired: string[] = [];
const engine = new AlertEngine({
  dir,
  writer: 'bench',
  origin: 'bench',
  rules: parseRules(rules),
  intervalMillis: INTERVAL_MILLIS,
  maxSeries: 2 * SERIES,
  measuresSinceMillis: nowMillis,
  problems: { warn: (_, message) => console.error(message), clear: () => {} },
  onEvaluated: (transitions) =>
    fired.push(...transitions.filter(({ to }) => to === 'firing').map((one) => one.labels.series ?? '')),
  clock: { now: () => nowMillis, monotonic: () => nowMillis },
});

function measure(tick: number): void {
  const busy = tick === 0 ? SERIES : SERIES * BUSY;
  for (let i = 0; i < busy; i++) {
    // A window that wanders over the series: some come, others grow cold.
    const series = labels[(tick * 7 + i * 11) % SERIES] as (typeof labels)[number];
    for (const counter of counters) counter.add(1, series);
    for (const histogram of histograms) histogram.record((i % 50) / 10, series);
  }
}

const watch = new LoopWatch();

interface Cost {
  /** Processor time of the process, in milliseconds. */
  readonly cpu: number;
  readonly wall: number;
  /** The longest of each kind. */
  readonly longest: Hold;
}

/** One interval: some is measured, and the rules are judged. */
async function passInterval(number: number): Promise<Cost> {
  measure(number);
  nowMillis += INTERVAL_MILLIS;
  watch.start();
  const cpu = process.cpuUsage();
  const start = performance.now();
  engine.open();
  await turn();
  engine.refresh();
  await turn();
  const { resourceMetrics } = await reader.collect();
  await engine.tick(resourceMetrics);
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const holds = await watch.stop();
  const longest = (what: keyof Hold): number => Math.max(...holds.map((hold) => hold[what]));
  return {
    cpu: (user + system) / 1000,
    wall,
    longest: { cpu: longest('cpu'), own: longest('own'), wall: longest('wall') },
  };
}

const first = await passInterval(0);
for (let number = 1; number < WARM_UP; number++) await passInterval(number);
counters[0]?.add(600, labels[123]);
const ticks = [];
for (let number = WARM_UP; number < WARM_UP + TICKS; number++) ticks.push(await passInterval(number));

assert.deepEqual(fired, ['s123'], 'the one series that crossed its threshold has fired, and no other');
const ofADay = engine
  .readings()
  .filter(
    ({ rule }) =>
      rule.window.kind === 'sliding' && rule.window.millis === 86_400_000 && rule.measure.where.length === 0,
  );
assert.ok(ofADay.length > 0 && ofADay.length % SERIES === 0, 'every rule over a day has all series');

const line = (what: string, values: readonly number[]): void => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number): string => (sorted[Math.ceil(q * sorted.length) - 1] ?? 0).toFixed(1);
  console.log(`${what.padEnd(44)} median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`);
};
console.log(`${RULES} rules × ${SERIES} series, ${BUSY * 100} % of the series measured at each of ${TICKS} ticks`);
line(
  'a tick, processor time',
  ticks.map(({ cpu }) => cpu),
);
line(
  'a tick, wall clock',
  ticks.map(({ wall }) => wall),
);
line(
  'longest hold of the loop, processor time',
  ticks.map(({ longest }) => longest.cpu),
);
line(
  '  and with the disk',
  ticks.map(({ longest }) => longest.own),
);
line(
  'longest hold of the loop, wall clock',
  ticks.map(({ longest }) => longest.wall),
);
console.log(
  `the first tick, with all series new: ${first.cpu.toFixed(0)} ms of processor time, longest hold ${first.longest.cpu.toFixed(1)} ms`,
);
await engine.close();
rmSync(dir, { recursive: true, force: true });
