// Third stage: removes what is private from what we write. Fails closed: what cannot be judged is dropped. Works on copies: the span's own
// attributes and events belong to other processors too.
import type { Attributes, SpanStatus } from '@opentelemetry/api';
import type { TimedEvent } from '@opentelemetry/sdk-trace';
import { guard } from '../internal/guard.ts';
import * as names from '../semconv.ts';
import { contentKindOf, isContentEvent, isGenAiName } from './content-names.ts';
import { maskCredentials } from './credentials.ts';

export interface RedactOptions {
  /** Content stays on spans, within `contentMaxBytes` an attribute. Credentials and user ids never do. */
  readonly keepContent: boolean;
  readonly contentMaxBytes: number;
  readonly hashUser: (userId: string) => string;
}

/** @param isGenAi whether the span's role already says so; its names may still say so too. */
export function redactAttributes(given: Attributes, isGenAi: boolean, options: RedactOptions): Attributes {
  const clean: Attributes = {};
  const genAi = isGenAi || hasGenAiName(given);
  for (const name in given) {
    try {
      redactAttribute(name, given[name], genAi, clean, options);
    } catch (error) {
      // Dropped, for nobody knows what it holds.
      guard('redacting an attribute', () => {
        throw error;
      });
    }
  }
  return clean;
}

function redactAttribute(
  name: string,
  value: unknown,
  isGenAi: boolean,
  clean: Attributes,
  { keepContent, contentMaxBytes, hashUser }: RedactOptions,
): void {
  switch (contentKindOf(name)) {
    case 'secret':
      return;
    case 'user':
      if (!isGenAi && !isGenAiName(name)) break;
      if (typeof value === 'string' && value !== '') clean[names.AGENT_VITALS_USER_HASH] ??= hashUser(value);
      return;
    case 'unknown':
      if (typeof value === 'number' || typeof value === 'boolean' || keepContent) break;
      return;
    case 'generic':
      if (!isGenAi || keepContent) break;
      return;
    case 'content':
      if (!keepContent) return;
      put(clean, name, limit(mask(value), contentMaxBytes));
      return;
    case 'plain':
      break;
  }
  put(clean, name, typeof value === 'string' ? maskCredentials(value) : mask(value));
}

/** Events of a GenAI span keep their name, time and numbers; of an exception only its type. */
export function redactEvents(events: readonly TimedEvent[], isGenAi: boolean, options: RedactOptions): TimedEvent[] {
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
    if (typeof clean[name] !== 'string' || name === names.AGENT_VITALS_USER_HASH) continue;
    // A text of an event is a message as a rule: an error's holds the prompt or the key it complains about.
    if (name !== 'exception.type' && name !== names.ERROR_TYPE) delete clean[name];
  }
  return clean;
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
  if (value !== undefined) clean[name] = value;
}

/** A copy without credentials and without numbers that JSON cannot say. What is no value of an attribute is dropped. */
function mask(value: unknown): unknown {
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
  if (Array.isArray(value)) return value.map((item) => mask(item) ?? null);
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (contentKindOf(name) !== 'secret') copy[name] = mask(item);
  }
  return copy;
}

/** Content within its limit; what is longer is cut and says so. */
function limit(value: unknown, maxBytes: number): unknown {
  if (value === undefined) return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // No text has more bytes than three times its length.
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return value;
  const cut = Buffer.from(text).subarray(0, maxBytes).toString();
  return `${cut.replace(/\uFFFD+$/, '')} [cut]`;
}
