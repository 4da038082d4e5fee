// Free text that is content, as an attribute of a span: nothing unless the user says that content is to be on spans.
import type { Attributes } from '@opentelemetry/api';

/** Longest, in characters. */
const MAX_LENGTH = 100;

/** @param captureContent the option of that name. */
export function freeText(
  captureContent: 'none' | 'span' | 'event' | 'both',
  name: string,
  text: string | undefined,
): Attributes {
  const isCaptured = captureContent === 'span' || captureContent === 'both';
  // Half a character is none.
  return isCaptured && text ? { [name]: text.slice(0, MAX_LENGTH).replace(/[\uD800-\uDBFF]$/, '') } : {};
}
