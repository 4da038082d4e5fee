// Many lines as the body of one OTLP/HTTP request, by cutting and joining bytes: what is written in the journal is what is sent, byte for byte.
import type { Resource } from '@opentelemetry/resources';
import { FIELDS, LINE_END, resourceHead } from './line.ts';

type SignalName = keyof typeof FIELDS;

/** Bytes `start` to `end` of `source`. */
interface Slice {
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Records that share a resource and scope. */
interface Group {
  /** All that stands before the records in the entry; empty where `slices` are whole entries. */
  readonly head: Buffer;
  readonly slices: Slice[];
}

const NEWLINE = 10;
const COMMA = 44;
const BODY_END = ']}';
const lineEnd = Buffer.from(LINE_END);
/** Closes the records and the entry. */
const entryEnd = Buffer.from(LINE_END.slice(0, -BODY_END.length));
const nothing = Buffer.alloc(0);

/**
 * Makes request bodies, one after the other: each is good until the next is made. A body holds, as UTF-8, the records of all lines, in their order
 * within a resource and scope. Those of one resource and scope share one entry, so that a collector does not unpack a resource for every span.
 *
 * The encoder takes whole lines as those of this folder make them, each with its newline.
 * @param resource lines carry only `service.*` of it; the body carries all of it.
 */
export function createRequestEncoder(signal: SignalName, resource?: Resource): (parts: readonly Buffer[]) => Buffer {
  let memory = Buffer.alloc(0);
  return (parts) => {
    const opening = Buffer.from(`{"${FIELDS[signal].resources}":[`);
    const groups = groupsOf(signal, parts, opening.length);
    const inFull = wholeResource(signal, opening.length, resource);
    let most = opening.length + BODY_END.length;
    for (const { head, slices } of groups) {
      most += head.length + inFull.growth + entryEnd.length + 1;
      for (const { start, end } of slices) most += end - start + inFull.growth + 1;
    }
    // With room to spare: the next is a few bytes longer, and what is left behind stays until V8 looks at all it has.
    if (memory.length < most) memory = Buffer.allocUnsafeSlow(Math.ceil(most * 1.25));
    const body = memory;
    let at = opening.copy(body);
    const separate = (): void => {
      if (at > opening.length) body[at++] = COMMA;
    };
    for (const { head, slices } of groups) {
      if (head.length > 0) {
        separate();
        at = inFull.write(body, at, head, 0, head.length);
        for (const { source, start, end } of slices) {
          at += source.copy(body, at, start, end);
          body[at++] = COMMA;
        }
        at += entryEnd.copy(body, at - 1) - 1;
      } else {
        for (const { source, start, end } of slices) {
          separate();
          at = inFull.write(body, at, source, start, end);
        }
      }
    }
    at += body.write(BODY_END, at);
    return body.subarray(0, at);
  };
}

function groupsOf(signal: SignalName, parts: readonly Buffer[], opening: number): readonly Group[] {
  const records = Buffer.from(`"${FIELDS[signal].records}":[`);
  const groups = new Map<string, Group>();
  const groupOf = (head: Buffer): Group => {
    const key = head.toString('latin1');
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { head, slices: [] }));
    return group;
  };
  let last: Group | undefined;
  for (const source of parts) {
    for (let start = 0; start < source.length; ) {
      const newline = source.indexOf(NEWLINE, start);
      const end = newline === -1 ? source.length : newline;
      const entry = start + opening;
      const isComplete = end - start > opening && endsWith(source, end, lineEnd);
      // As a rule a line begins as the one before it, and nothing is to be looked for.
      if (isComplete && last && last.head.length > 0 && startsWith(source, entry, last.head)) {
        last.slices.push({ source, start: entry + last.head.length, end: end - lineEnd.length });
      } else {
        // Quotes within a JSON text are escaped, so the first match is the field itself and never part of a value.
        // A line of metrics holds several scopes: it is an entry as it stands.
        const found = signal === 'metrics' || !isComplete ? -1 : source.indexOf(records, entry);
        const isWhole = found === -1 || found >= end;
        last = groupOf(isWhole ? nothing : source.subarray(entry, found + records.length));
        last.slices.push({
          source,
          start: entry + last.head.length,
          end: end - (isWhole ? BODY_END.length : lineEnd.length),
        });
      }
      start = end + 1;
    }
  }
  return [...groups.values()];
}

/** Writes entries, or their beginning, so that they carry all of the resource. What is of another resource stays as it is. */
function wholeResource(
  signal: SignalName,
  opening: number,
  resource?: Resource,
): { growth: number; write(body: Buffer, at: number, source: Buffer, start: number, end: number): number } {
  const small = Buffer.from(resource ? resourceHead(signal, resource).slice(opening) : '');
  const all = Buffer.from(resource ? resourceHead(signal, resource, true).slice(opening) : '');
  return {
    growth: Math.max(0, all.length - small.length),
    write(body, at, source, start, end) {
      const isOurs = small.length > 0 && startsWith(source, start, small);
      const next = isOurs ? at + all.copy(body, at) : at;
      return next + source.copy(body, next, isOurs ? start + small.length : start, end);
    },
  };
}

function startsWith(source: Buffer, at: number, head: Buffer): boolean {
  return source.length - at >= head.length && source.compare(head, 0, head.length, at, at + head.length) === 0;
}

function endsWith(source: Buffer, end: number, tail: Buffer): boolean {
  return source.compare(tail, 0, tail.length, end - tail.length, end) === 0;
}
