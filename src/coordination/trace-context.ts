// Carries the trace from who writes something into the store to who reads it, as W3C trace context.
import {
  type Context,
  createTraceState,
  isSpanContextValid,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';

/** As it is stored. */
export interface CarriedTrace {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

type CarriedIds = Pick<SpanContext, 'traceId' | 'spanId'> & Partial<Pick<SpanContext, 'traceFlags'>>;

/** Nothing when no span is active, or no SDK makes any. */
export function carryTrace(context: Context): CarriedTrace {
  const span = trace.getSpanContext(context);
  if (!span || !isSpanContextValid(span)) return {};
  const tracestate = span.traceState?.serialize();
  return { traceparent: traceparentOf(span), ...(tracestate && { tracestate }) };
}

export function traceparentOf({ traceId, spanId, traceFlags = TraceFlags.SAMPLED }: CarriedIds): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** The span it came from; `undefined` when it says none, or something else. */
export function carriedSpan({ traceparent, tracestate }: CarriedTrace): SpanContext | undefined {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const span: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(span) ? span : undefined;
}
