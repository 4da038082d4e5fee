// One model call, as the questions see it: made from an inference span. What the span does not say is null, never a guess and never 0.
import { unpricedReasonOf } from '../pricing/unpriced-reason.ts';
import {
  AGENT_VITALS_CACHE_HIT,
  AGENT_VITALS_CACHE_SAVED_INPUT_TOKENS,
  AGENT_VITALS_CACHE_SAVED_OUTPUT_TOKENS,
  AGENT_VITALS_CACHE_SAVED_USD,
  AGENT_VITALS_CACHE_TYPE,
  AGENT_VITALS_COST_USD,
  AGENT_VITALS_COST_USD_CACHE_READ,
  AGENT_VITALS_COST_USD_CACHE_WRITE,
  AGENT_VITALS_COST_USD_INPUT,
  AGENT_VITALS_COST_USD_OUTPUT,
  AGENT_VITALS_COUNTED_BY,
  AGENT_VITALS_OUTCOME,
  AGENT_VITALS_PROMPT_VARIANT,
  AGENT_VITALS_PROMPT_VERSION,
  AGENT_VITALS_TIER,
  AGENT_VITALS_USER_HASH,
  AGENT_VITALS_WORKFLOW_STAGE,
  ANTHROPIC_USAGE_CACHE_CREATION_1H,
  ERROR_TYPE,
  GEN_AI_AGENT_NAME,
  GEN_AI_CONVERSATION_ID,
  GEN_AI_OPERATION_NAME,
  GEN_AI_PROMPT_NAME,
  GEN_AI_PROVIDER_NAME,
  GEN_AI_REQUEST_MODEL,
  GEN_AI_REQUEST_STREAM,
  GEN_AI_RESPONSE_FINISH_REASONS,
  GEN_AI_RESPONSE_ID,
  GEN_AI_RESPONSE_MODEL,
  GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
  GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
  GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  GEN_AI_USAGE_INPUT_TOKENS,
  GEN_AI_USAGE_OUTPUT_TOKENS,
  GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
  GEN_AI_WORKFLOW_NAME,
  INFERENCE_OPERATIONS,
  type InferenceOperation,
  type Outcome,
  type UnpricedReason,
} from '../semconv.ts';
import {
  type AnyValue,
  amountOf,
  durationMillis,
  forEachAttribute,
  forEachSpan,
  millisOfNanos,
  numberOf,
  type SpanJson,
  textOf,
  textsOf,
} from './otlp-json.ts';
import { errorTypeOf, outcomeOf } from './outcome.ts';

interface Tokens {
  /** The whole prompt, with what was read from and written to the provider's cache. */
  input: number | null;
  output: number | null;
  /** Part of `input`. */
  cacheRead: number | null;
  /** Part of `input`. */
  cacheCreation: number | null;
  /** Part of `cacheCreation`: what is kept for an hour, at a higher price. */
  cacheCreation1h: number | null;
  /** Part of `output`. */
  reasoning: number | null;
}

const COST_PARTS = ['input', 'cacheRead', 'cacheWrite', 'output'] as const;
export type CostPart = (typeof COST_PARTS)[number];

/** US dollars. What the span does not say of the parts is null: others give the total alone. */
interface Cost extends Record<CostPart, number | null> {
  total: number;
}

export interface Call {
  /** Milliseconds since the epoch at which the request was made. */
  timeMillis: number;
  durationMillis: number;
  /** Streams only. */
  timeToFirstChunkMillis: number | null;
  operation: InferenceOperation;
  provider: string | null;
  requestModel: string | null;
  responseModel: string | null;
  stream: boolean | null;
  outcome: Outcome;
  /** `_OTHER` for an error that does not say its type, as in the conventions. */
  errorType: string | null;
  tokens: Tokens;
  /** Null where the price, or what is to be paid for, is unknown. */
  costUsd: Cost | null;
  finishReasons: string[];
  workflow: string | null;
  stage: string | null;
  tier: string | null;
  agent: string | null;
  /** Of the innermost prompt run it was made in. */
  prompt: string | null;
  promptVersion: string | null;
  promptVariant: string | null;
  /** Whether a cache of the app has answered: then nothing was used, and the cost is 0. */
  cacheHit: boolean;
  cacheType: string | null;
  /** What a hit of that cache would have used and cost otherwise; null where that is unknown, and for all other calls. */
  saved: { inputTokens: number | null; outputTokens: number | null; usd: number | null };
  userHash: string | null;
  conversationId: string | null;
  responseId: string | null;
  traceId: string;
  spanId: string;
}

