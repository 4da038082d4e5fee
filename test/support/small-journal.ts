// A journal of two days that is small enough to be reckoned by hand, with something of everything: tiers, caches, failures, fallbacks, prompts in
// two variants, workflows, agents and users. What the command line answers about it is kept in test/cli/golden.
import * as names from '../../src/semconv.ts';
import { type CallSpec, spanOf, traceLine, writeJournal } from './journal-builder.ts';

/** US dollars per million tokens, as the price book has them. */
const PRICES = {
  'gpt-4o': { input: 2.5, cacheRead: 1.25, output: 10 },
  'gpt-4o-mini': { input: 0.15, cacheRead: 0.075, output: 0.6 },
  'claude-3-5-haiku-20241022': { input: 0.8, cacheRead: 0.08, output: 4 },
} as const;

type Attributes = NonNullable<CallSpec['attributes']>;

const ANN = 'a1a1a1a1a1a1a1a1';
const BOB = 'b2b2b2b2b2b2b2b2';

function at(day: number, time: string): number {
  return Date.parse(`2026-11-0${day}T${time}Z`);
}

/** A call of a model with a known price. */
function call(
  model: keyof typeof PRICES,
  [day, time, millis]: readonly [day: number, time: string, millis: number],
  [input, cacheRead, output]: readonly [input: number, cacheRead: number, output: number],
  attributes: Attributes,
): object {
  const price = PRICES[model];
  const usd = (rate: number, tokens: number): number => (rate * tokens) / 1e6;
  const cost = [
    usd(price.input, input - cacheRead),
    usd(price.cacheRead, cacheRead),
    usd(price.output, output),
  ] as const;
  return spanOf({
    at: at(day, time),
    millis,
    model,
    provider: model.startsWith('claude') ? 'anthropic' : 'openai',
    input,
    output,
    cost: cost[0] + cost[1] + cost[2],
    attributes: {
      [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: cacheRead,
      [names.AGENT_VITALS_COST_USD_INPUT]: cost[0],
      [names.AGENT_VITALS_COST_USD_CACHE_READ]: cost[1],
      [names.AGENT_VITALS_COST_USD_CACHE_WRITE]: 0,
      [names.AGENT_VITALS_COST_USD_OUTPUT]: cost[2],
      [names.AGENT_VITALS_USER_HASH]: ANN,
      ...attributes,
    },
  });
}

interface RunSpec {
  readonly operation: string;
  readonly name: string;
  readonly when: readonly [day: number, time: string, millis: number];
  readonly calls?: number;
  readonly input?: number;
  readonly output?: number;
  readonly cost?: number;
  readonly errors?: number;
  readonly retries?: number;
  readonly errorType?: string;
  readonly attributes?: Attributes;
}

function run({ operation, name, when: [day, time, millis], errorType, attributes, ...totals }: RunSpec): object {
  return {
    ...spanOf({
      at: at(day, time),
      millis,
      outcome: errorType ? 'error' : 'completed',
      ...(errorType && { errorType }),
      attributes: {
        [names.GEN_AI_OPERATION_NAME]: operation,
        [names.GEN_AI_PROVIDER_NAME]: undefined,
        [names.GEN_AI_REQUEST_MODEL]: undefined,
        [names.AGENT_VITALS_RUN_CALLS]: totals.calls ?? 1,
        [names.AGENT_VITALS_RUN_CACHE_HITS]: 0,
        [names.AGENT_VITALS_RUN_TOOL_CALLS]: 0,
        [names.AGENT_VITALS_RUN_ERRORS]: totals.errors ?? 0,
        [names.AGENT_VITALS_RUN_INPUT_TOKENS]: totals.input ?? 0,
        [names.AGENT_VITALS_RUN_OUTPUT_TOKENS]: totals.output ?? 0,
        [names.AGENT_VITALS_RUN_COST_USD]: totals.cost,
        [names.AGENT_VITALS_RUN_UNPRICED_CALLS]: 0,
        [names.AGENT_VITALS_RUN_RETRIES]: totals.retries ?? 0,
        ...attributes,
      },
    }),
    name: `${operation} ${name}`,
    kind: 1,
  };
}

const support = { [names.GEN_AI_WORKFLOW_NAME]: 'support' };
const triage = { ...support, [names.AGENT_VITALS_WORKFLOW_STAGE]: 'triage', [names.AGENT_VITALS_TIER]: 'cheap' };
const answer = { ...support, [names.AGENT_VITALS_WORKFLOW_STAGE]: 'answer', [names.AGENT_VITALS_TIER]: 'premium' };
const bob = { [names.AGENT_VITALS_USER_HASH]: BOB };

function prompt(variant: string): Attributes {
  return {
    [names.GEN_AI_PROMPT_NAME]: 'classify',
    [names.AGENT_VITALS_PROMPT_VERSION]: '2',
    [names.AGENT_VITALS_PROMPT_VARIANT]: variant,
  };
}

/** A run of the prompt `classify` with one call of 1,000 and 100 tokens: $0.00021. */
function classify(variant: string, when: RunSpec['when'], outcome: names.PromptOutcome, retries = 0): object[] {
  const [day, time, millis] = when;
  const calls = Array.from({ length: 1 + retries }, () =>
    call('gpt-4o-mini', [day, time, millis / (1 + retries)], [1000, 0, 100], { ...triage, ...prompt(variant) }),
  );
  return [
    ...calls,
    run({
      operation: names.OPERATION_RUN_PROMPT,
      name: 'classify',
      when,
      calls: calls.length,
      input: 1000 * calls.length,
      output: 100 * calls.length,
      cost: 0.00021 * calls.length,
      retries,
      ...(outcome !== 'success' && { errorType: outcome }),
      attributes: { ...triage, ...prompt(variant), [names.AGENT_VITALS_PROMPT_OUTCOME]: outcome },
    }),
  ];
}

export function smallJournalSpans(): object[] {
  return [
    // Monday: 5 calls of two tiers in two runs of a workflow, the second of which falls back.
    call('gpt-4o-mini', [2, '09:00:00', 800], [10_000, 4000, 1000], triage), // $0.0018
    call('gpt-4o', [2, '09:00:01', 4000], [20_000, 8000, 2000], answer), // $0.06
    run({
      operation: 'invoke_workflow',
      name: 'support',
      when: [2, '09:00:00', 5000],
      calls: 2,
      input: 30_000,
      output: 3000,
      cost: 0.0618,
      attributes: { ...support, [names.AGENT_VITALS_WORKFLOW_STAGES]: ['triage', 'answer'] },
    }),
    call('gpt-4o-mini', [2, '10:00:00', 1000], [10_000, 0, 1000], { ...triage, ...bob }), // $0.0021
    spanOf({
      at: at(2, '10:00:01'),
      millis: 200,
      model: 'gpt-4o',
      outcome: 'error',
      errorType: '429',
      attributes: { ...answer, ...bob },
    }),
    call('claude-3-5-haiku-20241022', [2, '10:00:02', 3000], [20_000, 0, 2000], { ...answer, ...bob }), // $0.024
    run({
      operation: 'invoke_workflow',
      name: 'support',
      when: [2, '10:00:00', 5000],
      calls: 3,
      input: 30_000,
      output: 3000,
      cost: 0.0261,
      errors: 1,
      retries: 1,
      attributes: {
        ...support,
        ...bob,
        [names.AGENT_VITALS_WORKFLOW_STAGES]: ['triage', 'answer'],
        [names.AGENT_VITALS_RUN_FALLBACK_FROM]: ['gpt-4o'],
        [names.AGENT_VITALS_RUN_FALLBACK_TO]: ['claude-3-5-haiku-20241022'],
      },
    }),
    // Tuesday: a run that skips a stage and fails, an answer from the app's own cache, a model without a price, an agent, and a prompt in two variants.
    spanOf({
      at: at(3, '09:00:00'),
      millis: 2000,
      model: 'gpt-4o',
      outcome: 'error',
      errorType: '500',
      attributes: { ...answer, ...bob },
    }),
    run({
      operation: 'invoke_workflow',
      name: 'support',
      when: [3, '09:00:00', 2000],
      calls: 1,
      errors: 1,
      cost: 0,
      errorType: '500',
      attributes: {
        ...support,
        ...bob,
        [names.AGENT_VITALS_WORKFLOW_STAGES]: ['answer'],
        [names.AGENT_VITALS_WORKFLOW_SKIPPED_STAGES]: ['triage'],
      },
    }),
    spanOf({
      at: at(3, '10:00:00'),
      millis: 5,
      model: 'gpt-4o',
      cost: 0,
      attributes: {
        ...answer,
        [names.AGENT_VITALS_USER_HASH]: ANN,
        [names.AGENT_VITALS_CACHE_HIT]: true,
        [names.AGENT_VITALS_CACHE_TYPE]: 'semantic',
        [names.AGENT_VITALS_CACHE_SAVED_INPUT_TOKENS]: 20_000,
        [names.AGENT_VITALS_CACHE_SAVED_OUTPUT_TOKENS]: 2000,
        [names.AGENT_VITALS_CACHE_SAVED_USD]: 0.07,
      },
    }),
    spanOf({
      at: at(3, '11:00:00'),
      millis: 500,
      model: 'llama3',
      provider: 'ollama',
      input: 500,
      output: 100,
      attributes: { [names.GEN_AI_AGENT_NAME]: 'scout' },
    }),
    call('gpt-4o', [3, '11:00:01', 6000], [40_000, 30_000, 3000], { [names.GEN_AI_AGENT_NAME]: 'scout' }), // $0.0925
    run({
      operation: 'invoke_agent',
      name: 'scout',
      when: [3, '11:00:00', 7000],
      calls: 2,
      input: 40_500,
      output: 3100,
      cost: 0.0925,
      attributes: { [names.GEN_AI_AGENT_NAME]: 'scout', [names.AGENT_VITALS_RUN_UNPRICED_CALLS]: 1 },
    }),
    run({
      operation: 'invoke_agent',
      name: 'scout',
      when: [3, '12:00:00', 1000],
      calls: 0,
      cost: 0,
      errorType: 'TypeError',
      attributes: { [names.GEN_AI_AGENT_NAME]: 'scout' },
    }),
    // 12 runs each: xml succeeds in 11, plain in 6 with three retries. $0.00021 a call.
    ...Array.from({ length: 12 }, (_, i) =>
      classify('xml', [3, `13:00:${10 + i}`, 800 + 20 * i], i === 0 ? 'parse_failed' : 'success'),
    ),
    ...Array.from({ length: 12 }, (_, i) =>
      classify(
        'plain',
        [3, `14:00:${10 + i}`, 900 + 20 * i],
        i < 4 ? 'parse_failed' : i < 6 ? 'validation_failed' : 'success',
        i > 8 ? 1 : 0,
      ),
    ),
  ].flat();
}

/** Writes it under the data directory. */
export function writeSmallJournal(dir: string): void {
  const lines = smallJournalSpans().map((span, index) => {
    // Its own ids, whatever other journals were made before it.
    const id = (index + 1).toString(16);
    return traceLine({ ...span, traceId: id.padStart(32, '0'), spanId: id.padStart(16, '0') });
  });
  writeJournal(dir, lines, 'traces-small.jsonl');
}
