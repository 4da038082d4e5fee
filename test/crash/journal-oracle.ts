// What a journal file must be read as, found the slow and plain way. Shares no code with the reader: where the two differ, one is wrong.
import { type ExpectedCall, type TrueLine } from './true-lines.ts';

export interface Verdict {
  /** Lines that are UTF-8, in their order. */
  readonly lines: readonly string[];
  /** Lines with the empty ones, and a last one that does not end. */
  readonly count: number;
  /** Lines met, damaged ones too; empty ones are none. */
  readonly met: number;
  readonly corrupt: number;
  /** Calls in their order. Of a line that was changed and can still be read only the ids are known. */
  readonly calls: readonly (ExpectedCall | Ids)[];
  /** Lines that are as they were written, calls or not. */
  readonly intact: number;
}

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

/** What the true lines say and the questions read: integers there must be integers. What nobody reads is not looked at. */
const READ = new Set([
  'gen_ai.operation.name',
  'gen_ai.request.model',
  'gen_ai.workflow.name',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  'agent_vitals.cost.usd',
  'agent_vitals.outcome',
]);
const TOO_LONG = 32 * 1024 * 1024;

export function judge(bytes: Buffer, truth: ReadonlyMap<string, TrueLine>): Verdict {
  const lines: string[] = [];
  const calls: (ExpectedCall | Ids)[] = [];
  let [met, corrupt, intact] = [0, 0, 0];
  const pieces = bytes.toString('latin1').split('\n');
  if (pieces.at(-1) === '') pieces.pop();
  for (const piece of pieces) {
    if (piece === '' || piece === '\r') continue;
    met += 1;
    const line = piece.length > TOO_LONG ? undefined : utf8(piece);
    if (line === undefined) {
      corrupt += 1;
      continue;
    }
    lines.push(line);
    const known = truth.get(line);
    if (known !== undefined) {
      intact += 1;
      if (known.call !== null) calls.push(known.call);
      continue;
    }
    const read = readChanged(line);
    if (!read.sound) corrupt += 1;
    calls.push(...read.ids);
  }
  return { lines, count: pieces.length, met, corrupt, calls, intact };
}

function utf8(latin1: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}

/** A line that is not one of those written: which of it is still a call, and whether it can be told from a sound one. */
function readChanged(line: string): { ids: Ids[]; sound: boolean } {
  let data: any;
  try {
    data = JSON.parse(line);
  } catch {
    // What was written behind a run of NULs is saved.
    const parts = line.split('\0');
    return { ids: parts.length > 1 ? readChanged(parts.at(-1) as string).ids : [], sound: false };
  }
  if (data?.constructor === Object && JSON.stringify(data) === '{}') return { ids: [], sound: true };
  let sound = true;
  const objects = (list: unknown): any[] => {
    if (!Array.isArray(list)) sound = false;
    const all: any[] = Array.isArray(list) ? list : [];
    const good = all.filter((item) => Object.prototype.toString.call(item) === '[object Object]');
    if (good.length < all.length) sound = false;
    return good;
  };
  const spans = objects(data?.resourceSpans)
    .flatMap((resource) => objects(resource.scopeSpans))
    .flatMap((scope) => objects(scope.spans));
  const ids: Ids[] = [];
  for (const span of spans) {
    const { traceId, spanId, startTimeUnixNano, endTimeUnixNano, attributes = [] } = span;
    if (!isHex(traceId, 32) || !isHex(spanId, 16) || ![startTimeUnixNano, endTimeUnixNano].every(isTime)) {
      sound = false;
      continue;
    }
    let operation: unknown;
    for (const { key, value } of objects(attributes)) {
      if (
        typeof key !== 'string' ||
        (value !== undefined && Object.prototype.toString.call(value) !== '[object Object]')
      )
        sound = false;
      else if (value !== undefined && READ.has(key)) {
        if (key === 'gen_ai.operation.name') operation = value.stringValue;
        if ('intValue' in value && !/^-?\d{1,19}$/.test(String(value.intValue))) sound = false;
      }
    }
    if (operation === 'chat') ids.push({ traceId, spanId });
  }
  return { ids, sound };
}

function isHex(id: unknown, length: number): boolean {
  return typeof id === 'string' && id.length === length && !/[^0-9a-f]/i.test(id);
}

function isTime(nanos: unknown): boolean {
  return /^\d{1,20}$/.test(String(nanos)) && BigInt(nanos as string) < 2n ** 64n;
}