const operations: ReadonlySet<string | null> = new Set(INFERENCE_OPERATIONS);

/** A call in the making, and what must be known of its whole span before it is one. */
interface Draft {
  readonly call: Call;
  readonly cost: Cost;
  operation: string | null;
  outcome: string | null;
  countedElsewhere: boolean;
}

/** Takes one attribute into the draft. */
type Reader = (draft: Draft, value: AnyValue) => void;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [GEN_AI_OPERATION_NAME, (draft, value) => (draft.operation = text(value))],
  [GEN_AI_PROVIDER_NAME, ({ call }, value) => (call.provider = text(value))],
  [GEN_AI_REQUEST_MODEL, ({ call }, value) => (call.requestModel = text(value))],
  [GEN_AI_RESPONSE_MODEL, ({ call }, value) => (call.responseModel = text(value))],
  [GEN_AI_REQUEST_STREAM, ({ call }, value) => (call.stream = value.boolValue === true)],
  [GEN_AI_RESPONSE_ID, ({ call }, value) => (call.responseId = text(value))],
  [GEN_AI_RESPONSE_FINISH_REASONS, ({ call }, value) => (call.finishReasons = textsOf(value))],
  [GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, ({ call }, value) => (call.timeToFirstChunkMillis = millis(amountOf(value)))],
  [GEN_AI_USAGE_INPUT_TOKENS, ({ call }, value) => (call.tokens.input = amountOf(value))],
  [GEN_AI_USAGE_OUTPUT_TOKENS, ({ call }, value) => (call.tokens.output = amountOf(value))],
  [GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS, ({ call }, value) => (call.tokens.cacheRead = amountOf(value))],
  [GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS, ({ call }, value) => (call.tokens.cacheCreation = amountOf(value))],
  [ANTHROPIC_USAGE_CACHE_CREATION_1H, ({ call }, value) => (call.tokens.cacheCreation1h = amountOf(value))],
  [GEN_AI_USAGE_REASONING_OUTPUT_TOKENS, ({ call }, value) => (call.tokens.reasoning = amountOf(value))],
  [GEN_AI_CONVERSATION_ID, ({ call }, value) => (call.conversationId = text(value))],
  [GEN_AI_WORKFLOW_NAME, ({ call }, value) => (call.workflow = text(value))],
  [GEN_AI_AGENT_NAME, ({ call }, value) => (call.agent = text(value))],
  [GEN_AI_PROMPT_NAME, ({ call }, value) => (call.prompt = text(value))],
  [AGENT_VITALS_PROMPT_VERSION, ({ call }, value) => (call.promptVersion = text(value))],
  [AGENT_VITALS_PROMPT_VARIANT, ({ call }, value) => (call.promptVariant = text(value))],
  [AGENT_VITALS_CACHE_HIT, ({ call }, value) => (call.cacheHit = value.boolValue === true)],
  [AGENT_VITALS_CACHE_TYPE, ({ call }, value) => (call.cacheType = text(value))],
  [AGENT_VITALS_CACHE_SAVED_INPUT_TOKENS, ({ call }, value) => (call.saved.inputTokens = amountOf(value))],
  [AGENT_VITALS_CACHE_SAVED_OUTPUT_TOKENS, ({ call }, value) => (call.saved.outputTokens = amountOf(value))],
  [AGENT_VITALS_CACHE_SAVED_USD, ({ call }, value) => (call.saved.usd = amountOf(value))],
  [ERROR_TYPE, ({ call }, value) => (call.errorType = text(value))],
  [AGENT_VITALS_OUTCOME, (draft, value) => (draft.outcome = text(value))],
  [AGENT_VITALS_WORKFLOW_STAGE, ({ call }, value) => (call.stage = text(value))],
  [AGENT_VITALS_TIER, ({ call }, value) => (call.tier = text(value))],
  [AGENT_VITALS_USER_HASH, ({ call }, value) => (call.userHash = text(value))],
  [AGENT_VITALS_COST_USD, ({ cost }, value) => (cost.total = amountOf(value) ?? Number.NaN)],
  [AGENT_VITALS_COST_USD_INPUT, ({ cost }, value) => (cost.input = amountOf(value))],
  [AGENT_VITALS_COST_USD_CACHE_READ, ({ cost }, value) => (cost.cacheRead = amountOf(value))],
  [AGENT_VITALS_COST_USD_CACHE_WRITE, ({ cost }, value) => (cost.cacheWrite = amountOf(value))],
  [AGENT_VITALS_COST_USD_OUTPUT, ({ cost }, value) => (cost.output = amountOf(value))],
  [AGENT_VITALS_COUNTED_BY, (draft) => (draft.countedElsewhere = true)],
]);

