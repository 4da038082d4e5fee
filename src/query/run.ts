// One run of a prompt, a workflow or an agent, as the questions see it: made from its span. What the span does not say is null, never a guess.
import * as names from '../semconv.ts';
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

export const RUN_KINDS = ['prompt', 'workflow', 'agent'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

export interface Run {
  kind: RunKind;
  /** Milliseconds since the epoch at which it began. */
  timeMillis: number;
  durationMillis: number;
  /** Of the prompt, the workflow or the agent. */
  name: string | null;
  /** Of a prompt. */
  version: string | null;
  variant: string | null;
  outcome: names.Outcome;
  /** Of a prompt run: a more exact outcome. */
  promptOutcome: string | null;
  errorType: string | null;
  /** What it belongs to, or is. */
  workflow: string | null;
  agent: string | null;
  prompt: string | null;
  userHash: string | null;
  /** Totals of what happened below; null where whoever made the span did not tell, and tokens where a call went on that outlasted the run. */
  calls: number | null;
  cacheHits: number | null;
  toolCalls: number | null;
  /** Calls that failed. */
  errors: number | null;
  inputTokens: number | null;
  outputTokens: number | null;
  /** US dollars of the priced calls. */
  costUsd: number | null;
  unpricedCalls: number | null;
  retries: number | null;
  /** Models it went from and to, in their order. */
  fallbacks: { from: string; to: string }[];
  /** Models and providers of its calls. */
  models: string[];
  providers: string[];
  stages: string[];
  skippedStages: string[];
  traceId: string;
  spanId: string;
}

const KINDS: ReadonlyMap<unknown, RunKind> = new Map<string, RunKind>([
  [names.OPERATION_RUN_PROMPT, 'prompt'],
  [names.OPERATION_INVOKE_WORKFLOW, 'workflow'],
  [names.OPERATION_INVOKE_AGENT, 'agent'],
]);
const NAMES = {
  prompt: names.GEN_AI_PROMPT_NAME,
  workflow: names.GEN_AI_WORKFLOW_NAME,
  agent: names.GEN_AI_AGENT_NAME,
} as const satisfies Record<RunKind, string>;

const NUMBERS: ReadonlySet<string> = new Set([
  names.AGENT_VITALS_RUN_CALLS,
  names.AGENT_VITALS_RUN_CACHE_HITS,
  names.AGENT_VITALS_RUN_TOOL_CALLS,
  names.AGENT_VITALS_RUN_ERRORS,
  names.AGENT_VITALS_RUN_INPUT_TOKENS,
  names.AGENT_VITALS_RUN_OUTPUT_TOKENS,
  names.AGENT_VITALS_RUN_COST_USD,
  names.AGENT_VITALS_RUN_UNPRICED_CALLS,
  names.AGENT_VITALS_RUN_UNFINISHED_CALLS,
  names.AGENT_VITALS_RUN_RETRIES,
]);

/**
 * Puts the runs of a line of traces into `runs`. Spans that are none are left out.
 * @returns whether the line is whole. The sound runs of a damaged line are taken all the same.
 */
export function readRuns(line: string, runs: Run[]): boolean {
  return forEachSpan(line, (span) => readRun(span, runs));
}

/** As {@link readRuns}, of one span. */
export function readRun(span: SpanJson, runs: Run[]): boolean {
  let kind: RunKind | undefined;
  let hasDamagedNumber = false;
  const isSound = forEachAttribute(span.attributes, (key, value) => {
    if (key === names.GEN_AI_OPERATION_NAME) kind = KINDS.get(value.stringValue);
    else if (NUMBERS.has(key) && value.intValue !== undefined) hasDamagedNumber ||= Number.isNaN(numberOf(value));
    return true;
  });
  if (kind === undefined) return isSound;
  const run = runOf(kind, span);
  // NaN when a time is missing or damaged: the span can be put nowhere.
  if (!(run.durationMillis >= 0)) return false;
  runs.push(run);
  return isSound && !hasDamagedNumber;
}

function runOf(kind: RunKind, span: SpanJson): Run {
  const attributes = new Map<string, AnyValue>();
  forEachAttribute(span.attributes, (key, value) => {
    attributes.set(key, value);
    return true;
  });
  const text = (name: string): string | null => textOf(attributes.get(name) ?? {}) || null;
  const list = (name: string): string[] => textsOf(attributes.get(name) ?? {});
  const amount = (name: string): number | null => amountOf(attributes.get(name) ?? {});
  const start = millisOfNanos(span.startTimeUnixNano);
  const end = millisOfNanos(span.endTimeUnixNano);
  const errorType = text(names.ERROR_TYPE);
  const outcome = outcomeOf(span, text(names.AGENT_VITALS_OUTCOME), errorType);
  const to = list(names.AGENT_VITALS_RUN_FALLBACK_TO);
  // What it used is known of a run alone that has seen its calls end.
  const isWhole = !amount(names.AGENT_VITALS_RUN_UNFINISHED_CALLS);
  return {
    kind,
    timeMillis: start.millis,
    durationMillis: durationMillis(start, end),
    name: text(NAMES[kind]),
    version: kind === 'prompt' ? text(names.AGENT_VITALS_PROMPT_VERSION) : null,
    variant: kind === 'prompt' ? text(names.AGENT_VITALS_PROMPT_VARIANT) : null,
    outcome,
    promptOutcome: text(names.AGENT_VITALS_PROMPT_OUTCOME),
    errorType: errorTypeOf(outcome, errorType),
    workflow: text(names.GEN_AI_WORKFLOW_NAME),
    agent: text(names.GEN_AI_AGENT_NAME),
    prompt: text(names.GEN_AI_PROMPT_NAME),
    userHash: text(names.AGENT_VITALS_USER_HASH),
    calls: amount(names.AGENT_VITALS_RUN_CALLS),
    cacheHits: amount(names.AGENT_VITALS_RUN_CACHE_HITS),
    toolCalls: amount(names.AGENT_VITALS_RUN_TOOL_CALLS),
    errors: amount(names.AGENT_VITALS_RUN_ERRORS),
    inputTokens: isWhole ? amount(names.AGENT_VITALS_RUN_INPUT_TOKENS) : null,
    outputTokens: isWhole ? amount(names.AGENT_VITALS_RUN_OUTPUT_TOKENS) : null,
    costUsd: amount(names.AGENT_VITALS_RUN_COST_USD),
    unpricedCalls: amount(names.AGENT_VITALS_RUN_UNPRICED_CALLS),
    retries: amount(names.AGENT_VITALS_RUN_RETRIES),
    fallbacks: list(names.AGENT_VITALS_RUN_FALLBACK_FROM).flatMap((from, index) => {
      const target = to[index];
      return target === undefined ? [] : [{ from, to: target }];
    }),
    models: list(names.AGENT_VITALS_RUN_MODELS),
    providers: list(names.AGENT_VITALS_RUN_PROVIDERS),
    stages: list(names.AGENT_VITALS_WORKFLOW_STAGES),
    skippedStages: list(names.AGENT_VITALS_WORKFLOW_SKIPPED_STAGES),
    traceId: span.traceId,
    spanId: span.spanId,
  };
}
