// Hears what becomes of what a function has handed back: a promise, a thenable of any kind, a generator. Its owner keeps the very same object (of
// a promise of JavaScript's own, one like it), and nothing is started, asked twice or kept alive by our hearing. Must never throw by itself.
import { AsyncLocalStorage } from 'node:async_hooks';
import { types } from 'node:util';
import type { Context } from '@opentelemetry/api';
import { runIn } from '../../internal/carried-context.ts';
import { guard } from '../../internal/guard.ts';

export interface Hearing {
  /** In which what was handed back goes on when it is asked to: a generator at each step, a lazy thenable with its `then`. */
  readonly context: Context;
  /** Somebody has asked: from now on the end will be told. */
  begun(this: void): void;
  /** It has come to its end. */
  completed(this: void, value: unknown): void;
  failed(this: void, error: unknown): void;
  /** Its reader has left before the end. */
  left(this: void): void;
}

/** A promise of JavaScript's own, as of an async function: it runs by itself, and does not mind being asked. */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  return types.isPromise(value) && Object.getPrototypeOf(value) === Promise.prototype && !Object.hasOwn(value, 'then');
}

/** @returns a promise of the same, with what the host has put on the first one. */
export function hearPromise(promise: Promise<unknown>, { completed, failed }: Hearing): Promise<unknown> {
  const heard = promise.then(
    (value: unknown) => {
      completed(value);
      return value;
    },
    (error: unknown) => {
      failed(error);
      throw error;
    },
  );
  guard('handing a promise back', () => {
    // By name: the symbols are Node's own, which keeps there what belongs to the one promise.
    for (const name of Object.getOwnPropertyNames(promise))
      void Object.defineProperty(heard, name, Object.getOwnPropertyDescriptor(promise, name) as PropertyDescriptor);
  });
  return heard;
}

/**
 * Never calls `then` by itself: that may send a query, read a body, or take a rejection off others' hands. Listens to the first that calls it.
 * @returns whether it is one that can be listened to.
 */
export function hearThenable(value: unknown, hearing: Hearing): boolean {
  return guard('listening to a thenable', () => listenToThenable(value, hearing), false);
}

function listenToThenable(value: unknown, hearing: Hearing): boolean {
  const then = methodOf(value, 'then');
  const owner = value as object;
  if (!then || isHeardByMany(owner, 'then')) return false;
  const leave = replace(owner, 'then', function (...[onFulfilled, onRejected, ...more]) {
    leave();
    hearing.begun();
    // Who asks goes on in a context of its own.
    const outside = AsyncLocalStorage.snapshot();
    const fulfilled = function (this: unknown, ...values: unknown[]): unknown {
      hearing.completed(values[0]);
      if (typeof onFulfilled !== 'function') return values[0];
      return outside(() => Reflect.apply(onFulfilled, this, values));
    };
    const rejected = function (this: unknown, ...errors: unknown[]): unknown {
      hearing.failed(errors[0]);
      if (typeof onRejected !== 'function') throw errors[0];
      return outside(() => Reflect.apply(onRejected, this, errors));
    };
    return step(hearing, () => Reflect.apply(then, this, [fulfilled, rejected, ...more]));
  });
  return true;
}

/** Those that are read in other ways too: how they end is not seen by iteration alone. */
const READ_OTHERWISE = ['on', 'pipe', 'getReader', 'tee'];

/** @returns whether it is a generator, or what else has code that runs when it is iterated, and can be listened to. */
export function hearIteration(value: unknown, hearing: Hearing): boolean {
  return guard('listening to an iteration', () => listenToIteration(value, hearing), false);
}

function listenToIteration(value: unknown, hearing: Hearing): boolean {
  if (types.isGeneratorObject(value)) return hearIterator(value, hearing);
  const iterate = methodOf(value, Symbol.asyncIterator);
  const owner = value as object;
  if (!iterate || isHeardByMany(owner, Symbol.asyncIterator)) return false;
  if (READ_OTHERWISE.some((name) => name in owner)) return false;
  const leaving: (() => void)[] = [];
  const until = untilEnd(hearing, leaving);
  const isIterator = hearIterator(owner, until);
  const leave = replace(owner, Symbol.asyncIterator, function (...args) {
    const iterator: unknown = step(until, () => Reflect.apply(iterate, this, args));
    if (!(isIterator && iterator === owner)) guard('listening to an iterator', () => hearIterator(iterator, until));
    return iterator;
  });
  leaving.push(leave);
  return true;
}

