// Third stage: removes what is private from what we write. Fails closed: what cannot be judged is dropped. Works on copies: the span's own
// attributes and events belong to other processors too.
import type { Attributes, Link, SpanStatus } from '@opentelemetry/api';
import type { TimedEvent } from '@opentelemetry/sdk-trace';
import { maskCredentials, maskCredentialsUnder } from '../internal/credentials.ts';
import { errorName } from '../internal/guard.ts';
import { warnOnce } from '../internal/log.ts';
import * as names from '../semconv.ts';
import { type ContentKind, contentKindOf, isContentEvent, isGenAiName } from './content-names.ts';

export interface RedactOptions {
  /** Content stays on spans, within `contentMaxBytes` an attribute. Credentials and user ids never do. */
  readonly keepContent: boolean;
  readonly contentMaxBytes: number;
  readonly hashUser: (userId: string) => string;
}

/** @param isGenAi whether the span is known to be a GenAI span. */
export function redactAttributes(given: Attributes, isGenAi: boolean, options: RedactOptions): Attributes {
  const clean: Attributes = { ...given };
  for (const name in given) {
    try {
      const value = given[name];
      const kind = contentKindOf(name);
      if (kind === 'plain') {
        const masked = typeof value === 'string' ? maskCredentialsUnder(name, value) : maskValue(value);
        if (masked !== value) put(clean, name, masked);
      } else redactAttribute(name, value, kind, isGenAi, clean, options);
    } catch (error) {
      // Dropped, for nobody knows what it holds.
      delete clean[name];
      warnOnce('redacting', `an attribute could not be judged and was dropped: ${errorName(error)}`);
    }
  }
  return clean;
}

function redactAttribute(
  name: string,
  value: unknown,
  kind: ContentKind,
  isGenAi: boolean,
  clean: Attributes,
  { keepContent, contentMaxBytes, hashUser }: RedactOptions,
): void {
  switch (kind) {
    case 'user':
      if (!isGenAi) return put(clean, name, maskValue(value));
      delete clean[name];
      if (typeof value === 'string' && value !== '') clean[names.AGENT_VITALS_USER_HASH] ??= hashUser(value);
      return;
    case 'content':
      return put(clean, name, keepContent ? limit(maskValue(value), contentMaxBytes) : undefined);
    case 'unknown': {
      const isText = typeof value !== 'number' && typeof value !== 'boolean';
      return put(clean, name, isText && !keepContent ? undefined : limit(maskValue(value), contentMaxBytes));
    }
    case 'generic':
      return put(clean, name, isGenAi && !keepContent ? undefined : maskValue(value));
    default:
      delete clean[name];
  }
}

const HARMLESS_ON_EVENTS = new Set<string>([
  names.AGENT_VITALS_AGENT_STATUS,
  names.AGENT_VITALS_USER_HASH,
  names.ERROR_TYPE,
  names.EXCEPTION_TYPE,
]);

/** Events of a GenAI span keep their name, time and numbers; of an exception only its type, of an agent only its status. */
export function redactEvents(events: TimedEvent[], isGenAi: boolean, options: RedactOptions): TimedEvent[] {
  if (events.length === 0) return events;
  return events.flatMap((event) => {
    const genAi = isGenAi || isContentEvent(event.name);
    if (isContentEvent(event.name) && !options.keepContent) return [];
    const { name, time, droppedAttributesCount } = event;
    return [{ name, time, droppedAttributesCount, attributes: redactEvent(event.attributes ?? {}, genAi, options) }];
  });
}

function redactEvent(given: Attributes, isGenAi: boolean, options: RedactOptions): Attributes {
  const clean = redactAttributes(given, isGenAi, options);
  if (!isGenAi || options.keepContent) return clean;
  for (const name in clean) {
    if (typeof clean[name] !== 'string') continue;
    // A text of an event is a message as a rule: an error's holds the prompt or the key it complains about.
    if (!HARMLESS_ON_EVENTS.has(name)) delete clean[name];
  }
  return clean;
}

export function redactLinks(links: Link[], isGenAi: boolean, options: RedactOptions): Link[] {
  if (links.length === 0) return links;
  return links.map((link) =>
    link.attributes ? { ...link, attributes: redactAttributes(link.attributes, isGenAi, options) } : link,
  );
}

/** The message of a status is an error's message. */
export function redactStatus(status: SpanStatus, isGenAi: boolean, { keepContent }: RedactOptions): SpanStatus {
  if (status.message === undefined) return status;
  if (isGenAi && !keepContent) return { code: status.code };
  return { code: status.code, message: maskCredentials(status.message) };
}

export function hasGenAiName(attributes: Attributes): boolean {
  for (const name in attributes) if (isGenAiName(name)) return true;
  return false;
}

function put(clean: Attributes, name: string, value: unknown): void {
  if (value === undefined) delete clean[name];
  else clean[name] = value;
}

/** Deeper than any message or schema; what is below is dropped. */
const MAX_DEPTH = 32;
/** The objects around the value that is masked: one that holds itself has no end. */
const around: object[] = [];

/** Without credentials and without numbers that JSON cannot say: a copy, or the very same where there are none. What is no value is dropped. */
export function maskValue(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return maskCredentials(value);
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'boolean':
      return value;
    case 'object':
      break;
    default:
      return undefined;
  }
  if (value === null || value instanceof Uint8Array) return value ?? undefined;
  if (around.length >= MAX_DEPTH || around.includes(value)) return undefined;
  around.push(value);
  try {
    return Array.isArray(value) ? maskItems(value) : maskFields(value);
  } finally {
    around.pop();
  }
}

function maskItems(items: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const masked = maskValue(items[index]);
    if (masked === items[index]) continue;
    copy ??= [...items];
    copy[index] = masked ?? null;
  }
  return copy ?? items;
}

function maskFields(fields: object): object {
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(fields)) {
    if (contentKindOf(name) !== 'secret') copy[name] = maskValue(item);
  }
  return copy;
}

/** Content within its limit; what is longer is cut and says so. */
function limit(value: unknown, maxBytes: number): unknown {
  if (typeof value !== 'string' && typeof value !== 'object') return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // No text has more bytes than three times its length.
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return value;
  const cut = Buffer.from(text).subarray(0, maxBytes).toString();
  return `${cut.replace(/\uFFFD+$/, '')} [cut]`;
}
