// A journal of as many calls as asked for, as our exporter writes them: many models, workflows and users, over thirty days, in files of the usual size.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SpanKind } from '@opentelemetry/api';
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

export interface WrittenJournal {
  readonly calls: number;
  readonly bytes: number;
  readonly files: number;
  /** US dollars, in billionths, which is what each call's cost is a whole number of. */
  readonly nanoUsd: bigint;
}

/** Writes `calls` calls below the data directory `dir`. */
export function writeJournal(dir: string, calls: number): WrittenJournal {
  const random = new Random(1);
  const journal = join(dir, 'journal');
  mkdirSync(journal, { recursive: true });
  const template = makeTemplate();
  let nanoUsd = 0n;
  let bytes = 0;
  let files = 0;
  let lines: string[] = [];
  let held = 0;
  for (let call = 0; call < calls; call++) {
    const [provider, model, answered, inputPrice, cachePrice, outputPrice, tier] = random.pick(MODELS);
    const input = 500 + random.below(4000);
    const cached = random.maybe(0.7) ? random.below(input) : 0;
    const output = 20 + random.below(900);
    // Prices in dollars a million are thousands of billionths a token.
    const nanos = [(input - cached) * inputPrice, cached * cachePrice, output * outputPrice].map((usd) =>
      Math.round(usd * 1000),
    ) as [number, number, number];
    const total = nanos[0] + nanos[1] + nanos[2];
    nanoUsd += BigInt(total);
    const start = END - DAYS * 86_400_000 + Math.floor((call / calls) * DAYS * 86_400_000);
    const micros = 300_000 + Math.floor(random.next() ** 3 * 20_000_000);
    const values: Record<string, string> = {
      TRACE: random.hex(8).padStart(32, 'a'),
      SPAN: call.toString(16).padStart(16, 'b'),
      PROVIDER: provider,
      MODEL: model,
      ANSWERED: answered,
      TIER: tier,
      WORKFLOW: random.pick(WORKFLOWS),
      USER: random.below(500).toString(16).padStart(16, 'c'),
      START: `${start}${String(random.below(1000)).padStart(3, '0')}000`,
      END: `${start + Math.floor(micros / 1000)}${String(random.below(1000)).padStart(3, '0')}123`,
      70001: String(input),
      70002: String(output),
      70003: String(cached),
      '0.50001': String(total / 1e9),
      '0.50002': String(nanos[0] / 1e9),
      '0.50003': String(nanos[1] / 1e9),
      '0.50004': String(nanos[2] / 1e9),
      '0.50005': String(0.1 + Math.floor(random.next() * 1e6) / 1e6),
    };
    const line = `${template.map((part, index) => (index % 2 === 0 ? part : values[part])).join('')}\n`;
    lines.push(line);
    held += line.length;
    if (held >= FILE_BYTES || call === calls - 1) {
      files += 1;
      const name = `traces-20261101T000000000Z-1-${files.toString(16).padStart(8, '0')}-000001.jsonl`;
      const file = openSync(join(journal, name), 'w', 0o600);
      bytes += writeSync(file, lines.join(''));
      closeSync(file);
      lines = [];
      held = 0;
    }
  }
  return { calls, bytes, files, nanoUsd };
}

/** Texts that stand, and between them the names of those that change. */
function makeTemplate(): string[] {
  const span = new TracerProvider().getTracer('agent-vitals', '1.0.0').startSpan('chat MODEL', {
    kind: SpanKind.CLIENT,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'PROVIDER',
      'gen_ai.request.model': 'MODEL',
      'server.address': 'api.example.com',
      'server.port': 443,
      'gen_ai.request.temperature': 0.2,
      'gen_ai.request.max_tokens': 512,
      'gen_ai.request.stream': true,
      'gen_ai.workflow.name': 'WORKFLOW',
      'agent_vitals.tier': 'TIER',
      'agent_vitals.user.hash': 'USER',
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
    },
  });
  span.end();
  return encodeSpan(span as never)
    .replace(/"traceId":"\w+"/, '"traceId":"TRACE"')
    .replace(/"spanId":"\w+"/, '"spanId":"SPAN"')
    .replace(/"startTimeUnixNano":"\d+"/, '"startTimeUnixNano":"START"')
    .replace(/"endTimeUnixNano":"\d+"/, '"endTimeUnixNano":"END"')
    .split(/\b(TRACE|SPAN|START|END|PROVIDER|MODEL|ANSWERED|TIER|WORKFLOW|USER|7000[123]|0\.5000[12345])\b/);
}
