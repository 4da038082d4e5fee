// A journal of as many calls as asked for, as our exporter writes them: many models, workflows, prompts, agents and users, over thirty days, in files
// of the usual size. Of twenty calls six are below five runs of prompts, four below a run of a workflow, and six below two of agents.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Attributes, SpanKind } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { encodeSpan } from '../../src/exporters/otlp-json/span.ts';
import { Random } from '../../test/support/random.ts';

const FILE_BYTES = 10_000_000;
const DAYS = 30;
const END = Date.UTC(2026, 10, 24);
const MODELS = [
  ['openai', 'gpt-5', 'gpt-5-2025-08-07', 1.25, 0.125, 10, 'capable'],
  ['openai', 'gpt-5-mini', 'gpt-5-mini-2025-08-07', 0.25, 0.025, 2, 'cheap'],
  ['anthropic', 'claude-sonnet-4-5', 'claude-sonnet-4-5-20250929', 3, 0.3, 15, 'capable'],
  ['anthropic', 'claude-opus-4-1', 'claude-opus-4-1-20250805', 15, 1.5, 75, 'premium'],
] as const;
const WORKFLOWS = ['triage', 'summarise', 'answer', 'extract', 'review'];
const PROMPTS_PER_WORKFLOW = 4;
const AGENTS_PER_WORKFLOW = 2;
const FALLBACK = ['claude-opus-4-1', 'claude-sonnet-4-5'] as const;
/** Of each twenty calls the runs: first call, calls, kind. */
const RUNS = [
  [0, 1, 'prompt'],
  [1, 1, 'prompt'],
  [2, 2, 'prompt'],
  [0, 4, 'workflow'],
  [4, 1, 'prompt'],
  [4, 3, 'agent'],
  [7, 1, 'prompt'],
  [7, 3, 'agent'],
] as const;
const ROUND = 20;

type Kind = (typeof RUNS)[number][2];

export interface WrittenJournal {
  readonly calls: number;
  readonly runs: Readonly<Record<Kind, number>>;
  readonly bytes: number;
  readonly files: number;
  /** US dollars, in billionths, which is what each call's cost is a whole number of. */
  readonly nanoUsd: bigint;
}

/** What the calls of a run add up to. */
interface Totals {
  readonly startMillis: number;
  endMillis: number;
  calls: number;
  input: number;
  output: number;
  nanoUsd: number;
  retries: number;
  models: Set<string>;
  providers: Set<string>;
}

/** Writes `calls` calls below the data directory `dir`. */
export function writeJournal(dir: string, calls: number): WrittenJournal {
  const random = new Random(1);
  const files = new JournalFiles(dir);
  const runs = { prompt: 0, workflow: 0, agent: 0 };
  let nanoUsd = 0n;
  let workflow = WORKFLOWS[0] as string;
  let inRound: { readonly startMillis: number; readonly millis: number; readonly usage: CallUsage }[] = [];
  const prompts = new Map<number, PromptNames>();
  let agents: readonly string[] = [];
  for (let call = 0; call < calls; call++) {
    const place = call % ROUND;
    const startMillis = END - DAYS * 86_400_000 + Math.floor((call / calls) * DAYS * 86_400_000);
    if (place === 0) {
      workflow = random.pick(WORKFLOWS);
      inRound = [];
      prompts.clear();
      agents = [4, 7].map(() => `${workflow}-agent-${random.below(AGENTS_PER_WORKFLOW)}`);
    } else if (place >= 10) {
      workflow = random.pick(WORKFLOWS);
    }
    const ofPrompt = RUNS.find(([first, count, kind]) => kind === 'prompt' && place >= first && place < first + count);
    if (ofPrompt?.[0] === place) prompts.set(place, promptNames(random, workflow, call / calls));
    const prompt = ofPrompt && prompts.get(ofPrompt[0]);
    const agent = place >= 4 && place < 10 ? agents[place < 7 ? 0 : 1] : undefined;
    const usage = callUsage(random);
    nanoUsd += BigInt(usage.nanos[0] + usage.nanos[1] + usage.nanos[2]);
    const micros = 300_000 + Math.floor(random.next() ** 3 * 20_000_000);
    inRound.push({ startMillis, millis: micros / 1000, usage });
    files.add(callLine({ random, call, workflow, prompt, agent, usage, startMillis, micros }));
    for (const [first, count, kind] of RUNS) {
      if (place !== first + count - 1) continue;
      runs[kind] += 1;
      const totals = totalsOf(inRound.slice(first, first + count));
      const name = kind === 'agent' ? agents[first === 4 ? 0 : 1] : undefined;
      files.add(runLine({ random, kind, id: `${call}${kind.length}`, workflow, agent: name, prompt, totals }));
    }
  }
  return { calls, runs, nanoUsd, ...files.end() };
}

