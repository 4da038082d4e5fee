// Fourth stage: records the metrics of a call from its span, sampled or not. The only place that records them.
import { type Attributes, type Counter, type Histogram, type MeterProvider, metrics } from '@opentelemetry/api';
import { VERSION } from '../internal/version.ts';
import * as names from '../semconv.ts';
import type { Inference } from './inference.ts';
import { createLabelSets, createSeriesBudget, labelOf, OTHER, type SeriesBudget } from './label-sets.ts';

export type UnpricedReason = 'unknown_price' | 'unknown_usage';

export interface Measured {
  readonly call: Inference;
  readonly durationSeconds: number;
  /** US dollars; `undefined` is unknown. */
  readonly costUsd: number | undefined;
  /** Why the cost is unknown; `undefined` when it is known, or when the call failed before there was anything to bill. */
  readonly unpriced: UnpricedReason | undefined;
}

/** @param meterProvider the global one when absent, from the moment there is one: instruments made before that would be deaf for ever. */
export function createMeasure(maxSeries: number, meterProvider?: MeterProvider): (measured: Measured) => void {
  let provider: MeterProvider | undefined;
  let record: ((measured: Measured) => void) | undefined;
  return (measured) => {
    const current = meterProvider ?? metrics.getMeterProvider();
    if (current !== provider || record === undefined) {
      provider = current;
      record = createRecorder(current, maxSeries);
    }
    record(measured);
  };
}

/** The series of one label set, each made when first needed. `undefined` is not yet asked for, `null` is folded. */
interface Series {
  readonly labels: Attributes;
  input?: Attributes | null;
  output?: Attributes | null;
  duration?: Attributes | null;
  durationOfErrors?: Map<string, Attributes | null>;
  firstChunk?: Attributes | null;
  perChunk?: Attributes | null;
  cost?: Attributes | null;
  unpriced?: Map<UnpricedReason, Attributes | null>;
}

const FOLDED = Object.freeze({
  [names.GEN_AI_OPERATION_NAME]: OTHER,
  [names.GEN_AI_PROVIDER_NAME]: OTHER,
  [names.GEN_AI_REQUEST_MODEL]: OTHER,
});
const FOLDED_INPUT = Object.freeze({ ...FOLDED, [names.GEN_AI_TOKEN_TYPE]: 'input' });
const FOLDED_OUTPUT = Object.freeze({ ...FOLDED, [names.GEN_AI_TOKEN_TYPE]: 'output' });
const FOLDED_ERROR = Object.freeze({ ...FOLDED, [names.ERROR_TYPE]: OTHER });
const FOLDED_UNPRICED = Object.freeze({ [names.GEN_AI_REQUEST_MODEL]: OTHER });

