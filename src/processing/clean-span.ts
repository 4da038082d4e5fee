// Spans of other programs, read from a file: brought to the conventions' names, and without what is private, as the spans of this process are.
import type { Attributes, SpanStatusCode } from '@opentelemetry/api';
import type { Config } from '../config/option-table.ts';
import { maskCredentials } from '../internal/credentials.ts';
import { normalise } from './normalise.ts';
import { redactAttributes } from './redact.ts';
import { roleOf } from './span-role.ts';
import { createUserHash } from './user-hash.ts';

/** What is judged of a span of a call or a run. */
export interface ForeignSpan {
  readonly name: string;
  readonly attributes: Attributes;
  /** Of the instrumentation. */
  readonly scopeName: string;
  readonly statusCode: SpanStatusCode;
}

/** @returns what of a span may be written. */
export function createSpanCleaner({
  captureContent,
  contentMaxBytes,
  dir,
  userIdKey,
}: Pick<Config, 'captureContent' | 'contentMaxBytes' | 'dir' | 'userIdKey'>): (
  span: ForeignSpan,
) => Pick<ForeignSpan, 'name' | 'attributes'> {
  const redaction = {
    keepContent: captureContent === 'span' || captureContent === 'both',
    contentMaxBytes,
    hashUser: createUserHash(userIdKey, dir),
  };
  return ({ name, attributes, scopeName, statusCode }) => {
    const isCall = roleOf(attributes) === 'inference';
    const translation = isCall
      ? normalise({ attributes, instrumentationScope: { name: scopeName }, status: { code: statusCode }, events: [] })
      : undefined;
    return {
      name: maskCredentials(name),
      attributes: redactAttributes({ ...attributes, ...translation }, true, redaction),
    };
  };
}
