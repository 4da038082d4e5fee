// Fourth stage: records the metrics of a call from its span, sampled or not. The only place that records them.
import type { Attributes, Counter, Histogram, MeterProvider } from '@opentelemetry/api';
import { createLabels, createSeriesBudget, labelOf, OTHER } from '../internal/bounded-labels.ts';
import { withInstruments } from '../internal/instruments.ts';
import { VERSION } from '../internal/version.ts';
import * as names from '../semconv.ts';
import type { Inference } from './inference.ts';
import { createLabelSets } from './label-sets.ts';

export interface Measured {
  readonly call: Inference;
  readonly durationSeconds: number;
  /** US dollars; `undefined` is unknown. */
  readonly costUsd: number | undefined;
  /** Why the cost is unknown; `undefined` when it is known, or when the call failed before there was anything to bill. */
  readonly unpriced: names.UnpricedReason | undefined;
  /** Of a hit of the app's cache: US dollars it would have cost; `undefined` is unknown. */
  readonly savedUsd?: number | undefined;
}

/** @param meterProvider the global one when absent. */
export function createMeasure(maxSeries: number, meterProvider?: MeterProvider): (measured: Measured) => void {
  return withInstruments((provider) => createRecorder(provider, maxSeries), meterProvider);
}

/** The series of one label set, each made when first needed. `undefined` is not yet asked for, `null` is folded. */
interface Series extends Record<Slot, Attributes | null | undefined> {
  readonly labels: Attributes;
  readonly ofErrors: Map<string, Attributes>;
}
type Slot = 'input' | 'output' | 'cacheRead' | 'duration' | 'firstChunk' | 'perChunk' | 'cost';

function createSeries(labels: Attributes, all?: null): Series {
  const slots = { input: all, output: all, cacheRead: all, duration: all, firstChunk: all, perChunk: all, cost: all };
  return { labels, ofErrors: new Map(), ...slots };
}

