// Patches a Stainless client (`openai`, `@anthropic-ai/sdk`, ...) where every request of every resource and version passes. The class stays
// the class, the promises stay the vendor's. What is no inference goes straight through.
import { context, propagation } from '@opentelemetry/api';
import { guard } from '../../internal/guard.ts';
import { TO_VENDOR_CONTEXT_KEY } from '../../semconv.ts';
import { ClientCall, type RequestOptions, type VendorClient } from './client-call.ts';
import { isVendorPromise, observePromise } from './observe-promise.ts';
import { settings } from './settings.ts';
import type { VendorAdapter } from './vendor-adapter.ts';

type Method = (this: VendorClient, ...args: unknown[]) => unknown;
/** A prototype, or a client of its own. */
export type Patchable = Record<string, unknown>;

// Through the global registry: a second copy of this package sees what the first has done.
const PATCHED = Symbol.for('agent-vitals.patched');
let recording = true;

/** Off: what is patched stays patched, and does nothing. */
export function setRecording(on: boolean): void {
  recording = on;
}

/**
 * @param target prototype of the client class; what inherits from it is recorded too. Once patched it is left as it is.
 * @returns whether its requests are recorded now.
 */
export function patchClient(target: Patchable, adapter: VendorAdapter): boolean {
  if (typeof target.request !== 'function' || typeof target.makeRequest !== 'function') return false;
  if (PATCHED in target.request) return true;

  // Told by `methodRequest` to the `request` it makes within the same tick: only it knows the path before the options are there.
  let expected: boolean | undefined;
  const isInference = (method: unknown, path: unknown): boolean =>
    guard('recognising a request', () => adapter.matches(String(method), String(path)), false);

  replaceMethod(
    target,
    'methodRequest',
    (original) =>
      function methodRequest(...args) {
        const before = expected;
        expected = recording && isInference(args[0], args[1]);
        try {
          return original.apply(this, args);
        } finally {
          expected = before;
        }
      },
  );

  replaceMethod(
    target,
    'request',
    (original) =>
      function request(...args) {
        const [options, ...rest] = args;
        const wanted = recording && (expected ?? (isPromise(options) || isInferenceOptions(options, isInference)));
        expected = undefined;
        const call = wanted && guard('recording a request', () => new ClientCall(adapter, this));
        if (!call) return original.apply(this, args);
        const sent = call.send(options as RequestOptions | Promise<RequestOptions>);
        const promise = context.with(call.context, () => original.call(this, sent, ...rest));
        return isVendorPromise(promise)
          ? guard('watching a request', () => observePromise(promise, call), promise)
          : promise;
      },
  );

  // `makeTracedRequest` is `@anthropic-ai/sdk` >= 0.134: it makes the request by `makeRequest`.
  for (const name of ['makeRequest', 'makeTracedRequest']) {
    replaceMethod(
      target,
      name,
      (original) =>
        function makeRequest(...args) {
          const call = guard('recognising a request', () => ClientCall.at(args[0]));
          const send = (): unknown => original.apply(this, args);
          const answer = name === 'makeRequest' ? withoutPropagation(send) : send();
          if (!call) return answer;
          if (name === 'makeRequest') call.attempt();
          return isPromise(answer) ? call.hear(answer) : answer;
        },
    );
  }
  return true;
}

/** Runs what sends a request, inference or not, so that neither the client nor an HTTP instrumentation adds trace headers to it. */
function withoutPropagation<T>(send: () => T): T {
  // As a rule there is no propagator, and nothing to keep back.
  if (settings.propagateToVendors || propagation.fields().length === 0) return send();
  return context.with(context.active().setValue(TO_VENDOR_CONTEXT_KEY, true), send);
}

function replaceMethod(target: Patchable, name: string, wrap: (original: Method) => Method): void {
  const original = target[name];
  if (typeof original !== 'function') return;
  const value = wrap(original as Method);
  Object.defineProperties(value, {
    name: { value: name, configurable: true },
    length: { value: original.length, configurable: true },
    [PATCHED]: { value: true },
  });
  Object.defineProperty(target, name, { value, enumerable: false, configurable: true, writable: true });
}

function isInferenceOptions(options: unknown, isInference: (method: unknown, path: unknown) => boolean): boolean {
  return isObject(options) && isInference((options as RequestOptions).method, (options as RequestOptions).path);
}

function isPromise(value: unknown): value is Promise<unknown> {
  return isObject(value) && 'then' in value && typeof value.then === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
