// The one processor: takes every span of the process once, normalises, prices, redacts and measures it, and hands it on. Must never throw into
// the host, never change what other processors see (but for what `annotate` adds), and never let through what it could not judge.
import { type Attributes, type Context, type MeterProvider, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Config } from '../config/option-table.ts';
import { createTierOf } from '../config/tier-of.ts';
import { maskCredentialsUnder } from '../internal/credentials.ts';
import { guard } from '../internal/guard.ts';
import { sanitiseAttributes } from '../internal/sanitise-attributes.ts';
import { createPricing, type Pricing } from '../pricing/pricing.ts';
import { unpricedReasonOf } from '../pricing/unpriced-reason.ts';
import * as names from '../semconv.ts';
import { createCountedOnce } from './counted-once.ts';
import { type Inference, readInference } from './inference.ts';
import { createMeasure } from './measure.ts';
import { createMeasureRuns } from './measure-runs.ts';
import { normalise } from './normalise.ts';
import { addCost, priceInference } from './price.ts';
import { ProcessedSpan } from './processed-span.ts';
import {
  hasGenAiName,
  type RedactOptions,
  redactAttributes,
  redactEvents,
  redactLinks,
  redactStatus,
} from './redact.ts';
import { createRunsAbove } from './runs-above.ts';
import { isToolCall, roleOf, type SpanRole } from './span-role.ts';
import { createUserHash } from './user-hash.ts';

export interface VitalsSpanProcessorOptions {
  readonly config: Pick<
    Config,
    'captureContent' | 'contentMaxBytes' | 'dir' | 'maxSeries' | 'prices' | 'tiers' | 'userIdKey'
  >;
  /** Takes each sampled span as it may be written: normalised, priced, redacted. */
  readonly emit: (span: ReadableSpan) => void;
  /** Prices by `config.prices` over the book when absent. */
  readonly pricing?: Pricing;
  /** The global one when absent. */
  readonly meterProvider?: MeterProvider;
  /**
   * Adds the conventions' names and the cost to the spans themselves, so that exporters beside ours see them: for a provider that is the
   * user's own. Nothing is removed or changed there.
   */
  readonly annotate?: boolean;
}

/** What the first two stages made of a span. */
interface Assessment {
  readonly role: SpanRole;
  /** What the span says in another vocabulary: to be redacted like its own words. */
  readonly translation?: Attributes | undefined;
  /** What we found out: the cost, or who counts the call. */
  readonly findings?: Attributes | undefined;
  /** The call to be measured; absent when there is none, or another span counts it. */
  readonly call?: Inference;
  readonly costUsd?: number | undefined;
  /** Of a hit of the app's cache, as far as it is known. */
  readonly savedUsd?: number | undefined;
}

/** Milliseconds: long enough to connect and send, shorter than a model thinks. */
const PREPARE_AFTER_MILLIS = 100;

export class VitalsSpanProcessor implements SpanProcessor {
  readonly #emit: (span: ReadableSpan) => void;
  readonly #annotate: boolean;
  readonly #pricing: Pricing;
  readonly #redaction: RedactOptions;
  readonly #hashUser: (userId: string) => string;
  readonly #tierOf: ReturnType<typeof createTierOf>;
  readonly #countedOnce = createCountedOnce();
  readonly #runsAbove = createRunsAbove();
  readonly #measure: ReturnType<typeof createMeasure>;
  readonly #measureRun: ReturnType<typeof createMeasureRuns>;
  #isPrepared = false;
  /** Of spans between their ending and their end. */
  readonly #assessed = new WeakMap<object, Assessment>();
  /** One context is set on many spans. */
  readonly #contextAttributes = new WeakMap<names.VitalsContext, Attributes>();

