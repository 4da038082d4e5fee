// One request of a vendor's client, from the call to its last byte: what to tell the recorder, and when. Must never throw, and never
// write to the options it is shown: they are the host's.
import {
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  type Span,
  type SpanContext,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { guard } from '../../internal/guard.ts';
import { isAbort } from './error-type.ts';
import type { PromiseObserver } from './observe-promise.ts';
import { type InferenceRecorder, startInference } from './recorder.ts';
import { settings } from './settings.ts';
import type { VendorAdapter, VendorCall } from './vendor-adapter.ts';
import { isVendorStream, wrapStream } from './wrap-stream.ts';

/** What the Stainless clients pass from method to method, as far as we read it. */
export interface RequestOptions {
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly stream?: boolean;
  readonly headers?: unknown;
  readonly signal?: AbortSignal | null;
  /** The native span of `@anthropic-ai/sdk` >= 0.134. */
  readonly __span?: { readonly span?: Span };
}

/** A Stainless client, as far as we read it. */
export interface VendorClient {
  readonly baseURL?: string;
  /** Settings of the native spans of `@anthropic-ai/sdk` >= 0.134. */
  readonly openTelemetry?: { readonly tracerProvider?: unknown };
}

// On the span that is active while the call is made: cheaper than a context of its own.
const CALL = Symbol('agent-vitals.client-call');

export class ClientCall implements PromiseObserver {
  /** The context of the vendor's own work: what it starts, such as HTTP spans, comes below our span. */
  readonly context: Context;
  readonly #adapter: VendorAdapter;
  readonly #client: VendorClient;
  readonly #parent = context.active();
  readonly #startTime = performance.now();
  // Filled in when the span starts, which is after the context was handed out: the options may be a promise.
  readonly #spanContext: SpanContext;
  #sent: Promise<RequestOptions> | undefined;
  #sentBody: unknown;
  #signal: AbortSignal | null | undefined;
  #recorder: InferenceRecorder | undefined;
  #hide: ((chunk: unknown) => boolean) | undefined;
  #attempts = 0;
  #heard = false;
  #parsing = false;
  #hasBody = false;

  constructor(adapter: VendorAdapter, client: VendorClient) {
    this.#adapter = adapter;
    this.#client = client;
    this.#spanContext = { ...(trace.getSpanContext(this.#parent) ?? INVALID_SPAN_CONTEXT) };
    const span: Span & { [CALL]?: ClientCall } = trace.wrapSpanContext(this.#spanContext);
    span[CALL] = this;
    this.context = trace.setSpan(this.#parent, span);
  }

  /** The call that a client's method works for. The context tells, for clients hand their options on in promises and copies. */
  static at(options: unknown): ClientCall | undefined {
    const call = (trace.getActiveSpan() as { [CALL]?: unknown } | undefined)?.[CALL];
    return call instanceof ClientCall && call.#isFor(options) ? call : undefined;
  }

  /** Not so what the host's own `fetch` asks of a client within the call. */
  #isFor(options: unknown): boolean {
    if (options === this.#sent) return true;
    return this.#sentBody !== undefined && (options as RequestOptions | undefined)?.body === this.#sentBody;
  }

  /** @returns what to send: the options as they are, but for what the user's settings ask to add to a copy. */
  send(options: RequestOptions | Promise<RequestOptions>): Promise<RequestOptions> {
    this.#sent = Promise.resolve(options).then((known) => {
      const prepared = guard('describing a request', () => this.#prepare(known), known);
      this.#sentBody = prepared.body;
      return prepared;
    });
    return this.#sent;
  }

  #prepare(options: RequestOptions): RequestOptions {
    const { method = '', path = '', body, stream = false, signal } = options;
    const { baseURL, constructor } = this.#client;
    const call: VendorCall = { method, path, body, stream, baseURL, clientClass: constructor?.name };
    const request = this.#adapter.describe(call);
    if (!request) return options;
    const native = isSeenByUs(this.#client) ? options.__span?.span : undefined;
    this.#signal = signal;
    this.#recorder = startInference(request, { startTime: this.#startTime, parent: this.#parent, span: native });
    if (this.#recorder) Object.assign(this.#spanContext, this.#recorder.span.spanContext());
    const withUsage = settings.includeStreamUsage && stream ? this.#adapter.withStreamUsage?.(call) : undefined;
    if (withUsage) this.#hide = (chunk) => this.#adapter.isUsageChunk?.(chunk) ?? false;
    // A native span propagates itself.
    const headers =
      settings.propagateToVendors && !native ? withTraceHeaders(options.headers, this.context) : undefined;
    if (!withUsage && !headers) return options;
    return { ...options, ...(withUsage ? { body: withUsage } : {}), ...(headers ? { headers } : {}) };
  }

  /** The client sends the request, for the first time or again. */
  attempt(): void {
    this.#attempts += 1;
    if (this.#recorder) this.#recorder.resendCount = this.#attempts - 1;
  }

  /** Hears what the whole request comes to, retries and all: within the vendor's own chain of promises, so that who handles a failure, and whether, stays as it is. */
  hear<T>(request: Promise<T>): Promise<T> {
    if (this.#heard) return request;
    this.#heard = true;
    return request.then(
      (answer) => {
        // From now on it is the host that reads, or does not.
        if (this.#recorder) this.#recorder.idleSince = performance.now();
        return answer;
      },
      (error: unknown) => {
        this.failed(error);
        throw error;
      },
    );
  }

  parsing(): void {
    this.#parsing = true;
    if (this.#recorder) this.#recorder.idleSince = undefined;
  }

  parsed(body: unknown): void {
    const recorder = this.#recorder;
    if (this.#hasBody || !recorder) return;
    this.#hasBody = true;
    guard('reading a response', () => {
      if (isVendorStream(body)) {
        const reader = this.#adapter.createStreamReader(recorder.request, settings.captureContent !== 'none');
        wrapStream(body, { recorder, reader, hide: this.#hide });
      } else {
        recorder.finish('completed', {
          response: guard('reading a response', () => this.#adapter.readResponse(recorder.request, body)),
        });
      }
    });
  }

  failed(error: unknown): void {
    // A helper that fails on what it got does not make the inference fail.
    if (this.#hasBody) return;
    if (this.#signal?.aborted || isAbort(error)) this.#recorder?.finish('cancelled');
    else this.#recorder?.finish('error', { error });
  }

  responded(): void {
    // Whoever wants the raw response reads the body himself, and this is all we will know; but some only look at its headers before they
    // await the value. Not unref'd: it runs within this turn of the loop and holds nothing up.
    setImmediate(() => {
      if (!this.#parsing) this.#recorder?.finish('completed');
    });
  }
}

/** Whether the native spans of a client go where ours go. The host may send them elsewhere: those are its own affair, and we make another. */
function isSeenByUs({ openTelemetry }: VendorClient): boolean {
  const theirs = openTelemetry?.tracerProvider;
  if (theirs === undefined) return true;
  // The API's proxy for the provider that was registered; perhaps that of another copy of the API.
  const ours: TracerProvider & { getDelegate?(): unknown } = trace.getTracerProvider();
  return theirs === ours || theirs === ours.getDelegate?.();
}

/** A copy of `headers`, whichever of the kinds the clients take, with the trace context; `undefined` when there is none to send. */
function withTraceHeaders(headers: unknown, active: Context): unknown {
  const added: Record<string, string> = {};
  propagation.inject(active, added);
  if (Object.keys(added).length === 0) return undefined;
  if (headers === undefined || headers === null) return added;
  if (headers instanceof Headers) return merged(headers, added);
  if (Array.isArray(headers)) return [...(headers as unknown[]), ...Object.entries(added)];
  // The clients' own kind: `{ values: Headers, nulls }`.
  if (typeof headers === 'object' && 'values' in headers && headers.values instanceof Headers) {
    return { ...headers, values: merged(headers.values, added) };
  }
  return { ...headers, ...added };
}

function merged(headers: Headers, more: Record<string, string>): Headers {
  const copy = new Headers(headers);
  for (const [name, value] of Object.entries(more)) copy.set(name, value);
  return copy;
}