function hearIterator(iterator: unknown, until: Hearing): boolean {
  if (!methodOf(iterator, 'next') || isHeardByMany(iterator as object, 'next')) return false;
  const leaving: (() => void)[] = [];
  const hearing = untilEnd(until, leaving);
  for (const name of ['next', 'return', 'throw'] as const) {
    const method = methodOf(iterator, name);
    if (!method) continue;
    const stepped = (result: unknown): void => {
      const isOver = guard('reading a step of an iteration', () => (result as IteratorResult<unknown>).done, false);
      if (!isOver) return;
      if (name === 'return') hearing.left();
      else hearing.completed(undefined);
    };
    const ofStep: Hearing = { ...hearing, begun() {}, completed: stepped };
    const leave = replace(iterator as object, name, function (...args) {
      hearing.begun();
      const result = step(hearing, () => Reflect.apply(method, this, args));
      if (isPlainPromise(result)) return hearPromise(result, ofStep);
      if (!hearThenable(result, ofStep)) stepped(result);
      return result;
    });
    leaving.push(leave);
  }
  return true;
}

/** A part of it is run. */
function step<T>({ context, failed }: Hearing, fn: () => T): T {
  try {
    return runIn(context, fn);
  } catch (error) {
    failed(error);
    throw error;
  }
}

/** Listens no longer once the end has been heard. */
function untilEnd(hearing: Hearing, leaving: readonly (() => void)[]): Hearing {
  const leave = (): void => {
    for (const each of leaving) each();
  };
  return {
    ...hearing,
    completed(value) {
      leave();
      hearing.completed(value);
    },
    failed(error) {
      leave();
      hearing.failed(error);
    },
    left() {
      leave();
      hearing.left();
    },
  };
}

type Heard = (this: unknown, ...args: unknown[]) => unknown;

/** A method that is listened to, by several where one hands on what another has handed back. */
interface HeardMethod {
  /** What its owner had of its own. */
  readonly before: PropertyDescriptor | undefined;
  /** The last is called first. */
  readonly layers: { readonly value: Heard; isLeft: boolean }[];
}

const heardMethods = new WeakMap<object, Map<PropertyKey, HeardMethod>>();
/** What ever more runs hand back and nobody comes to the end of is heard by no more of them: each would make its stack deeper. */
const MOST_LAYERS = 16;

function isHeardByMany(owner: object, name: PropertyKey): boolean {
  return (heardMethods.get(owner)?.get(name)?.layers.length ?? 0) >= MOST_LAYERS;
}

/** In place: what its class has does not become enumerable. @returns what undoes it. */
function replace(owner: object, name: PropertyKey, value: Heard): () => void {
  const methods = heardMethods.get(owner) ?? new Map<PropertyKey, HeardMethod>();
  const method = methods.get(name) ?? { before: Object.getOwnPropertyDescriptor(owner, name), layers: [] };
  const { before, layers } = method;
  const define = (to: Heard): unknown =>
    Object.defineProperty(owner, name, {
      value: to,
      enumerable: before?.enumerable ?? false,
      configurable: true,
      writable: true,
    });
  define(value);
  const layer = { value, isLeft: false };
  layers.push(layer);
  methods.set(name, method);
  heardMethods.set(owner, methods);
  return () =>
    guard('leaving what was listened to', () => {
      layer.isLeft = true;
      const top = layers.at(-1)?.value;
      while (layers.at(-1)?.isLeft) layers.pop();
      const next = layers.at(-1)?.value;
      // The host has put another in its place.
      if (top === next || Object.getOwnPropertyDescriptor(owner, name)?.value !== top) return;
      if (next) define(next);
      else if (before) Object.defineProperty(owner, name, before);
      else Reflect.deleteProperty(owner, name);
      if (!next) methods.delete(name);
    });
}

type Method = (...args: unknown[]) => unknown;

/** More prototypes than that has only a proxy that makes them up. */
const MAX_PROTOTYPES = 50;

/** A method, found without running a getter: the host's may do anything. */
function methodOf(value: unknown, name: PropertyKey): Method | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  let at: object | null = value;
  for (let depth = 0; at !== null && depth < MAX_PROTOTYPES; depth++) {
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property) return typeof property.value === 'function' ? (property.value as Method) : undefined;
    at = Object.getPrototypeOf(at) as object | null;
  }
  return undefined;
}