  constructor({ config, emit, pricing, meterProvider, annotate = false }: VitalsSpanProcessorOptions) {
    this.#emit = emit;
    this.#annotate = annotate;
    this.#pricing = pricing ?? createPricing(config.prices);
    this.#hashUser = createUserHash(config.userIdKey, config.dir);
    this.#tierOf = createTierOf(config.tiers);
    this.#measure = createMeasure(config.maxSeries, meterProvider);
    this.#measureRun = createMeasureRuns(config.maxSeries, meterProvider);
    this.#redaction = {
      keepContent: config.captureContent === 'span' || config.captureContent === 'both',
      contentMaxBytes: config.contentMaxBytes,
      hashUser: this.#hashUser,
    };
  }

  onStart(span: Span, parentContext: Context): void {
    guard('marking a span', () => {
      const vitals = parentContext.getValue(names.VITALS_CONTEXT_KEY) as names.VitalsContext | undefined;
      if (vitals !== undefined) span.setAttributes(this.#attributesOf(vitals));
      this.#countedOnce.started(span, parentContext);
      this.#runsAbove.started(span, parentContext);
      if (!this.#isPrepared && roleOf(span.attributes) === 'inference') this.#prepare();
    });
  }

  /** By then the request has left, and its answer has not come. */
  #prepare(): void {
    this.#isPrepared = true;
    setTimeout(() => this.#pricing.prepare(), PREPARE_AFTER_MILLIS).unref();
  }

  onEnding(span: Span): void {
    if (!this.#annotate) return;
    guard('annotating a span', () => {
      const assessment = this.#assess(span);
      this.#assessed.set(span, assessment);
      const additions: Attributes = { ...assessment.translation, ...assessment.findings };
      for (const name in additions) {
        if (span.attributes[name] === undefined) span.setAttribute(name, additions[name]);
      }
    });
  }

  onEnd(span: ReadableSpan): void {
    guard('processing a span', () => this.#process(span));
  }

  #process(span: ReadableSpan): void {
    const assessment = this.#assessed.get(span) ?? guard('reading a span', () => this.#assess(span));
    if (assessment?.call) this.#record(span, assessment.call, assessment);
    else if (assessment?.role === 'work') guard('measuring a run', () => this.#measureRun(span));
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) {
      const written = this.#redact(span, assessment);
      guard('handing on a span', () => this.#emit(written));
    }
    // At last, for it may end the span of the run.
    guard('adding to a run', () => this.#runsAbove.ended(span, assessment && countedCall(span, assessment)));
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  #attributesOf(vitals: names.VitalsContext): Attributes {
    let attributes = this.#contextAttributes.get(vitals);
    if (attributes === undefined) {
      attributes = sanitiseAttributes(vitals.attributes);
      const { userId } = vitals;
      if (typeof userId === 'string' && userId !== '')
        attributes[names.AGENT_VITALS_USER_HASH] = this.#hashUser(userId);
      this.#contextAttributes.set(vitals, attributes);
    }
    return attributes;
  }

  #assess(span: ReadableSpan): Assessment {
    const role = roleOf(span.attributes);
    if (role !== 'inference') return { role };
    const translation = guard('normalising a span', () => normalise(span));
    const findings: Attributes = {};
    const countedBy = this.#countedOnce.ended(span);
    if (countedBy !== undefined) return { role, translation, findings: { [names.AGENT_VITALS_COUNTED_BY]: countedBy } };
    const call = this.#inTier(
      readInference(translation ? { ...span.attributes, ...translation } : span.attributes),
      findings,
    );
    if (call.cacheHit) return { role, translation, ...this.#assessHit(call, millisOf(span.startTime), findings) };
    if (call.costUsd !== undefined) return { role, translation, findings, call, costUsd: call.costUsd };
    const cost = guard('pricing a call', () => priceInference(this.#pricing, call, millisOf(span.startTime)));
    if (cost) addCost(findings, cost);
    return { role, translation, findings, call, costUsd: cost?.totalUsd };
  }

  /** Nothing was asked of the provider: it cost nothing, and saved what the tokens would have cost. */
  #assessHit(call: Inference, at: number, findings: Attributes): Omit<Assessment, 'role'> {
    const wouldHaveUsed = {
      inputTokens: call.savedInputTokens,
      outputTokens: call.savedOutputTokens,
      cacheReadTokens: call.savedCacheReadTokens,
      cacheCreationTokens: call.savedCacheCreationTokens,
    };
    const saved = guard('pricing a hit', () => priceInference(this.#pricing, { ...call, ...wouldHaveUsed }, at));
    findings[names.AGENT_VITALS_COST_USD] = 0;
    if (saved) findings[names.AGENT_VITALS_CACHE_SAVED_USD] = saved.totalUsd;
    return { findings, call, costUsd: 0, savedUsd: saved?.totalUsd };
  }

  /** With the tier of its model where none was named. */
  #inTier(call: Inference, findings: Attributes): Inference {
    if (call.tier !== undefined) return call;
    const { provider, requestModel, responseModel } = call;
    const tier = this.#tierOf(provider, requestModel) ?? this.#tierOf(provider, responseModel);
    if (tier === undefined) return call;
    findings[names.AGENT_VITALS_TIER] = tier;
    return { ...call, tier };
  }

  #record(span: ReadableSpan, call: Inference, { costUsd, savedUsd }: Assessment): void {
    const durationSeconds = span.duration[0] + span.duration[1] / 1e9;
    guard('measuring a call', () => {
      this.#measure({
        call,
        durationSeconds,
        costUsd,
        unpriced: costUsd === undefined ? whyUnpriced(call) : undefined,
        savedUsd,
      });
    });
  }

  #redact(span: ReadableSpan, assessment: Assessment | undefined): ProcessedSpan {
    const written = guard('redacting a span', () => {
      // A span that could not be read may be any.
      const isGenAi = assessment === undefined || assessment.role !== 'other' || hasGenAiName(span.attributes);
      const { translation, findings } = assessment ?? {};
      // One literal: an object that is added to becomes one that is slow to read.
      const attributes: Attributes = {
        ...redactAttributes(span.attributes, isGenAi, this.#redaction),
        ...(translation && redactAttributes(translation, isGenAi, this.#redaction)),
        ...findings,
      };
      return new ProcessedSpan(span, {
        name: maskCredentialsUnder('span name', span.name),
        attributes,
        events: redactEvents(span.events, isGenAi, this.#redaction),
        links: redactLinks(span.links, isGenAi, this.#redaction),
        status: redactStatus(span.status, isGenAi, this.#redaction),
      });
    });
    return (
      written ??
      new ProcessedSpan(span, {
        name: 'redacted',
        attributes: {},
        events: [],
        links: [],
        status: { code: span.status.code },
      })
    );
  }
}

/** What the totals of the runs above take in. */
function countedCall(span: ReadableSpan, { call, costUsd }: Assessment): names.CountedCall | undefined {
  if (call) {
    const { inputTokens, outputTokens, cacheHit, errorType, provider } = call;
    const unpriced = costUsd === undefined && whyUnpriced(call) !== undefined;
    const model = call.requestModel ?? call.responseModel;
    return {
      kind: 'inference',
      outcome: outcomeOf(span, errorType),
      errorType,
      inputTokens,
      outputTokens,
      costUsd,
      unpriced,
      cacheHit,
      model,
      provider,
    };
  }
  if (!isToolCall(span.attributes)) return undefined;
  const type = span.attributes[names.ERROR_TYPE] as string | undefined;
  const errorType = type ?? (span.status.code === SpanStatusCode.ERROR ? names.ERROR_TYPE_OTHER : undefined);
  return { kind: 'tool', outcome: outcomeOf(span, errorType), errorType };
}

/** Spans of others do not say that they were cancelled. */
function outcomeOf({ attributes }: ReadableSpan, errorType: string | undefined): names.Outcome {
  if (errorType !== undefined) return 'error';
  return (attributes[names.AGENT_VITALS_OUTCOME] as names.Outcome | undefined) ?? 'completed';
}

function whyUnpriced({ inputTokens, outputTokens, errorType }: Inference): names.UnpricedReason | undefined {
  return unpricedReasonOf(inputTokens !== undefined || outputTokens !== undefined, errorType !== undefined);
}

function millisOf([seconds, nanos]: ReadableSpan['startTime']): number {
  return seconds * 1000 + nanos / 1e6;
}
