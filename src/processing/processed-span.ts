// A span as it may be written: a copy of what identifies it, with name, attributes, events, links and status as they were redacted. The span itself stays as it was.
import type { Attributes, HrTime, Link, SpanContext, SpanKind, SpanStatus } from '@opentelemetry/api';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace';

/** What is written in place of the span's own. */
export type Written = Pick<ReadableSpan, 'name' | 'attributes' | 'events' | 'links' | 'status'>;

export class ProcessedSpan implements ReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly ended = true;
  readonly links: Link[];
  readonly resource: ReadableSpan['resource'];
  readonly instrumentationScope: ReadableSpan['instrumentationScope'];
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
  readonly attributes: Attributes;
  readonly events: TimedEvent[];
  readonly status: SpanStatus;
  readonly #context: SpanContext;

  constructor(span: ReadableSpan, { name, attributes, events, links, status }: Written) {
    this.#context = span.spanContext();
    this.name = name;
    this.kind = span.kind;
    this.parentSpanContext = span.parentSpanContext;
    this.startTime = span.startTime;
    this.endTime = span.endTime;
    this.duration = span.duration;
    this.resource = span.resource;
    this.instrumentationScope = span.instrumentationScope;
    this.droppedAttributesCount = span.droppedAttributesCount;
    this.droppedEventsCount = span.droppedEventsCount;
    this.droppedLinksCount = span.droppedLinksCount;
    this.attributes = attributes;
    this.events = events;
    this.links = links;
    this.status = status;
  }

  spanContext(): SpanContext {
    return this.#context;
  }
}