/** Lines, in files of the usual size. */
class JournalFiles {
  readonly #directory: string;
  #lines: string[] = [];
  #held = 0;
  #files = 0;
  #bytes = 0;

  constructor(dir: string) {
    this.#directory = join(dir, 'journal');
    mkdirSync(this.#directory, { recursive: true });
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#held += line.length;
    if (this.#held >= FILE_BYTES) this.#write();
  }

  end(): { readonly files: number; readonly bytes: number } {
    if (this.#held > 0) this.#write();
    return { files: this.#files, bytes: this.#bytes };
  }

  #write(): void {
    this.#files += 1;
    const name = `traces-20261101T000000000Z-1-${this.#files.toString(16).padStart(8, '0')}-000001.jsonl`;
    const file = openSync(join(this.#directory, name), 'w', 0o600);
    this.#bytes += writeSync(file, this.#lines.join(''));
    closeSync(file);
    this.#lines = [];
    this.#held = 0;
  }
}

interface PromptNames {
  readonly name: string;
  readonly version: string;
  readonly variant: string;
}

/** @param progress of all time, 0 to 1: half way through there is a new version. */
function promptNames(random: Random, workflow: string, progress: number): PromptNames {
  return {
    name: `${workflow}-prompt-${random.below(PROMPTS_PER_WORKFLOW)}`,
    version: progress < 0.5 ? '1' : '2',
    variant: random.pick(['xml', 'plain']),
  };
}

interface CallUsage {
  readonly model: (typeof MODELS)[number];
  readonly failed: boolean;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  /** Billionths of a dollar: of input, cache and output. */
  readonly nanos: readonly [number, number, number];
}

function callUsage(random: Random): CallUsage {
  const model = random.pick(MODELS);
  const failed = random.maybe(0.01);
  const input = 500 + random.below(4000);
  const cached = random.maybe(0.7) ? random.below(input) : 0;
  const output = 20 + random.below(900);
  const [, , , inputPrice, cachePrice, outputPrice] = model;
  // Prices in dollars a million are thousands of billionths a token.
  const nanos = [(input - cached) * inputPrice, cached * cachePrice, output * outputPrice].map((usd) =>
    failed ? 0 : Math.round(usd * 1000),
  ) as [number, number, number];
  return { model, failed, input, cached, output, nanos };
}

function totalsOf(calls: readonly { startMillis: number; millis: number; usage: CallUsage }[]): Totals {
  const totals: Totals = {
    startMillis: calls[0]?.startMillis ?? 0,
    endMillis: 0,
    calls: calls.length,
    input: 0,
    output: 0,
    nanoUsd: 0,
    retries: calls.length - 1,
    models: new Set(),
    providers: new Set(),
  };
  for (const { startMillis, millis, usage } of calls) {
    totals.endMillis = Math.max(totals.endMillis, Math.ceil(startMillis + millis));
    totals.input += usage.failed ? 0 : usage.input;
    totals.output += usage.failed ? 0 : usage.output;
    totals.nanoUsd += usage.nanos[0] + usage.nanos[1] + usage.nanos[2];
    totals.models.add(usage.model[1]);
    totals.providers.add(usage.model[0]);
  }
  return totals;
}

interface CallParts {
  readonly random: Random;
  readonly call: number;
  readonly workflow: string;
  readonly prompt: PromptNames | undefined;
  readonly agent: string | undefined;
  readonly usage: CallUsage;
  readonly startMillis: number;
  readonly micros: number;
}

function callLine({ random, call, workflow, prompt, agent, usage, startMillis, micros }: CallParts): string {
  const { model, failed, input, cached, output, nanos } = usage;
  const [provider, name, answered, , , , tier] = model;
  return lineOf(
    `call ${prompt !== undefined} ${agent !== undefined} ${failed}`,
    () => callSpan(prompt, agent, failed),
    {
      TRACE: random.hex(8).padStart(32, 'a'),
      SPAN: call.toString(16).padStart(16, 'b'),
      PROVIDER: provider,
      MODEL: name,
      ANSWERED: answered,
      TIER: tier,
      WORKFLOW: workflow,
      AGENT: agent,
      PROMPT: prompt?.name,
      VERSION: prompt?.version,
      VARIANT: prompt?.variant,
      USER: random.below(500).toString(16).padStart(16, 'c'),
      START: `${startMillis}${String(random.below(1000)).padStart(3, '0')}000`,
      END: `${startMillis + Math.floor(micros / 1000)}${String(random.below(1000)).padStart(3, '0')}123`,
      70001: String(input),
      70002: String(output),
      70003: String(cached),
      '0.50001': String((nanos[0] + nanos[1] + nanos[2]) / 1e9),
      '0.50002': String(nanos[0] / 1e9),
      '0.50003': String(nanos[1] / 1e9),
      '0.50004': String(nanos[2] / 1e9),
      '0.50005': String(0.1 + Math.floor(random.next() * 1e6) / 1e6),
    },
  );
}

function callSpan(prompt: PromptNames | undefined, agent: string | undefined, failed: boolean): Attributes {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'PROVIDER',
    'gen_ai.request.model': 'MODEL',
    'server.address': 'api.example.com',
    'server.port': 443,
    'gen_ai.request.temperature': 0.2,
    'gen_ai.request.max_tokens': 512,
    'gen_ai.request.stream': true,
    'gen_ai.workflow.name': 'WORKFLOW',
    ...(agent !== undefined && { 'gen_ai.agent.name': 'AGENT' }),
    ...(prompt !== undefined && promptAttributes),
    'agent_vitals.tier': 'TIER',
    'agent_vitals.user.hash': 'USER',
    ...(failed
      ? { 'agent_vitals.outcome': 'error', 'error.type': '429' }
      : {
          'agent_vitals.outcome': 'completed',
          'gen_ai.response.id': 'chatcmpl-9kQx5nB7Z2b1T6',
          'gen_ai.response.model': 'ANSWERED',
          'gen_ai.response.finish_reasons': ['stop'],
          'gen_ai.response.time_to_first_chunk': 0.50005,
          'gen_ai.usage.input_tokens': 70001,
          'gen_ai.usage.output_tokens': 70002,
          'gen_ai.usage.cache_read.input_tokens': 70003,
          'gen_ai.usage.reasoning.output_tokens': 0,
          'agent_vitals.cost.usd': 0.50001,
          'agent_vitals.cost.usd.input': 0.50002,
          'agent_vitals.cost.usd.cache_read': 0.50003,
          'agent_vitals.cost.usd.cache_write': 0,
          'agent_vitals.cost.usd.output': 0.50004,
        }),
  };
}

const promptAttributes = {
  'gen_ai.prompt.name': 'PROMPT',
  'agent_vitals.prompt.version': 'VERSION',
  'agent_vitals.prompt.variant': 'VARIANT',
};

interface RunParts {
  readonly random: Random;
  readonly kind: Kind;
  readonly id: string;
  readonly workflow: string;
  readonly agent: string | undefined;
  readonly prompt: PromptNames | undefined;
  readonly totals: Totals;
}

function runLine({ random, kind, id, workflow, agent, prompt, totals }: RunParts): string {
  const outcome = random.maybe(0.9) ? 'success' : 'parse_failed';
  const hasFailed = kind === 'prompt' ? outcome !== 'success' : random.maybe(0.02);
  const hasFallback = kind === 'workflow' && random.maybe(0.05);
  // Lists differ in length: what they say is put in afterwards.
  const lists = {
    MODELS: totals.models,
    PROVIDERS: totals.providers,
    STAGES: random.maybe(0.7) ? ['one', 'two'] : ['one'],
  };
  return lineOf(`${kind} ${hasFailed} ${hasFallback}`, () => runSpan(kind, hasFailed, hasFallback), {
    TRACE: random.hex(8).padStart(32, 'a'),
    SPAN: id.padStart(16, 'd'),
    WORKFLOW: workflow,
    AGENT: agent,
    PROMPT: prompt?.name,
    VERSION: prompt?.version,
    VARIANT: prompt?.variant,
    PROMPT_OUTCOME: outcome,
    USER: random.below(500).toString(16).padStart(16, 'c'),
    START: `${totals.startMillis}${String(random.below(1000)).padStart(3, '0')}000`,
    END: `${totals.endMillis}${String(random.below(1000)).padStart(3, '0')}123`,
    70001: String(totals.input),
    70002: String(totals.output),
    70004: String(totals.calls),
    70005: String(kind === 'prompt' ? totals.retries : 0),
    '0.50001': String(totals.nanoUsd / 1e9),
    ...Object.fromEntries(
      Object.entries(lists).map(([name, values]) => [name, [...values].join('"},{"stringValue":"')]),
    ),
  });
}

function runSpan(kind: Kind, hasFailed: boolean, hasFallback: boolean): Attributes {
  return {
    'gen_ai.workflow.name': 'WORKFLOW',
    'agent_vitals.user.hash': 'USER',
    ...(kind === 'agent' && { 'gen_ai.agent.name': 'AGENT', 'gen_ai.agent.id': 'agent-1' }),
    ...(kind === 'prompt' && { ...promptAttributes, 'agent_vitals.prompt.outcome': 'PROMPT_OUTCOME' }),
    'gen_ai.operation.name': { prompt: 'run_prompt', workflow: 'invoke_workflow', agent: 'invoke_agent' }[kind],
    ...(kind !== 'agent' && { 'agent_vitals.run.retries': 70005 }),
    ...(hasFallback && {
      'agent_vitals.run.fallback.from': [FALLBACK[0]],
      'agent_vitals.run.fallback.to': [FALLBACK[1]],
    }),
    ...(kind === 'workflow' && { 'agent_vitals.workflow.stages': ['STAGES'] }),
    'agent_vitals.outcome': hasFailed ? 'error' : 'completed',
    ...(hasFailed && { 'error.type': kind === 'prompt' ? 'PROMPT_OUTCOME' : 'TimeoutError' }),
    'agent_vitals.run.calls': 70004,
    'agent_vitals.run.cache_hits': 0,
    'agent_vitals.run.tool_calls': 0,
    'agent_vitals.run.errors': 0,
    'agent_vitals.run.input_tokens': 70001,
    'agent_vitals.run.output_tokens': 70002,
    'agent_vitals.run.unpriced_calls': 0,
    'agent_vitals.run.cost.usd': 0.50001,
    'agent_vitals.run.models': ['MODELS'],
    'agent_vitals.run.providers': ['PROVIDERS'],
  };
}

const tracer = new TracerProvider().getTracer('agent-vitals', '1.0.0');
/** By the attributes they have: texts that stand, and between them the names of those that change. */
const templates = new Map<string, readonly string[]>();
const CHANGES =
  /\b(TRACE|SPAN|START|END|PROVIDER|MODEL|ANSWERED|TIER|WORKFLOW|AGENT|PROMPT|VERSION|VARIANT|PROMPT_OUTCOME|USER|MODELS|PROVIDERS|STAGES|7000\d|0\.5000\d)\b/;

function lineOf(kind: string, attributesOf: () => Attributes, values: Record<string, string | undefined>): string {
  let template = templates.get(kind);
  if (template === undefined) templates.set(kind, (template = makeTemplate(attributesOf())));
  return `${template.map((part, index) => (index % 2 === 0 ? part : values[part])).join('')}\n`;
}

function makeTemplate(attributes: Attributes): string[] {
  const operation = String(attributes['gen_ai.operation.name']);
  const kind = operation === 'chat' ? SpanKind.CLIENT : SpanKind.INTERNAL;
  const span = tracer.startSpan(`${operation} NAME`, { kind, attributes });
  if (operation === 'invoke_agent')
    span.addEvent('agent_vitals.agent.status', { 'agent_vitals.agent.status': 'running' });
  span.end();
  return encodeSpan(span as never)
    .replace(/"traceId":"\w+"/, '"traceId":"TRACE"')
    .replace(/"spanId":"\w+"/, '"spanId":"SPAN"')
    .replace(/"startTimeUnixNano":"\d+"/, '"startTimeUnixNano":"START"')
    .replace(/"endTimeUnixNano":"\d+"/, '"endTimeUnixNano":"END"')
    .split(CHANGES);
}
