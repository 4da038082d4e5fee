// Hears what becomes of a vendor's promise without ever calling `then` on it: that would read the body before its owner decides how to.
// Must hand out the vendor's own promises and add no rejection of its own.

import { setOwn } from './set-own.ts';

/** What the promises of the Stainless clients have in common (`APIPromise`). */
export interface VendorPromise extends Promise<unknown> {
  parseResponse: (...args: unknown[]) => unknown;
  _thenUnwrap: (transform: (...args: unknown[]) => unknown) => VendorPromise;
  asResponse: () => Promise<unknown>;
}

export interface PromiseObserver {
  /** Somebody wants the body. */
  parsing(): void;
  /** The body, before the vendor's helpers change it. May be told more than once. */
  parsed(body: unknown): void;
  /** The body could not be read. */
  failed(error: unknown): void;
  /** Somebody was given the raw response. */
  responded(): void;
}

export function isVendorPromise(value: unknown): value is VendorPromise {
  return (
    value instanceof Promise &&
    'parseResponse' in value &&
    typeof value.parseResponse === 'function' &&
    '_thenUnwrap' in value &&
    'asResponse' in value
  );
}

export function observePromise(promise: VendorPromise, observer: PromiseObserver): VendorPromise {
  const { parseResponse, _thenUnwrap: unwrap, asResponse } = promise;

  setOwn(promise, 'parseResponse', async function (this: unknown, ...args: unknown[]) {
    observer.parsing();
    let body: unknown;
    try {
      body = await parseResponse.apply(this, args);
    } catch (error) {
      observer.failed(error);
      throw error;
    }
    observer.parsed(body);
    return body;
  });
  // `create()` itself, `parse()` and the helpers derive promises. Those of openai >= 7.5 read the body past `parseResponse`.
  setOwn(promise, '_thenUnwrap', (transform: (...args: unknown[]) => unknown) => {
    const derived = unwrap.call(promise, (body: unknown, ...rest: unknown[]) => {
      observer.parsed(body);
      return transform(body, ...rest);
    });
    return isVendorPromise(derived) ? observePromise(derived, observer) : derived;
  });
  setOwn(promise, 'asResponse', () =>
    asResponse.call(promise).then((response) => {
      observer.responded();
      return response;
    }),
  );
  return promise;
}
