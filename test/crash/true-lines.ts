// Sound lines as our encoder makes them, each with the call it must be read as, known from how it was made and not from reading it.
import { encodeSpan } from '../../src/exporters/otlp-json/span.ts';
import * as names from '../../src/semconv.ts';
import { RandomRecords } from '../exporters/otlp-json/random-records.ts';

/** What is compared of a call. */
export interface ExpectedCall {
  readonly traceId: string;
  readonly spanId: string;
  readonly timeMillis: number;
  readonly durationMillis: number;
  readonly requestModel: string;
  readonly outcome: string;
  readonly input: number;
  readonly output: number | null;
  readonly costUsd: number | null;
  readonly workflow: string | null;
}

export interface TrueLine {
  readonly text: string;
  /** Null: a span that is no model call. */
  readonly call: ExpectedCall | null;
}

const WORKFLOWS = [null, 'triage', 'Überprüfung', '要約', '🙂🙂', 'a\u2028b'];

/** `count` lines that are all different. */
export function makeTrueLines(seed: number, count: number): TrueLine[] {
  const random = new RandomRecords(seed);
  return Array.from({ length: count }, () => makeTrueLine(random));
}

function makeTrueLine(random: RandomRecords): TrueLine {
  const span = random.span();
  const isCall = random.maybe(0.9);
  const requestModel = random.pick(['gpt-5', 'claude-sonnet', 'modèle', '模型']);
  const outcome = random.pick(names.OUTCOMES);
  const input = random.below(100_000);
  const output = random.maybe() ? random.below(5000) : null;
  const costUsd = random.maybe() ? random.below(1e6) / 7e6 : null;
  const workflow = random.pick(WORKFLOWS);
  Object.assign(span.attributes, {
    [names.GEN_AI_OPERATION_NAME]: isCall ? 'chat' : 'execute_tool',
    [names.GEN_AI_REQUEST_MODEL]: requestModel,
    [names.AGENT_VITALS_OUTCOME]: outcome,
    [names.GEN_AI_USAGE_INPUT_TOKENS]: input,
    ...(output !== null && { [names.GEN_AI_USAGE_OUTPUT_TOKENS]: output }),
    ...(costUsd !== null && { [names.AGENT_VITALS_COST_USD]: costUsd }),
    ...(workflow !== null && { [names.GEN_AI_WORKFLOW_NAME]: workflow }),
    // Now and then longer than a piece that is read at once.
    ...(random.maybe(0.01) && { content: random.pick(['x', 'é', '漢', '🙂']).repeat(30_000 + random.below(50_000)) }),
  });
  const { traceId, spanId } = span.spanContext();
  const [start, end] = [span.startTime, span.endTime].map(([s, ns]) => BigInt(s) * 1_000_000_000n + BigInt(ns)) as [
    bigint,
    bigint,
  ];
  const call = {
    traceId,
    spanId,
    timeMillis: Number(start / 1_000_000n),
    durationMillis: end < start ? 0 : Number(end - start) / 1e6,
    requestModel,
    outcome,
    input,
    output,
    costUsd,
    workflow,
  };
  return { text: encodeSpan(span), call: isCall ? call : null };
}
