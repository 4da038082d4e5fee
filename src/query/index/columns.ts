// What the index keeps of a call, and how numbers lie in it: of the narrowest type that holds all of a column.
import { type Call, unpricedReason, untoldParts } from '../call.ts';

/** Few values and many calls: what calls are told apart by. `null` where a call has none. */
export const DIMENSIONS = {
  operation: (call) => call.operation,
  provider: (call) => call.provider,
  requestModel: (call) => call.requestModel,
  responseModel: (call) => call.responseModel,
  outcome: (call) => call.outcome,
  errorType: (call) => call.errorType,
  workflow: (call) => call.workflow,
  stage: (call) => call.stage,
  tier: (call) => call.tier,
  agent: (call) => call.agent,
  prompt: (call) => call.prompt,
  promptVersion: (call) => call.promptVersion,
  promptVariant: (call) => call.promptVariant,
  /** What kind of the app's own caches answered; null when none did. */
  cacheType: (call) => (call.cacheHit ? (call.cacheType ?? UNNAMED_CACHE) : null),
  /** `known`, or why it is not; null when there was nothing to bill. */
  price: (call) => (call.costUsd === null ? unpricedReason(call) : 'known'),
  /** Of a known cost the parts that are not told, as in `cacheRead,cacheWrite`; null when all are. */
  untoldCost: (call) => untoldParts(call).join(',') || null,
  hasUsage: (call) => (call.tokens.input === null && call.tokens.output === null ? null : 'yes'),
} as const satisfies Record<string, (call: Call) => string | null>;
/** Stands for the kind of a cache that was not named. */
const UNNAMED_CACHE = 'unnamed';
export type DimensionName = keyof typeof DIMENSIONS;
export const DIMENSION_NAMES = Object.keys(DIMENSIONS) as DimensionName[];
export const DIMENSION_PLACES = Object.fromEntries(DIMENSION_NAMES.map((name, place) => [name, place])) as Readonly<
  Record<DimensionName, number>
>;

/** What is summed, and 0 where it is unknown; but the first chunk, which is `NaN`. */
export const NUMBERS = {
  time: (call) => call.timeMillis,
  duration: (call) => call.durationMillis,
  firstChunk: (call) => call.timeToFirstChunkMillis ?? Number.NaN,
  input: (call) => call.tokens.input ?? 0,
  output: (call) => call.tokens.output ?? 0,
  cacheRead: (call) => call.tokens.cacheRead ?? 0,
  cacheCreation: (call) => call.tokens.cacheCreation ?? 0,
  cacheCreation1h: (call) => call.tokens.cacheCreation1h ?? 0,
  reasoning: (call) => call.tokens.reasoning ?? 0,
  cost: (call) => call.costUsd?.total ?? 0,
  costInput: (call) => call.costUsd?.input ?? 0,
  costCacheRead: (call) => call.costUsd?.cacheRead ?? 0,
  costCacheWrite: (call) => call.costUsd?.cacheWrite ?? 0,
  costOutput: (call) => call.costUsd?.output ?? 0,
  /** What a hit of the app's own cache saved. */
  savedUsd: (call) => call.saved.usd ?? 0,
  /** 1 for a hit of which that is known. */
  savedKnown: (call) => (call.saved.usd === null ? 0 : 1),
} as const satisfies Record<string, (call: Call) => number>;
export type NumberName = keyof typeof NUMBERS;
export const NUMBER_NAMES = Object.keys(NUMBERS) as NumberName[];
/** Those of which a cell keeps the sum. */
export const SUMMED_NAMES: readonly NumberName[] = NUMBER_NAMES.filter(
  (name) => name !== 'time' && name !== 'firstChunk',
);

/** What stands in a column that is not there. */
export function absentOf(name: string): number {
  return name === 'firstChunk' ? Number.NaN : 0;
}

export type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

const TYPES = [Uint8Array, Uint16Array, Uint32Array, Float64Array] as const;
/** Bytes before the numbers: which of the types they are. Eight, so that doubles lie where a processor can read them. */
const HEAD_BYTES = 8;

/** @returns `undefined` for a column of nothing but `absent`. */
export function encodeColumn(values: Float64Array, absent: number): Uint8Array | undefined {
  let most = 0;
  let isAbsent = true;
  let isWhole = true;
  for (const value of values) {
    if (value > most) most = value;
    if (!Object.is(value, absent)) isAbsent = false;
    // NaN is no whole number, and -0 not 0.
    if (!Object.is(value >>> 0, value)) isWhole = false;
  }
  if (isAbsent) return undefined;
  const type = !isWhole ? 3 : most < 2 ** 8 ? 0 : most < 2 ** 16 ? 1 : 2;
  const column = TYPES[type as 0].from(values);
  const encoded = new Uint8Array(HEAD_BYTES + column.byteLength);
  encoded[0] = type;
  encoded.set(new Uint8Array(column.buffer), HEAD_BYTES);
  return encoded;
}

export function decodeColumn(encoded: Uint8Array): Column {
  const type = TYPES[encoded[0] as 0];
  const start = encoded.byteOffset + HEAD_BYTES;
  if (start % HEAD_BYTES !== 0) return decodeColumn(encoded.slice());
  return new type(encoded.buffer as ArrayBuffer, start, (encoded.length - HEAD_BYTES) / type.BYTES_PER_ELEMENT);
}
