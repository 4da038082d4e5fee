// The SDK's span behind what stands in a context.
import type { Span } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** `undefined` for a span of another process, or one that is not recorded. */
export function readableSpan(span: Span): (Span & ReadableSpan) | undefined {
  if (isReadable(span)) return span;
  // OpenInference puts a span of its own class into the context, with the SDK's in one of its fields.
  const { spanId } = span.spanContext();
  return Object.values(span).find((value: unknown) => isReadable(value) && value.spanContext().spanId === spanId) as
    | (Span & ReadableSpan)
    | undefined;
}

function isReadable(value: unknown): value is Span & ReadableSpan {
  const span = value as Partial<Span & ReadableSpan> | null | undefined;
  return typeof span?.attributes === 'object' && typeof span.spanContext === 'function';
}
