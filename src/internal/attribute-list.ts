// Attributes as a list: names and values in turn. An object with that many keys is a table to V8: dear to fill, to copy and to go through.
import type { Attributes } from '@opentelemetry/api';

/** `[name, value, name, value]`; no name stands there twice. */
export type AttributeList = unknown[];

/** Sets `name`, in its place where it stands in the list. */
export function setIn(list: AttributeList, name: string, value: unknown): void {
  for (let at = 0; at < list.length; at += 2) {
    if (list[at] !== name) continue;
    list[at + 1] = value;
    return;
  }
  list.push(name, value);
}

export function toAttributes(list: AttributeList): Attributes {
  const attributes: Attributes = {};
  for (let at = 0; at < list.length; at += 2) attributes[list[at] as string] = list[at + 1];
  return attributes;
}
