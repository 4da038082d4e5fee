// One ended span as one OTLP/JSON line. On the host's path: no throw, no wait, about a microsecond.
import type { Link, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace';
import { encodeAttributes, encodeId, encodeTime, quote } from './any-value.ts';
import { LINE_END, lineHeads } from './line.ts';

const head = lineHeads('traces');

/** A complete `TracesData` line for one span, without the newline. */
export function encodeSpan(span: ReadableSpan): string {
  const context = span.spanContext();
  const parent = span.parentSpanContext;
  const { text, skipped } = encodeAttributes(span.attributes);
  let line = `${head(span.resource, span.instrumentationScope)}{"traceId":${encodeId(context.traceId)},"spanId":${encodeId(context.spanId)}`;
  const traceState = context.traceState?.serialize();
  if (traceState) line += `,"traceState":${quote(traceState)}`;
  if (parent?.spanId) line += `,"parentSpanId":${encodeId(parent.spanId)}`;
  // > SPAN_KIND_INTERNAL = 1: OTLP counts from "unspecified", the API from "internal".
  line +=
    `,"flags":${flags(context.traceFlags, parent?.isRemote)},"name":${quote(span.name)},"kind":${(span.kind ?? -1) + 1}` +
    `,"startTimeUnixNano":${encodeTime(span.startTime)},"endTimeUnixNano":${encodeTime(span.endTime)},"attributes":[${text}]`;
  const dropped = span.droppedAttributesCount + skipped;
  if (dropped) line += `,"droppedAttributesCount":${dropped}`;
  if (span.events.length > 0) line += `,"events":[${span.events.map(encodeEvent).join(',')}]`;
  if (span.droppedEventsCount) line += `,"droppedEventsCount":${span.droppedEventsCount}`;
  if (span.links.length > 0) line += `,"links":[${span.links.map(encodeLink).join(',')}]`;
  if (span.droppedLinksCount) line += `,"droppedLinksCount":${span.droppedLinksCount}`;
  const { code, message } = span.status;
  if (code) line += `,"status":{"code":${code}${message ? `,"message":${quote(message)}` : ''}}`;
  return `${line}}${LINE_END}`;
}

// > SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK = 0x100, SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK = 0x200
function flags(traceFlags: SpanContext['traceFlags'], isRemote: boolean | undefined): number {
  return (traceFlags & 0xff) | (isRemote ? 0x300 : 0x100);
}

function encodeEvent(event: TimedEvent): string {
  const { text, skipped } = encodeAttributes(event.attributes);
  return `{"timeUnixNano":${encodeTime(event.time)},"name":${quote(event.name)}${attributesAndCount(text, skipped + (event.droppedAttributesCount ?? 0))}}`;
}

function encodeLink({ context, attributes, droppedAttributesCount = 0 }: Link): string {
  const { text, skipped } = encodeAttributes(attributes);
  const traceState = context.traceState?.serialize();
  return (
    `{"traceId":${encodeId(context.traceId)},"spanId":${encodeId(context.spanId)}${traceState ? `,"traceState":${quote(traceState)}` : ''}` +
    `,"flags":${flags(context.traceFlags, context.isRemote)}${attributesAndCount(text, skipped + droppedAttributesCount)}}`
  );
}

function attributesAndCount(text: string, dropped: number): string {
  return `${text ? `,"attributes":[${text}]` : ''}${dropped ? `,"droppedAttributesCount":${dropped}` : ''}`;
}
