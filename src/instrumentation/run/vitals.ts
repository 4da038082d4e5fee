// What the host says of its work: taken by type, and put into the context for all spans below.
import type { Attributes } from '@opentelemetry/api';
import { activeContext } from '../../internal/carried-context.ts';
import { warnOnce } from '../../internal/log.ts';
import { VITALS_CONTEXT_KEY, type VitalsContext } from '../../semconv.ts';

export function activeVitals(): VitalsContext | undefined {
  return activeContext().getValue(VITALS_CONTEXT_KEY) as VitalsContext | undefined;
}

/** What is active, with `added` in place of what it says of the same; what is `undefined` there is taken out. */
export function extendVitals(added: Record<string, string | undefined>, userId?: string): VitalsContext {
  const outer = activeVitals();
  const attributes: Attributes = { ...outer?.attributes, ...added };
  for (const name in added) if (added[name] === undefined) delete attributes[name];
  return { attributes, userId: userId ?? outer?.userId };
}

/** A name or an id as a text; `undefined` where there is none, or another kind of value, which is said once. */
export function nameIn(from: string, field: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  // Ids of databases, numbers of versions.
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  warnOnce(`manual:${from}:${field}`, `${from} takes "${field}" as a text; another kind of value is ignored.`);
  return undefined;
}
