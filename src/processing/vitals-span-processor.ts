// The one processor: takes every span of the process once, normalises, prices, redacts and measures it, and hands it on. Must never throw into
// the host, never change what other processors see (but for what `annotate` adds), and never let through what it could not judge.
import { type Attributes, type Context, type MeterProvider, TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Config } from '../config/option-table.ts';
import { guard } from '../internal/guard.ts';
import { sanitiseAttributes } from '../internal/sanitise-attributes.ts';
import { createPricing, type Pricing } from '../pricing/pricing.ts';
import { unpricedReasonOf } from '../pricing/unpriced-reason.ts';
import * as names from '../semconv.ts';
import { createCountedOnce } from './counted-once.ts';
import { maskCredentialsUnder } from './credentials.ts';
import { type Inference, readInference } from './inference.ts';
import { createMeasure } from './measure.ts';
import { normalise } from './normalise.ts';
import { costAttributes, priceInference } from './price.ts';
import { ProcessedSpan } from './processed-span.ts';
import {
  hasGenAiName,
  type RedactOptions,
  redactAttributes,
  redactEvents,
  redactLinks,
  redactStatus,
} from './redact.ts';
import { roleOf, type SpanRole } from './span-role.ts';
import { createUserHash } from './user-hash.ts';

export interface VitalsSpanProcessorOptions {
  readonly config: Pick<Config, 'captureContent' | 'contentMaxBytes' | 'dir' | 'maxSeries' | 'prices' | 'userIdKey'>;
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
}

/** Milliseconds: long enough to connect and send, shorter than a model thinks. */
const PREPARE_AFTER_MILLIS = 100;

export class VitalsSpanProcessor implements SpanProcessor {
  readonly #emit: (span: ReadableSpan) => void;
  readonly #annotate: boolean;
  readonly #pricing: Pricing;
  readonly #redaction: RedactOptions;
  readonly #hashUser: (userId: string) => string;
  readonly #countedOnce = createCountedOnce();
  readonly #measure: ReturnType<typeof createMeasure>;
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
    this.#measure = createMeasure(config.maxSeries, meterProvider);
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
    if (assessment?.call) this.#record(span, assessment.call, assessment.costUsd);
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    const written = this.#redact(span, assessment);
    guard('handing on a span', () => this.#emit(written));
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
    const countedBy = this.#countedOnce.ended(span);
    if (countedBy !== undefined) return { role, translation, findings: { [names.AGENT_VITALS_COUNTED_BY]: countedBy } };
    const call = readInference(translation ? { ...span.attributes, ...translation } : span.attributes);
    if (call.costUsd !== undefined) return { role, translation, call, costUsd: call.costUsd };
    const cost = guard('pricing a call', () => priceInference(this.#pricing, call, millisOf(span.startTime)));
    return { role, translation, findings: cost && costAttributes(cost), call, costUsd: cost?.totalUsd };
  }

  #record(span: ReadableSpan, call: Inference, costUsd: number | undefined): void {
    const durationSeconds = span.duration[0] + span.duration[1] / 1e9;
    guard('measuring a call', () => {
      this.#measure({
        call,
        durationSeconds,
        costUsd,
        unpriced: costUsd === undefined ? whyUnpriced(call) : undefined,
      });
    });
  }

  #redact(span: ReadableSpan, assessment: Assessment | undefined): ProcessedSpan {
    const written = guard('redacting a span', () => {
      // A span that could not be read may be any.
      const isGenAi = assessment === undefined || assessment.role !== 'other' || hasGenAiName(span.attributes);
      const { translation, findings } = assessment ?? {};
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

function whyUnpriced({ inputTokens, outputTokens, errorType }: Inference): names.UnpricedReason | undefined {
  return unpricedReasonOf(inputTokens !== undefined || outputTokens !== undefined, errorType !== undefined);
}

function millisOf([seconds, nanos]: ReadableSpan['startTime']): number {
  return seconds * 1000 + nanos / 1e6;
}