/**
 * Puts the calls of a line of traces into `calls`. Spans that are no model call, or that repeat one, are left out.
 * @returns whether the line is whole. The sound calls of a damaged line are taken all the same.
 */
export function readCalls(line: string, calls: Call[]): boolean {
  return forEachSpan(line, (span) => readCall(span, calls));
}

/** As {@link readCalls}, of one span. */
export function readCall(span: SpanJson, calls: Call[]): boolean {
  const draft = emptyDraft(span);
  const sound = forEachAttribute(span.attributes, (key, value) => {
    const read = readers.get(key);
    if (read === undefined) return true;
    read(draft, value);
    // Damage that is still JSON: an integer with something else among its digits.
    return value.intValue === undefined || !Number.isNaN(numberOf(value));
  });
  // NaN when a time is missing or damaged: the span can be put nowhere.
  if (!(draft.call.durationMillis >= 0)) return false;
  if (!draft.countedElsewhere && operations.has(draft.operation)) calls.push(finish(draft, span));
  return sound;
}

/** Embeddings have none. */
export function hasPromptCache(operation: string | null): boolean {
  return operation !== 'embeddings';
}

/** Model the call is listed under: the one asked for, else the one that answered. */
export function modelOf({ requestModel, responseModel }: Pick<Call, 'requestModel' | 'responseModel'>): string | null {
  return requestModel ?? responseModel;
}

/** Why the cost of a call is unknown, as the metric of the unpriced calls has it; null when it is known, or when there was nothing to bill. */
export function unpricedReason({ costUsd, tokens, errorType }: Call): UnpricedReason | null {
  if (costUsd !== null) return null;
  return unpricedReasonOf(tokens.input !== null || tokens.output !== null, errorType !== null) ?? null;
}

/** The parts of a known cost that are not. */
export function untoldParts({ costUsd }: Call): CostPart[] {
  return costUsd === null ? [] : COST_PARTS.filter((part) => costUsd[part] === null);
}

function emptyDraft(span: SpanJson): Draft {
  const start = millisOfNanos(span.startTimeUnixNano);
  const end = millisOfNanos(span.endTimeUnixNano);
  const call: Call = {
    timeMillis: start.millis,
    durationMillis: durationMillis(start, end),
    timeToFirstChunkMillis: null,
    // This and the outcome are not known before the span is read.
    operation: 'chat',
    provider: null,
    requestModel: null,
    responseModel: null,
    stream: null,
    outcome: 'completed',
    errorType: null,
    tokens: { input: null, output: null, cacheRead: null, cacheCreation: null, cacheCreation1h: null, reasoning: null },
    costUsd: null,
    finishReasons: [],
    workflow: null,
    stage: null,
    tier: null,
    agent: null,
    prompt: null,
    promptVersion: null,
    promptVariant: null,
    cacheHit: false,
    cacheType: null,
    saved: { inputTokens: null, outputTokens: null, usd: null },
    userHash: null,
    conversationId: null,
    responseId: null,
    traceId: span.traceId,
    spanId: span.spanId,
  };
  const cost: Cost = { total: Number.NaN, input: null, cacheRead: null, cacheWrite: null, output: null };
  return { call, cost, operation: null, outcome: null, countedElsewhere: false };
}

function finish({ call, cost, operation, outcome }: Draft, span: SpanJson): Call {
  call.operation = operation as InferenceOperation;
  call.outcome = outcomeOf(span, outcome, call.errorType);
  call.errorType = errorTypeOf(call.outcome, call.errorType);
  if (!Number.isNaN(cost.total)) call.costUsd = cost;
  // All parts of a cost of 0 are 0.
  if (cost.total === 0) for (const part of COST_PARTS) cost[part] ??= 0;
  return call;
}

function text(value: AnyValue): string | null {
  return textOf(value) || null;
}

function millis(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}
