// One model call, as the questions see it: made from an inference span. What the span does not say is null, never a guess and never 0.
import {
  AGENT_VITALS_COST_USD,
  AGENT_VITALS_COST_USD_CACHE_READ,
  AGENT_VITALS_COST_USD_CACHE_WRITE,
  AGENT_VITALS_COST_USD_INPUT,
  AGENT_VITALS_COST_USD_OUTPUT,
  AGENT_VITALS_COUNTED_BY,
  AGENT_VITALS_OUTCOME,
  AGENT_VITALS_TIER,
  AGENT_VITALS_USER_HASH,
  AGENT_VITALS_WORKFLOW_STAGE,
  ERROR_TYPE,
  GEN_AI_AGENT_NAME,
  GEN_AI_CONVERSATION_ID,
  GEN_AI_OPERATION_NAME,
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
  type InferenceOperation,
  type Outcome,
} from '../semconv.ts';
import {
  type AnyValue,
  forEachAttribute,
  forEachSpan,
  isObject,
  millisOfNanos,
  numberOf,
  type SpanJson,
  textOf,
  textsOf,
} from './otlp-json.ts';

interface Tokens {
  /** The whole prompt, with what was read from and written to the provider's cache. */
  input: number | null;
  output: number | null;
  /** Part of `input`. */
  cacheRead: number | null;
  /** Part of `input`. */
  cacheCreation: number | null;
  /** Part of `output`. */
  reasoning: number | null;
}

/** US dollars. */
interface Cost {
  total: number;
  input: number;
  cacheRead: number;
  cacheWrite: number;
  output: number;
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
  userHash: string | null;
  conversationId: string | null;
  responseId: string | null;
  traceId: string;
  spanId: string;
}

const OPERATIONS: ReadonlySet<string> = new Set<InferenceOperation>([
  'chat',
  'text_completion',
  'embeddings',
  'generate_content',
]);
const OUTCOMES: ReadonlySet<string> = new Set<Outcome>(['completed', 'cancelled', 'abandoned', 'error']);
const STATUS_ERROR = 2;

/** A call in the making. */
interface Draft extends Omit<Call, 'operation' | 'outcome' | 'costUsd'> {
  operation: string | null;
  outcome: string | null;
  cost: { -readonly [K in keyof Cost]: number | null };
  countedElsewhere: boolean;
}

/** Takes one attribute into the draft. */
type Reader = (draft: Draft, value: AnyValue) => void;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [GEN_AI_OPERATION_NAME, (draft, value) => (draft.operation = text(value))],
  [GEN_AI_PROVIDER_NAME, (draft, value) => (draft.provider = text(value))],
  [GEN_AI_REQUEST_MODEL, (draft, value) => (draft.requestModel = text(value))],
  [GEN_AI_RESPONSE_MODEL, (draft, value) => (draft.responseModel = text(value))],
  [GEN_AI_REQUEST_STREAM, (draft, value) => (draft.stream = value.boolValue === true)],
  [GEN_AI_RESPONSE_ID, (draft, value) => (draft.responseId = text(value))],
  [GEN_AI_RESPONSE_FINISH_REASONS, (draft, value) => (draft.finishReasons = textsOf(value))],
  [GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, (draft, value) => (draft.timeToFirstChunkMillis = millis(amount(value)))],
  [GEN_AI_USAGE_INPUT_TOKENS, (draft, value) => (draft.tokens.input = amount(value))],
  [GEN_AI_USAGE_OUTPUT_TOKENS, (draft, value) => (draft.tokens.output = amount(value))],
  [GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS, (draft, value) => (draft.tokens.cacheRead = amount(value))],
  [GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS, (draft, value) => (draft.tokens.cacheCreation = amount(value))],
  [GEN_AI_USAGE_REASONING_OUTPUT_TOKENS, (draft, value) => (draft.tokens.reasoning = amount(value))],
  [GEN_AI_CONVERSATION_ID, (draft, value) => (draft.conversationId = text(value))],
  [GEN_AI_WORKFLOW_NAME, (draft, value) => (draft.workflow = text(value))],
  [GEN_AI_AGENT_NAME, (draft, value) => (draft.agent = text(value))],
  [ERROR_TYPE, (draft, value) => (draft.errorType = text(value))],
  [AGENT_VITALS_OUTCOME, (draft, value) => (draft.outcome = text(value))],
  [AGENT_VITALS_WORKFLOW_STAGE, (draft, value) => (draft.stage = text(value))],
  [AGENT_VITALS_TIER, (draft, value) => (draft.tier = text(value))],
  [AGENT_VITALS_USER_HASH, (draft, value) => (draft.userHash = text(value))],
  [AGENT_VITALS_COST_USD, (draft, value) => (draft.cost.total = amount(value))],
  [AGENT_VITALS_COST_USD_INPUT, (draft, value) => (draft.cost.input = amount(value))],
  [AGENT_VITALS_COST_USD_CACHE_READ, (draft, value) => (draft.cost.cacheRead = amount(value))],
  [AGENT_VITALS_COST_USD_CACHE_WRITE, (draft, value) => (draft.cost.cacheWrite = amount(value))],
  [AGENT_VITALS_COST_USD_OUTPUT, (draft, value) => (draft.cost.output = amount(value))],
  [AGENT_VITALS_COUNTED_BY, (draft) => (draft.countedElsewhere = true)],
]);