const FOLDED = Object.freeze({
  [names.GEN_AI_OPERATION_NAME]: OTHER,
  [names.GEN_AI_PROVIDER_NAME]: OTHER,
  [names.GEN_AI_REQUEST_MODEL]: OTHER,
});
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
  const cacheRead = counter(names.METRIC_CACHE_READ_TOKENS, '{token}', "Input tokens read from the provider's cache.");
  const cost = counter(names.METRIC_COST_USD, '{USD}', 'Cost of GenAI operations in US dollars.');
  const unpricedCalls = counter(names.METRIC_UNPRICED_CALLS, '{call}', 'Calls whose cost is unknown, by model.');
  const cacheHits = counter(names.METRIC_CACHE_HITS, '{call}', 'Calls answered by a cache of the app.');
  const cacheSavedUsd = counter(
    names.METRIC_CACHE_SAVED_USD,
    '{USD}',
    'Cost in US dollars that calls answered by a cache of the app would have had.',
  );
  const foldedSeries = meter.createCounter(names.METRIC_SERIES_FOLDED, names.SERIES_FOLDED_OPTIONS);

  const admitTokens = createSeriesBudget(maxSeries, 2);
  const admitDuration = createSeriesBudget(maxSeries, 2);
  const slot = (instrument: string, admit: ReturnType<typeof createSeriesBudget>, own: Attributes = {}) => ({
    instrument,
    admit,
    own,
    folded: Object.freeze({ ...FOLDED, ...own }),
  });
  const slots = {
    input: slot(names.METRIC_TOKEN_USAGE, admitTokens, { [names.GEN_AI_TOKEN_TYPE]: 'input' }),
    output: slot(names.METRIC_TOKEN_USAGE, admitTokens, { [names.GEN_AI_TOKEN_TYPE]: 'output' }),
    cacheRead: slot(names.METRIC_CACHE_READ_TOKENS, createSeriesBudget(maxSeries, 1)),
    duration: slot(names.METRIC_OPERATION_DURATION, admitDuration),
    firstChunk: slot(names.METRIC_TIME_TO_FIRST_CHUNK, createSeriesBudget(maxSeries, 1)),
    perChunk: slot(names.METRIC_TIME_PER_OUTPUT_CHUNK, createSeriesBudget(maxSeries, 1)),
    cost: slot(names.METRIC_COST_USD, createSeriesBudget(maxSeries, 1)),
  } satisfies Record<Slot, object>;
  const seriesOf = createLabelSets<Series>(maxSeries, (labels) => createSeries(labels));
  const noRoom = createSeries({}, null);
  const labelsOfUnpriced = createLabels(
    maxSeries,
    FOLDED_UNPRICED,
    () => void fold(names.METRIC_UNPRICED_CALLS, FOLDED_UNPRICED),
  );
  const labelsOfHits = createLabels(maxSeries, FOLDED, () => void fold(names.METRIC_CACHE_HITS, FOLDED));

  function fold(instrument: string, into: Attributes): Attributes {
    foldedSeries.add(1, { [names.AGENT_VITALS_INSTRUMENT]: instrument });
    return into;
  }

  /** What a point of `series` is recorded with where that is not known yet, or is what is folded. */
  function attributesIn(series: Series, name: Slot): Attributes {
    const { admit, own, instrument, folded } = slots[name];
    if (series[name] === undefined) series[name] = admit({ ...series.labels, ...own });
    return series[name] ?? fold(instrument, folded);
  }

  function attributesOfError(series: Series, type: string): Attributes {
    let attributes = series.ofErrors.get(type);
    if (attributes === undefined && series !== noRoom) {
      attributes = admitDuration({ ...series.labels, [names.ERROR_TYPE]: type }) ?? undefined;
      // What was not admitted is not kept either: the names of errors may be endless.
      if (attributes) series.ofErrors.set(type, attributes);
    }
    return attributes ?? fold(names.METRIC_OPERATION_DURATION, FOLDED_ERROR);
  }

  function recordChunks(series: Series, { timeToFirstChunk, chunks }: Inference, seconds: number): void {
    if (timeToFirstChunk === undefined) return;
    firstChunk.record(timeToFirstChunk, series.firstChunk ?? attributesIn(series, 'firstChunk'));
    if (chunks === undefined || chunks < 2 || seconds < timeToFirstChunk) return;
    perChunk.record((seconds - timeToFirstChunk) / (chunks - 1), series.perChunk ?? attributesIn(series, 'perChunk'));
  }

  function recordUnpriced(call: Inference, reason: names.UnpricedReason): void {
    unpricedCalls.add(
      1,
      labelsOfUnpriced({
        [names.AGENT_VITALS_UNPRICED_REASON]: reason,
        [names.GEN_AI_PROVIDER_NAME]: call.provider,
        [names.GEN_AI_REQUEST_MODEL]: call.requestModel,
        [names.GEN_AI_RESPONSE_MODEL]: call.responseModel,
      }),
    );
  }

  /** Of the provider nothing was asked: neither latency nor tokens are told. */
  function recordCacheHit(call: Inference, savedUsd: number | undefined): void {
    const labels = labelsOfHits({
      [names.AGENT_VITALS_CACHE_TYPE]: call.cacheType,
      [names.AGENT_VITALS_TIER]: call.tier,
      [names.GEN_AI_OPERATION_NAME]: call.operation,
      [names.GEN_AI_PROVIDER_NAME]: call.provider,
      [names.GEN_AI_REQUEST_MODEL]: call.requestModel,
      [names.GEN_AI_WORKFLOW_NAME]: call.workflow,
    });
    cacheHits.add(1, labels);
    if (savedUsd !== undefined) cacheSavedUsd.add(savedUsd, labels);
  }

  return ({ call, durationSeconds, costUsd, unpriced, savedUsd }) => {
    if (call.cacheHit) return recordCacheHit(call, savedUsd);
    const series = seriesOf(call) ?? noRoom;
    const { inputTokens, outputTokens, cacheReadTokens, errorType } = call;
    // > gen_ai.client.token.usage SHOULD be reported when the number of tokens is readily available.
    if (inputTokens !== undefined) tokens.record(inputTokens, series.input ?? attributesIn(series, 'input'));
    if (outputTokens !== undefined) tokens.record(outputTokens, series.output ?? attributesIn(series, 'output'));
    // Part of the input: of an input that is not known there is no part.
    if (cacheReadTokens && inputTokens !== undefined)
      cacheRead.add(cacheReadTokens, series.cacheRead ?? attributesIn(series, 'cacheRead'));
    duration.record(
      durationSeconds,
      errorType === undefined
        ? (series.duration ?? attributesIn(series, 'duration'))
        : attributesOfError(series, labelOf(errorType)),
    );
    recordChunks(series, call, durationSeconds);
    if (costUsd !== undefined) cost.add(costUsd, series.cost ?? attributesIn(series, 'cost'));
    if (unpriced !== undefined) recordUnpriced(call, unpriced);
  };
}