function createRecorder(provider: MeterProvider, maxSeries: number): (measured: Measured) => void {
  const meter = provider.getMeter(names.SCOPE_NAME, VERSION);
  const histogram = (name: string, unit: string, description: string, explicitBucketBoundaries: number[]): Histogram =>
    // Boundaries as advice: a View would keep what one reader does not collect for ever.
    meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries } });
  const counter = (name: string, unit: string, description: string): Counter =>
    meter.createCounter(name, { unit, description });

  const tokens = histogram(
    names.METRIC_TOKEN_USAGE,
    '{token}',
    'Number of input and output tokens used.',
    names.TOKEN_USAGE_BOUNDARIES,
  );
  const duration = histogram(
    names.METRIC_OPERATION_DURATION,
    's',
    'GenAI operation duration.',
    names.DURATION_BOUNDARIES,
  );
  const firstChunk = histogram(
    names.METRIC_TIME_TO_FIRST_CHUNK,
    's',
    'Time to receive the first chunk of a streamed response.',
    names.DURATION_BOUNDARIES,
  );
  const perChunk = histogram(
    names.METRIC_TIME_PER_OUTPUT_CHUNK,
    's',
    'Time per chunk of a streamed response after the first.',
    names.TIME_PER_CHUNK_BOUNDARIES,
  );
  const cost = counter(names.METRIC_COST_USD, '{USD}', 'Cost of GenAI operations in US dollars.');
  const unpricedCalls = counter(names.METRIC_UNPRICED_CALLS, '{call}', 'Calls whose cost is unknown, by model.');
  const foldedSeries = counter(
    names.METRIC_SERIES_FOLDED,
    '{series}',
    'Points folded into "other" because an instrument had its full number of series.',
  );

  const budgets = {
    tokens: createSeriesBudget(maxSeries, 2),
    duration: createSeriesBudget(maxSeries, 2),
    firstChunk: createSeriesBudget(maxSeries, 1),
    perChunk: createSeriesBudget(maxSeries, 1),
    cost: createSeriesBudget(maxSeries, 1),
    unpriced: createSeriesBudget(maxSeries, 1),
  };
  const unpricedSeries = new Map<string, Attributes | null>();
  const sets = createLabelSets<Series>(maxSeries, (labels) => ({ labels }));
  const noRoom: Series = {
    labels: {},
    input: null,
    output: null,
    duration: null,
    durationOfErrors: new Map(),
    firstChunk: null,
    perChunk: null,
    cost: null,
  };

  function fold(instrument: string, into: Attributes): Attributes {
    foldedSeries.add(1, { [names.AGENT_VITALS_INSTRUMENT]: instrument });
    return into;
  }

  const admit = (budget: SeriesBudget, labels: Attributes): Attributes | null => budget.admit(labels) ?? null;

  function recordTokens(series: Series, { inputTokens, outputTokens }: Inference): void {
    // > gen_ai.client.token.usage SHOULD be reported when the number of tokens is readily available.
    if (inputTokens !== undefined) {
      if (series.input === undefined) {
        series.input = admit(budgets.tokens, { ...series.labels, [names.GEN_AI_TOKEN_TYPE]: 'input' });
      }
      tokens.record(inputTokens, series.input ?? fold(names.METRIC_TOKEN_USAGE, FOLDED_INPUT));
    }
    if (outputTokens !== undefined) {
      if (series.output === undefined) {
        series.output = admit(budgets.tokens, { ...series.labels, [names.GEN_AI_TOKEN_TYPE]: 'output' });
      }
      tokens.record(outputTokens, series.output ?? fold(names.METRIC_TOKEN_USAGE, FOLDED_OUTPUT));
    }
  }

  function recordDuration(series: Series, seconds: number, errorType: string | undefined): void {
    if (errorType === undefined) {
      if (series.duration === undefined) series.duration = admit(budgets.duration, { ...series.labels });
      duration.record(seconds, series.duration ?? fold(names.METRIC_OPERATION_DURATION, FOLDED));
      return;
    }
    const type = labelOf(errorType);
    series.durationOfErrors ??= new Map();
    let labels = series.durationOfErrors.get(type);
    if (labels === undefined && series !== noRoom) {
      labels = admit(budgets.duration, { ...series.labels, [names.ERROR_TYPE]: type });
      // What was not admitted is not kept either: the names of errors may be endless.
      if (labels) series.durationOfErrors.set(type, labels);
    }
    duration.record(seconds, labels ?? fold(names.METRIC_OPERATION_DURATION, FOLDED_ERROR));
  }

  function recordChunks(series: Series, call: Inference, seconds: number): void {
    const { timeToFirstChunk, chunks } = call;
    if (timeToFirstChunk === undefined) return;
    if (series.firstChunk === undefined) series.firstChunk = admit(budgets.firstChunk, { ...series.labels });
    firstChunk.record(timeToFirstChunk, series.firstChunk ?? fold(names.METRIC_TIME_TO_FIRST_CHUNK, FOLDED));
    if (chunks === undefined || chunks < 2 || seconds < timeToFirstChunk) return;
    if (series.perChunk === undefined) series.perChunk = admit(budgets.perChunk, { ...series.labels });
    perChunk.record(
      (seconds - timeToFirstChunk) / (chunks - 1),
      series.perChunk ?? fold(names.METRIC_TIME_PER_OUTPUT_CHUNK, FOLDED),
    );
  }

  function recordUnpriced(call: Inference, reason: UnpricedReason): void {
    const { requestModel, responseModel } = call;
    const key = JSON.stringify([call.provider, requestModel, responseModel, reason]);
    let labels = unpricedSeries.get(key);
    if (labels === undefined) {
      labels = admit(budgets.unpriced, {
        [names.AGENT_VITALS_UNPRICED_REASON]: reason,
        ...(call.provider !== undefined && { [names.GEN_AI_PROVIDER_NAME]: labelOf(call.provider) }),
        ...(requestModel !== undefined && { [names.GEN_AI_REQUEST_MODEL]: labelOf(requestModel) }),
        ...(responseModel !== undefined && { [names.GEN_AI_RESPONSE_MODEL]: labelOf(responseModel) }),
      });
      if (labels) unpricedSeries.set(key, labels);
    }
    unpricedCalls.add(1, labels ?? fold(names.METRIC_UNPRICED_CALLS, FOLDED_UNPRICED));
  }

  return ({ call, durationSeconds, costUsd, unpriced }) => {
    const series = sets.find(call) ?? noRoom;
    recordTokens(series, call);
    recordDuration(series, durationSeconds, call.errorType);
    recordChunks(series, call, durationSeconds);
    if (costUsd !== undefined) {
      if (series.cost === undefined) series.cost = admit(budgets.cost, { ...series.labels });
      cost.add(costUsd, series.cost ?? fold(names.METRIC_COST_USD, FOLDED));
    }
    if (unpriced !== undefined) recordUnpriced(call, unpriced);
  };
}
