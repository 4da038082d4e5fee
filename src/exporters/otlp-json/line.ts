// The frame of a journal line: what stands before and after the records, made once per resource and scope. It must never wait for a
// resource attribute that is still being found out: spans end now.
import type { Attributes } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_VERSION } from '../../semconv.ts';
import { encodeAttributes, quote } from './any-value.ts';

/** The fields that OTLP names after the signal. */
export const FIELDS = {
  traces: { resources: 'resourceSpans', scopes: 'scopeSpans', records: 'spans' },
  logs: { resources: 'resourceLogs', scopes: 'scopeLogs', records: 'logRecords' },
  metrics: { resources: 'resourceMetrics', scopes: 'scopeMetrics', records: 'metrics' },
} as const;

/** Closes records, scope, scopes, resource, resources and line. */
export const LINE_END = ']}]}]}';

export interface Scope {
  readonly name: string;
  readonly version?: string | undefined;
  readonly schemaUrl?: string | undefined;
  readonly attributes?: Attributes | undefined;
  readonly droppedAttributesCount?: number | undefined;
}

interface Head {
  readonly resource: Resource;
  /** Whether attributes were still being found out. */
  readonly pending: boolean;
  readonly text: string;
}

/** Makes the head of lines of one signal: all that stands before the first record. */
export function lineHeads(signal: keyof typeof FIELDS): (resource: Resource, scope: Scope) => string {
  const heads = new WeakMap<Scope, Head>();
  return (resource, scope) => {
    const known = heads.get(scope);
    const pending = resource.asyncAttributesPending === true;
    if (known?.resource === resource && known.pending === pending) return known.text;
    const text = resourceHead(signal, resource) + scopeHead(signal, scope);
    heads.set(scope, { resource, pending, text });
    return text;
  };
}

/** `{"resourceSpans":[{"resource":{…},"scopeSpans":[`, with only `service.*` unless `whole` is asked for. */
export function resourceHead(signal: keyof typeof FIELDS, resource: Resource, whole = false): string {
  const schema = resource.schemaUrl ? `"schemaUrl":${quote(resource.schemaUrl)},` : '';
  const { resources, scopes } = FIELDS[signal];
  const attributes = encodeAttributes(resourceAttributes(resource, whole)).text;
  return `{"${resources}":[{${schema}"resource":{"attributes":[${attributes}]},"${scopes}":[`;
}

/** `{"scope":{…},"spans":[` */
export function scopeHead(signal: keyof typeof FIELDS, scope: Scope): string {
  const { text, skipped } = encodeAttributes(scope.attributes);
  const dropped = (scope.droppedAttributesCount ?? 0) + skipped;
  const schema = scope.schemaUrl ? `"schemaUrl":${quote(scope.schemaUrl)},` : '';
  const version = scope.version ? `,"version":${quote(scope.version)}` : '';
  const attributes = text ? `,"attributes":[${text}]` : '';
  const count = dropped ? `,"droppedAttributesCount":${dropped}` : '';
  return `{${schema}"scope":{"name":${quote(scope.name)}${version}${attributes}${count}},"${FIELDS[signal].records}":[`;
}

const SERVICE_KEYS = new Set<string>([SERVICE_NAME, SERVICE_VERSION, SERVICE_NAMESPACE, SERVICE_INSTANCE_ID]);

/** What is known of a resource by now: only `service.*` unless `whole`. */
export function resourceAttributes(resource: Resource, whole: boolean): Attributes {
  const attributes: Attributes = {};
  // Not `resource.attributes`: that logs an error while an attribute is still being found out. The first of a key wins, as in the SDK.
  for (const [key, value] of resource.getRawAttributes()) {
    if (Object.hasOwn(attributes, key) || !(whole || SERVICE_KEYS.has(key)) || isPromise(value)) continue;
    if (value !== undefined && value !== null) attributes[key] = value;
  }
  return attributes;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