/**
 * Puts the calls of a line of traces into `calls`. Spans that are no model call, or that repeat one, are left out.
 * @returns whether the line is whole. The sound calls of a damaged line are taken all the same.
 */
export function readCalls(line: string, calls: Call[]): boolean {
  return forEachSpan(line, (span) => {
    const draft = emptyDraft(span);
    const sound = forEachAttribute(span.attributes, (key, value) => {
      const read = readers.get(key);
      if (read === undefined) return true;
      read(draft, value);
      // Damage that is still JSON: an integer with something else among its digits.
      return value.intValue === undefined || !Number.isNaN(numberOf(value));
    });
    // NaN when a time is missing or damaged: the span can be put nowhere.
    if (!(draft.durationMillis >= 0)) return false;
    if (draft.countedElsewhere || draft.operation === null || !OPERATIONS.has(draft.operation)) return sound;
    calls.push(finish(draft, span));
    return sound;
  });
}

/** Model the call is listed under: the one asked for, else the one that answered. */
export function modelOf(call: Call): string | null {
  return call.requestModel ?? call.responseModel;
}

export type UnpricedReason = 'unknown_price' | 'unknown_usage';

/** Why the cost of a call is unknown, as the metric of the unpriced calls has it; null when it is known, or when the call failed before there was anything to bill. */
export function unpricedReason(call: Call): UnpricedReason | null {
  if (call.costUsd !== null) return null;
  if (call.tokens.input !== null || call.tokens.output !== null) return 'unknown_price';
  return call.errorType === null ? 'unknown_usage' : null;
}

function emptyDraft(span: SpanJson): Draft {
  const start = millisOfNanos(span.startTimeUnixNano);
  const end = millisOfNanos(span.endTimeUnixNano);
  return {
    timeMillis: start.millis,
    // Clocks are set back now and then: such a call took no time we know of, but was made.
    durationMillis: Math.max(0, Math.round((end.millis - start.millis + (end.rest - start.rest)) * 1e6) / 1e6),
    timeToFirstChunkMillis: null,
    operation: null,
    provider: null,
    requestModel: null,
    responseModel: null,
    stream: null,
    outcome: null,
    errorType: null,
    tokens: { input: null, output: null, cacheRead: null, cacheCreation: null, reasoning: null },
    cost: { total: null, input: null, cacheRead: null, cacheWrite: null, output: null },
    finishReasons: [],
    workflow: null,
    stage: null,
    tier: null,
    agent: null,
    userHash: null,
    conversationId: null,
    responseId: null,
    traceId: span.traceId,
    spanId: span.spanId,
    countedElsewhere: false,
  };
}

function finish(draft: Draft, span: SpanJson): Call {
  const { cost } = draft;
  const outcome = outcomeOf(draft, span);
  // Written out: a spread costs more than reading all attributes does.
  return {
    timeMillis: draft.timeMillis,
    durationMillis: draft.durationMillis,
    timeToFirstChunkMillis: draft.timeToFirstChunkMillis,
    operation: draft.operation as InferenceOperation,
    provider: draft.provider,
    requestModel: draft.requestModel,
    responseModel: draft.responseModel,
    stream: draft.stream,
    outcome,
    errorType: draft.errorType ?? (outcome === 'error' ? '_OTHER' : null),
    tokens: draft.tokens,
    costUsd:
      cost.total === null
        ? null
        : {
            total: cost.total,
            input: cost.input ?? 0,
            cacheRead: cost.cacheRead ?? 0,
            cacheWrite: cost.cacheWrite ?? 0,
            output: cost.output ?? 0,
          },
    finishReasons: draft.finishReasons,
    workflow: draft.workflow,
    stage: draft.stage,
    tier: draft.tier,
    agent: draft.agent,
    userHash: draft.userHash,
    conversationId: draft.conversationId,
    responseId: draft.responseId,
    traceId: draft.traceId,
    spanId: draft.spanId,
  };
}

/** Spans that others made say only whether there was an error. */
function outcomeOf(draft: Draft, span: SpanJson): Outcome {
  if (draft.outcome !== null && OUTCOMES.has(draft.outcome)) return draft.outcome as Outcome;
  const failed = draft.errorType !== null || (isObject(span.status) && span.status.code === STATUS_ERROR);
  return failed ? 'error' : 'completed';
}

function text(value: AnyValue): string | null {
  return textOf(value) || null;
}

/** A number of something: finite and not negative. Anything else is unknown. */
function amount(value: AnyValue): number | null {
  const number = numberOf(value);
  return number >= 0 && number < Infinity ? number : null;
}

function millis(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}
