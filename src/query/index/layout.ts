// What the index keeps of calls and of runs: words that many have in common, by which they are told apart, and the numbers of each.
import { type Call, unpricedReason, untoldParts } from '../call.ts';
import { RUN_KINDS, type Run, type RunKind } from '../run.ts';

/** What lies in one table of the index. */
export type Kind = 'call' | RunKind;
export const KINDS: readonly Kind[] = ['call', ...RUN_KINDS];

/** @template S names of words by which rows lie together. @template D names of words beside them. @template N names of numbers. */
export interface Layout<T, S extends string = string, D extends string = string, N extends string = string> {
  /** Rows that have all of these in common lie side by side. `null` where a record has none. */
  readonly series: Readonly<Record<S, (record: T) => string | null>>;
  /** What else is told of a row: what few questions tell rows apart by. */
  readonly details: Readonly<Record<D, (record: T) => string | null>>;
  readonly numbers: Readonly<Record<N, (record: T) => number>>;
  /** Numbers of which the sums of each series are kept, too. */
  readonly summed: readonly N[];
  /** What stands for a number that is not known. */
  unknown(name: N): number;
  /** Of those who are too many for a detail. */
  user?(record: T): string | null;
}

const callSeries = {
  requestModel: (call) => call.requestModel,
  responseModel: (call) => call.responseModel,
  provider: (call) => call.provider,
  workflow: (call) => call.workflow,
  tier: (call) => call.tier,
  outcome: (call) => call.outcome,
  errorType: (call) => call.errorType,
  /** `known`, or why it is not; null when there was nothing to bill. */
  price: (call) => (call.costUsd === null ? unpricedReason(call) : 'known'),
  /** Of a known cost the parts that are not told, as in `cacheRead,cacheWrite`; null when all are. */
  untoldCost: (call) => untoldParts(call).join(',') || null,
  hasUsage: (call) => (call.tokens.input === null && call.tokens.output === null ? null : 'yes'),
  operation: (call) => call.operation,
  /** What kind of the app's own caches answered; null when none did. */
  cacheType: (call) => (call.cacheHit ? (call.cacheType ?? UNNAMED_CACHE) : null),
} as const satisfies Layout<Call>['series'];
/** Stands for the kind of a cache that was not named. */
const UNNAMED_CACHE = 'unnamed';
export type CallWord = keyof typeof callSeries;

const callDetails = {
  agent: (call) => call.agent,
  prompt: (call) => call.prompt,
  promptVersion: (call) => call.promptVersion,
  promptVariant: (call) => call.promptVariant,
} as const satisfies Layout<Call>['details'];
export type CallDetail = keyof typeof callDetails;

/** What is summed, and 0 where it is unknown; but the first chunk, which is `NaN`. */
const callNumbers = {
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
} as const satisfies Layout<Call>['numbers'];
export type CallNumber = keyof typeof callNumbers;

export const CALL_LAYOUT: Layout<Call, CallWord, CallDetail, CallNumber> = {
  series: callSeries,
  details: callDetails,
  numbers: callNumbers,
  summed: (Object.keys(callNumbers) as CallNumber[]).filter((name) => name !== 'time' && name !== 'firstChunk'),
  unknown: (name) => (name === 'firstChunk' ? Number.NaN : 0),
  user: (call) => call.userHash,
};

const runSeries = {
  name: (run) => run.name,
  version: (run) => run.version,
  variant: (run) => run.variant,
} as const satisfies Layout<Run>['series'];
export type RunWord = keyof typeof runSeries;

/** Lists are written in JSON. */
const runDetails = {
  outcome: (run) => run.outcome,
  promptOutcome: (run) => run.promptOutcome,
  errorType: (run) => run.errorType,
  workflow: (run) => run.workflow,
  agent: (run) => run.agent,
  prompt: (run) => run.prompt,
  fallbacks: (run) => listText(run.fallbacks),
  models: (run) => listText(run.models),
  providers: (run) => listText(run.providers),
  stages: (run) => listText(run.stages),
  skippedStages: (run) => listText(run.skippedStages),
} as const satisfies Layout<Run>['details'];
export type RunDetail = keyof typeof runDetails;

const runNumbers = {
  time: (run) => run.timeMillis,
  duration: (run) => run.durationMillis,
  calls: (run) => run.calls ?? Number.NaN,
  cacheHits: (run) => run.cacheHits ?? Number.NaN,
  toolCalls: (run) => run.toolCalls ?? Number.NaN,
  errors: (run) => run.errors ?? Number.NaN,
  inputTokens: (run) => run.inputTokens ?? Number.NaN,
  outputTokens: (run) => run.outputTokens ?? Number.NaN,
  costUsd: (run) => run.costUsd ?? Number.NaN,
  unpricedCalls: (run) => run.unpricedCalls ?? Number.NaN,
  retries: (run) => run.retries ?? Number.NaN,
} as const satisfies Layout<Run>['numbers'];
export type RunNumber = keyof typeof runNumbers;

const RUN_LAYOUT: Layout<Run, RunWord, RunDetail, RunNumber> = {
  series: runSeries,
  details: runDetails,
  numbers: runNumbers,
  summed: [],
  unknown: () => Number.NaN,
};

/** What a row of a table of each kind is of. */
export interface RecordOf extends Record<RunKind, Run> {
  readonly call: Call;
}

const LAYOUTS: { readonly [K in Kind]: Layout<RecordOf[K]> } = {
  call: CALL_LAYOUT,
  prompt: RUN_LAYOUT,
  workflow: RUN_LAYOUT,
  agent: RUN_LAYOUT,
};

export function layoutOf<K extends Kind>(kind: K): Layout<RecordOf[K]> {
  return LAYOUTS[kind];
}

function listText(list: readonly unknown[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}
