// What some processes measure, minute by minute, given to our engine as increments and to Prometheus as the samples it would have scraped.
import type { Attributes } from '@opentelemetry/api';
import type { Evaluator } from '../../src/alerting/evaluation/evaluator.ts';
import { GAUGE } from '../../src/alerting/window/bucket.ts';
import type { Instrument } from '../../src/cli/alerts/instruments.ts';
import { labelName, metricName } from '../../src/exporters/prometheus/metric-name.ts';

interface Series {
  readonly name: string;
  readonly instance: string;
  readonly attributes: Attributes;
  readonly instrument: Instrument;
  readonly bounds: readonly number[];
  /** Since the process started; `undefined` while it has no such series. */
  total: { value: number; count: number; counts: number[] } | undefined;
  /** In this interval. */
  added: { values: number[]; value: number; touched: boolean };
  /** Samples by their Prometheus name and labels. */
  readonly samples: Map<string, string[]>;
}

const DEFAULT_BOUNDS = [0.5, 1, 2, 5, 10, 20, 50, 100];

export class AlertSimulation {
  readonly #intervalMillis: number;
  readonly #instrumentOf: (metric: string) => Instrument;
  readonly #series = new Map<string, Series>();
  #ticks = 0;

  constructor(intervalMillis: number, instrumentOf: (metric: string) => Instrument) {
    this.#intervalMillis = intervalMillis;
    this.#instrumentOf = instrumentOf;
  }

  /** Something is counted, or a value is observed by a histogram. */
  add(instance: string, metric: string, attributes: Attributes, value: number): void {
    const { added } = this.#seriesOf(instance, metric, attributes);
    added.touched = true;
    added.value += value;
    added.values.push(value);
  }

  /** A gauge stands at a value. */
  set(instance: string, metric: string, attributes: Attributes, value: number): void {
    const { added } = this.#seriesOf(instance, metric, attributes);
    added.touched = true;
    added.value = value;
  }

  /** A process is started again: it has no series until something is counted. */
  restart(instance: string): void {
    for (const series of this.#series.values()) if (series.instance === instance) series.total = undefined;
  }

  /** The interval is over: our engine is told what was added, and Prometheus scrapes. @returns the moment, in milliseconds. */
  tick(evaluator: Evaluator): number {
    const atMillis = this.#ticks * this.#intervalMillis;
    // There is none: nothing was measured before.
    for (const selection of evaluator.selections) selection.hasPast = true;
    for (const series of this.#series.values()) {
      // Measured before the interval was over: at that moment itself the next begins.
      this.#tell(series, evaluator, atMillis - 1);
      this.#scrape(series);
      series.added = { values: [], value: series.instrument.kind === 'gauge' ? series.added.value : 0, touched: false };
    }
    this.#ticks += 1;
    return atMillis;
  }

  /** For `promtool test rules`. */
  inputSeries(): { series: string; values: string }[] {
    return [...this.#series.values()].flatMap(({ samples }) =>
      [...samples].map(([series, values]) => ({ series, values: compact(values) })),
    );
  }

  #seriesOf(instance: string, metric: string, attributes: Attributes): Series {
    const key = JSON.stringify([instance, metric, attributes]);
    let series = this.#series.get(key);
    if (series === undefined) {
      const instrument = this.#instrumentOf(metric);
      series = {
        name: metric,
        instance,
        attributes,
        instrument,
        bounds: DEFAULT_BOUNDS,
        total: undefined,
        added: { values: [], value: 0, touched: false },
        samples: new Map(),
      };
      this.#series.set(key, series);
    }
    return series;
  }

  #tell({ name, attributes, instrument, bounds, added, total }: Series, evaluator: Evaluator, atMillis: number): void {
    if (instrument.kind === 'gauge') {
      // Read each time, from the first on.
      if (added.touched || total) evaluator.read(name, GAUGE, attributes, atMillis, added.value, this.#ticks);
    } else if (!added.touched) {
      return;
    } else if (instrument.kind === 'histogram') {
      const { values } = added;
      evaluator.add(name, attributes, atMillis, {
        count: values.length,
        sum: added.value,
        min: Math.min(...values),
        max: Math.max(...values),
        bounds,
        counts: countsOf(values, bounds),
      });
    } else {
      evaluator.add(name, attributes, atMillis, added.value);
    }
  }

  #scrape(series: Series): void {
    const { name, instance, attributes, instrument, bounds, added } = series;
    if (added.touched && series.total === undefined)
      series.total = { value: 0, count: 0, counts: bounds.map(() => 0).concat(0) };
    const { total } = series;
    if (total && instrument.kind === 'gauge') total.value = added.value;
    else if (total) {
      total.value += added.value;
      total.count += added.values.length;
      countsOf(added.values, bounds).forEach((count, index) => ((total.counts[index] as number) += count));
    }
    const base = metricName(name, instrument.unit, instrument.kind);
    const labels = Object.entries(attributes).map(([key, value]) => `${labelName(key)}="${String(value)}"`);
    const write = (suffix: string, value: number | undefined, more: readonly string[] = []): void => {
      const id = `${base}${suffix}{${[...labels, ...more, 'job="app"', `instance="${instance}"`].join(',')}}`;
      let samples = series.samples.get(id);
      if (samples === undefined) series.samples.set(id, (samples = Array<string>(this.#ticks).fill('_')));
      const isGone = value === undefined && !['_', 'stale'].includes(samples.at(-1) ?? '_');
      samples.push(value === undefined ? (isGone ? 'stale' : '_') : String(value));
    };
    if (instrument.kind !== 'histogram') {
      write('', total?.value);
      return;
    }
    write('_sum', total?.value);
    write('_count', total?.count);
    let below = 0;
    [...bounds, Number.POSITIVE_INFINITY].forEach((bound, index) => {
      below += total?.counts[index] ?? 0;
      write('_bucket', total && below, [`le="${bound === Number.POSITIVE_INFINITY ? '+Inf' : bound}"`]);
    });
  }
}

function countsOf(values: readonly number[], bounds: readonly number[]): number[] {
  const counts = Array<number>(bounds.length + 1).fill(0);
  for (const value of values) {
    const at = bounds.findIndex((bound) => value <= bound);
    counts[at === -1 ? bounds.length : at] = (counts[at === -1 ? bounds.length : at] as number) + 1;
  }
  return counts;
}

/** Runs of the same sample in promtool's short form. */
function compact(values: readonly string[]): string {
  const parts: string[] = [];
  for (let at = 0; at < values.length; ) {
    const value = values[at] as string;
    let next = at + 1;
    while (values[next] === value) next += 1;
    const run = next - at;
    if (run > 2 && value === '_') parts.push(`_x${run}`);
    else if (run > 2 && value !== 'stale') parts.push(`${value}+0x${run - 1}`);
    else parts.push(...Array<string>(run).fill(value));
    at = next;
  }
  return parts.join(' ');
}
