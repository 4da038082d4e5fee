// What calls add up to: overall and by model, provider, workflow, tier and day. An unknown cost or rate is null, never 0.
import { ERROR_TYPE_OTHER, type UnpricedReason } from '../semconv.ts';
import { type Call, modelOf, unpricedReason } from './call.ts';
import { Distribution } from './distribution.ts';
import { ExactSum } from './sum.ts';

export const DIMENSIONS = ['model', 'provider', 'workflow', 'tier', 'day'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** The answer for one set of calls. */
export interface Totals {
  readonly calls: number;
  readonly errors: number;
  /** 0 to 1; null without calls. */
  readonly errorRate: number | null;
  /** `error.type` to number of calls. */
  readonly errorsByType: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<Call['outcome'], number>>;
  /** Sums of what is known. `cacheRead` and `cacheCreation` are part of `input`, `reasoning` of `output`; `total` is `input` and `output`. */
  readonly tokens: Readonly<Record<'input' | 'output' | 'cacheRead' | 'cacheCreation' | 'reasoning' | 'total', number>>;
  /** US dollars of the priced calls. Null when there are calls to be paid for and not one of them has a known cost. */
  readonly costUsd: Readonly<Record<'total' | 'input' | 'cacheRead' | 'cacheWrite' | 'output', number>> | null;
  readonly pricedCalls: number;
  /** Calls of unknown cost: they are missing in `costUsd`. */
  readonly unpricedCalls: number;
  readonly unpricedReasons: Readonly<Record<UnpricedReason, number>>;
  /** Model without a known price to its number of calls. */
  readonly unpricedModels: Readonly<Record<string, number>>;
  /** Share of the input tokens read from the provider's cache, 0 to 1; null without input tokens. */
  readonly cacheHitRate: number | null;
  /** Of all calls, failed ones too, from request to end. Percentiles by nearest rank. */
  readonly latencyMillis: Readonly<Record<'avg' | 'p50' | 'p95' | 'p99', number | null>>;
  /** Of the streams. */
  readonly timeToFirstChunkMillis: Readonly<Record<'p50' | 'p95', number | null>>;
}

/** One row of a breakdown. */
export interface Group {
  /** The value of the dimension, null where calls have none. */
  readonly key: string | null;
  readonly totals: Totals;
}

export interface Statistics {
  readonly totals: Totals;
  readonly by: Readonly<Partial<Record<Dimension, readonly Group[]>>>;
}

export interface StatisticsOptions {
  readonly by?: readonly Dimension[];
  /** Days are those of UTC; else of the machine's time zone. */
  readonly utc?: boolean;
}

export class StatisticsBuilder {
  readonly #all = new Accumulator();
  readonly #by: readonly (readonly [Dimension, (call: Call) => string | null, Map<string | null, Accumulator>])[];

  constructor({ by = DIMENSIONS, utc = false }: StatisticsOptions = {}) {
    const keyOf: Record<Dimension, (call: Call) => string | null> = {
      model: modelOf,
      provider: (call) => call.provider,
      workflow: (call) => call.workflow,
      tier: (call) => call.tier,
      day: dayNamer(utc),
    };
    this.#by = by.map((dimension) => [dimension, keyOf[dimension], new Map()] as const);
  }

  add(call: Call): void {
    this.#all.add(call);
    for (const [, keyOf, groups] of this.#by) {
      const key = keyOf(call);
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = new Accumulator()));
      group.add(call);
    }
  }

  /** Groups with the most calls first; days in their order. */
  result(): Statistics {
    const by = this.#by.map(([dimension, , groups]) => {
      const rows = [...groups].map(([key, group]): Group => ({ key, totals: group.totals() }));
      return [
        dimension,
        rows.sort(dimension === 'day' ? byKey : (a, b) => b.totals.calls - a.totals.calls || byKey(a, b)),
      ];
    });
    return { totals: this.#all.totals(), by: Object.fromEntries(by) as Statistics['by'] };
  }
}

