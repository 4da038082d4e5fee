// A signal in the hands of who received it.
import { context, trace } from '@opentelemetry/api';
import { coordinationStore } from './store/process-store.ts';
import type { JsonValue, TakenSignal } from './store/store.ts';
import { type CarriedTrace, carriedSpan } from './trace-context.ts';

/** The value of every signal in the store. */
export interface SignalBody extends CarriedTrace {
  readonly payload: JsonValue;
}

export class ReceivedSignal {
  /** Digits. It grows: what was sent later has a greater one, and as many digits or more. */
  readonly id: string;
  readonly type: string;
  readonly payload: JsonValue;
  /** Name of the sender; `undefined` when it was not sent by an agent. */
  readonly from: string | undefined;
  readonly fromId: string | undefined;
  /** Name or id it was sent to; `undefined` when it was sent to all. */
  readonly to: string | undefined;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly sentAt: number;
  readonly expiresAt: number;
  /** How often it was taken before and not finished. */
  readonly deliveries: number;
  /** Of the sender's span, as W3C trace context; `undefined` when there was none. */
  readonly traceparent: string | undefined;
  readonly #tracestate: string | undefined;
  readonly #lease: string | undefined;

  constructor(stored: TakenSignal) {
    const { payload, traceparent, tracestate } = bodyOf(stored);
    this.id = stored.id;
    this.type = stored.type;
    this.payload = payload;
    this.from = stored.from;
    this.fromId = stored.fromId;
    this.to = stored.to;
    this.sentAt = stored.sentAt;
    this.expiresAt = stored.expiresAt;
    this.deliveries = stored.deliveries;
    this.traceparent = traceparent;
    this.#tracestate = tracestate;
    this.#lease = stored.lease;
  }

  /**
   * Says that what it asked for is done: it does not come again. Needed for one that was taken with a `lease`.
   * @returns false when its lease had run out, so that another may have done it as well.
   * @throws {StoreUnavailableError}
   */
  async finish(): Promise<boolean> {
    return this.#lease === undefined || (await coordinationStore().finish(this.id, this.#lease));
  }

  /**
   * Gives it back at once, for another to take. One that was taken for good, or only looked at, cannot be given back.
   * @returns whether it was.
   * @throws {StoreUnavailableError}
   */
  async release(): Promise<boolean> {
    return this.#lease !== undefined && (await coordinationStore().release(this.id, this.#lease));
  }

  /** Runs `fn` in the sender's trace: the spans below it become children of the one that sent the signal. @returns what `fn` returns. */
  within<T>(fn: () => T): T {
    const sender = carriedSpan({ traceparent: this.traceparent, tracestate: this.#tracestate });
    const active = context.active();
    return context.with(sender ? trace.setSpanContext(active, sender) : active, fn);
  }
}

export function bodyOf({ value }: Pick<TakenSignal, 'value'>): SignalBody {
  return value as unknown as SignalBody;
}
