// Turns whatever an SDK gives out into plain JSON that shows all a caller could tell apart: values, prototype chains, own properties with
// their flags, methods' names and lengths. It must not disturb what it looks at: it calls no method, reads no getter, awaits nothing.

export type Described = unknown;

const MAX_DEPTH = 14;
/** Big machinery of Node and of the SDKs: named, not entered. */
const opaque =
  /^(OpenAI|AzureOpenAI|Anthropic|Socket|Agent|KeepAliveAgent|IncomingMessage|Gunzip|PassThrough|ReadableStream|Response)$/;

/** The whole value, deeply. */
export function describe(value: unknown, seen = new Map<object, string>(), path = '$'): Described {
  if (typeof value === 'function') return 'function';
  if (typeof value !== 'object' || value === null) return describePrimitive(value);
  const before = seen.get(value);
  if (before !== undefined) return `→ ${before}`;
  seen.set(value, path);
  if (path.split('.').length > MAX_DEPTH) return '…';
  if (ArrayBuffer.isView(value)) return { $class: classesOf(value), bytes: Buffer.from(value.buffer).toString('hex') };
  if (isResponse(value)) return describeResponse(value);
  if (isHeaders(value)) return { $class: classesOf(value), entries: [...value.entries()] };
  if (Array.isArray(value) && Object.keys(value).length === value.length) {
    return value.map((item, index) => describe(item, seen, `${path}.${index}`));
  }
  const classes = classesOf(value);
  if (opaque.test(classes[0] ?? '') && !(value instanceof Error)) return { $class: classes };
  const described: Record<string, Described> = classes.join() === 'Object' ? {} : { $class: classes };
  if (value instanceof AbortSignal) return { $class: classes, aborted: value.aborted };
  for (const key of Reflect.ownKeys(value)) {
    // A stack names files and lines, and with us there are more of them; which socket
    // of the pool it was is chance.
    if ((key === 'stack' && value instanceof Error) || key === 'socket' || isShadow(value, key)) continue;
    const property = Object.getOwnPropertyDescriptor(value, key);
    const name = `${property?.enumerable ? '' : '(hidden) '}${String(key)}`;
    described[name] =
      property && 'value' in property ? describe(property.value, seen, `${path}.${name}`) : '(accessor)';
  }
  return described;
}

/** What kind of object it is, without its contents: for promises, streams, runners and classes. */
export function describeKind(value: unknown): Described {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return describePrimitive(value);
  const isPrototype = Object.hasOwn(value, 'constructor');
  const own: Record<string, string> = {};
  for (const key of Reflect.ownKeys(value)) {
    // `_tracer` is where `@anthropic-ai/sdk` >= 0.134 keeps what the registered tracer provider gave it.
    if ((typeof value === 'function' && key === 'prototype') || key === '_tracer' || isShadow(value, key)) continue;
    const property = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
    const flags = `${property.writable ? 'w' : ''}${property.enumerable ? 'e' : ''}${property.configurable ? 'c' : ''}`;
    own[String(key)] = `${flags} ${'value' in property ? kindOf(property.value, isPrototype) : 'accessor'}`;
  }
  return {
    type: typeof value,
    classes: classesOf(value),
    tag: Object.prototype.toString.call(value),
    extensible: Object.isExtensible(value),
    ...(typeof value === 'function' && { function: describeFunction(value) }),
    own,
  };
}

/** Names of the constructors along the prototype chain, nearest first. */
function classesOf(value: object): string[] {
  const names: string[] = [];
  for (let at = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    const maker = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    names.push(typeof maker === 'function' ? maker.name : '(none)');
  }
  return names;
}

/**
 * The one trace we may leave: a method in front of the class's own, on one promise, stream or iterator, that no enumeration shows.
 * Everything it does is compared; that it is there is not.
 */
function isShadow(value: object, key: PropertyKey): boolean {
  const property = Object.getOwnPropertyDescriptor(value, key);
  if (property?.enumerable !== false || typeof property.value !== 'function') return false;
  for (let at = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    const inherited = Object.getOwnPropertyDescriptor(at, key);
    if (inherited !== undefined) return typeof inherited.value === 'function';
  }
  return false;
}

/** A class's methods by name and length; of a function that one object holds, only that it is one. */
function kindOf(value: unknown, isPrototype: boolean): string {
  if (typeof value === 'function') return isPrototype ? describeFunction(value) : 'function';
  if (typeof value !== 'object' || value === null) return typeof value === 'object' ? 'null' : typeof value;
  return classesOf(value)[0] ?? '(none)';
}

function describeFunction(value: object): string {
  const { name, length } = value as { name: string; length: number };
  const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function';
  return `${kind} ${name}/${length}`;
}

function describePrimitive(value: unknown): Described {
  if (typeof value === 'number' && !(Number.isFinite(value) && !Object.is(value, -0)))
    return `(number) ${String(value)}`;
  if (typeof value === 'undefined' || typeof value === 'bigint' || typeof value === 'symbol') {
    return `(${typeof value}) ${String(value)}`;
  }
  return value;
}

function isHeaders(value: object): value is Headers {
  return classesOf(value).includes('Headers') && 'entries' in value;
}

function isResponse(value: object): value is Response {
  return 'bodyUsed' in value && 'headers' in value && 'status' in value;
}

function describeResponse(response: Response): Described {
  return {
    $class: classesOf(response),
    status: response.status,
    url: response.url,
    bodyUsed: response.bodyUsed,
    headers: [...response.headers.entries()],
    keys: Object.keys(response),
  };
}