class Accumulator {
  #calls = 0;
  #priced = 0;
  readonly #unpriced = { unknown_price: 0, unknown_usage: 0 };
  readonly #outcomes = { completed: 0, cancelled: 0, abandoned: 0, error: 0 };
  readonly #errors = new Map<string, number>();
  readonly #unpricedModels = new Map<string, number>();
  readonly #tokens = { input: 0, output: 0, cacheRead: 0, cacheCreation: 0, reasoning: 0 };
  readonly #cost = {
    total: new ExactSum(),
    input: new ExactSum(),
    cacheRead: new ExactSum(),
    cacheWrite: new ExactSum(),
    output: new ExactSum(),
  };
  readonly #latency = new Distribution();
  readonly #firstChunk = new Distribution();

  add(call: Call): void {
    this.#calls += 1;
    this.#outcomes[call.outcome] += 1;
    if (call.outcome === 'error') increment(this.#errors, call.errorType ?? ERROR_TYPE_OTHER);
    const { tokens, costUsd } = call;
    this.#tokens.input += tokens.input ?? 0;
    this.#tokens.output += tokens.output ?? 0;
    this.#tokens.cacheRead += tokens.cacheRead ?? 0;
    this.#tokens.cacheCreation += tokens.cacheCreation ?? 0;
    this.#tokens.reasoning += tokens.reasoning ?? 0;
    if (costUsd !== null) {
      this.#priced += 1;
      this.#cost.total.add(costUsd.total);
      this.#cost.input.add(costUsd.input);
      this.#cost.cacheRead.add(costUsd.cacheRead);
      this.#cost.cacheWrite.add(costUsd.cacheWrite);
      this.#cost.output.add(costUsd.output);
    } else {
      const reason = unpricedReason(call);
      if (reason !== null) this.#unpriced[reason] += 1;
      if (reason === 'unknown_price') increment(this.#unpricedModels, modelOf(call) ?? ERROR_TYPE_OTHER);
    }
    this.#latency.add(call.durationMillis);
    if (call.timeToFirstChunkMillis !== null) this.#firstChunk.add(call.timeToFirstChunkMillis);
  }

  totals(): Totals {
    const [p50, p95, p99] = this.#latency.percentiles([50, 95, 99]);
    const [firstP50, firstP95] = this.#firstChunk.percentiles([50, 95]);
    const errors = this.#outcomes.error;
    const { input, output, cacheRead } = this.#tokens;
    const cost = this.#cost;
    const unpriced = this.#unpriced.unknown_price + this.#unpriced.unknown_usage;
    return {
      calls: this.#calls,
      errors,
      errorRate: ratio(errors, this.#calls),
      errorsByType: Object.fromEntries(this.#errors),
      outcomes: { ...this.#outcomes },
      tokens: { ...this.#tokens, total: input + output },
      costUsd:
        this.#priced === 0 && unpriced > 0
          ? null
          : {
              total: cost.total.value(),
              input: cost.input.value(),
              cacheRead: cost.cacheRead.value(),
              cacheWrite: cost.cacheWrite.value(),
              output: cost.output.value(),
            },
      pricedCalls: this.#priced,
      unpricedCalls: unpriced,
      unpricedReasons: { ...this.#unpriced },
      unpricedModels: Object.fromEntries(this.#unpricedModels),
      cacheHitRate: ratio(cacheRead, input),
      latencyMillis: { avg: this.#latency.average(), p50, p95, p99 },
      timeToFirstChunkMillis: { p50: firstP50, p95: firstP95 },
    };
  }
}

/** Names the day of a call. Calls come nearly in order, so the last day's bounds answer most. */
function dayNamer(utc: boolean): (call: Call) => string {
  let start = 0;
  let end = 0;
  let name = '';
  return ({ timeMillis }) => {
    if (timeMillis < start || timeMillis >= end) {
      const at = new Date(timeMillis);
      const [year, month, day] = utc
        ? [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
        : [at.getFullYear(), at.getMonth(), at.getDate()];
      const midnight = (plus: number): number =>
        utc ? Date.UTC(year, month, day + plus) : new Date(year, month, day + plus).getTime();
      [start, end] = [midnight(0), midnight(1)];
      name = `${year}-${String(month + 1).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
    }
    return name;
  };
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Calls that have none come last. */
function byKey(a: Group, b: Group): number {
  if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
  return a.key < b.key ? -1 : 1;
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
