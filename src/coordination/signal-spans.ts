// The spans of signals, after the messaging conventions: one of who sends, one of who receives, which links to the former.
import { type Context, context, type Link, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { errorName } from '../internal/guard.ts';
import { VERSION } from '../internal/version.ts';
import * as names from '../semconv.ts';
import { bodyOf } from './received-signal.ts';
import type { JsonValue, StoredSignal } from './store/store.ts';
import { carriedSpan } from './trace-context.ts';

const tracer = () => trace.getTracer(names.SCOPE_NAME, VERSION);

interface Sending {
  readonly type: string;
  readonly to: string | undefined;
  readonly payload: JsonValue;
}

/** @param fn is given the context whose span is to travel with the signal. */
export async function sendSpan<T extends { readonly id: string }>(
  { type, to, payload }: Sending,
  fn: (context: Context) => Promise<T>,
): Promise<T> {
  const span = tracer().startSpan(`send ${type}`, {
    kind: SpanKind.PRODUCER,
    attributes: {
      ...common('send'),
      ...about([type]),
      ...(to !== undefined && { [names.MESSAGING_DESTINATION_NAME]: to }),
      [names.MESSAGING_MESSAGE_BODY_SIZE]: Buffer.byteLength(JSON.stringify(payload)),
    },
  });
  try {
    const sent = await fn(trace.setSpan(context.active(), span));
    span.setAttribute(names.MESSAGING_MESSAGE_ID, sent.id);
    return sent;
  } catch (error) {
    span.setAttribute(names.ERROR_TYPE, errorName(error)).setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

export interface ReceiveSpan {
  /** @param signals what was received, if anything. */
  end(signals: readonly StoredSignal[]): void;
  fail(error: unknown): void;
}

/**
 * It begins now and is made at its end, when it is known whose signal it is: where no span is around, it goes on in the sender's trace.
 * @param types that are waited for.
 */
export function receiveSpan(types: readonly string[] | undefined): ReceiveSpan {
  const startTime = Date.now();
  const around = context.active();
  // Who asks again and again and gets nothing would make a trace each time.
  const isInSpan = trace.getSpanContext(around) !== undefined;
  const start = (signals: readonly StoredSignal[]) => {
    const senders = signals.flatMap((signal) => carriedSpan(bodyOf(signal)) ?? []);
    const [only] = senders;
    const parent = isInSpan || !only ? around : trace.setSpanContext(around, only);
    const received = signals.length > 0 ? [...new Set(signals.map(({ type }) => type))] : types;
    const links = senders.map((sender): Link => ({ context: sender }));
    const name = `receive ${received?.length === 1 ? received[0] : 'signals'}`;
    const attributes = { ...common('receive'), ...about(received) };
    return tracer().startSpan(name, { kind: SpanKind.CONSUMER, startTime, links, attributes }, parent);
  };
  return {
    end(signals) {
      if (signals.length === 0 && !isInSpan) return;
      const span = start(signals);
      const [first] = signals;
      if (first && signals.length === 1) {
        span.setAttribute(names.MESSAGING_MESSAGE_ID, first.id);
        span.setAttribute(names.MESSAGING_MESSAGE_BODY_SIZE, Buffer.byteLength(JSON.stringify(bodyOf(first).payload)));
        if (first.to !== undefined) span.setAttribute(names.MESSAGING_DESTINATION_NAME, first.to);
      }
      span.end();
    },
    fail(error) {
      if (!isInSpan) return;
      start([]).setAttribute(names.ERROR_TYPE, errorName(error)).setStatus({ code: SpanStatusCode.ERROR }).end();
    },
  };
}

function common(operation: 'send' | 'receive') {
  return {
    [names.MESSAGING_SYSTEM]: names.SCOPE_NAME,
    [names.MESSAGING_OPERATION_NAME]: operation,
    [names.MESSAGING_OPERATION_TYPE]: operation,
  };
}

function about(types: readonly string[] | undefined) {
  return types?.length === 1 ? { [names.AGENT_VITALS_SIGNAL_TYPE]: types[0] } : {};
}
