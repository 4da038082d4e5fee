// What one call costs to process: normalise, price, redact, measure, with one reader and none exporting. Asserts the answers, then times them.
// Run: npx tsx bench/processing.ts
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT_CONTEXT, SpanKind, TraceFlags } from '@opentelemetry/api';
import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { type ReadableSpan, type Span, TracerProvider } from '@opentelemetry/sdk-trace';
import { createPricing } from '../src/pricing/pricing.ts';
import { VitalsSpanProcessor } from '../src/processing/vitals-span-processor.ts';
import { AGENT_VITALS_COST_USD, SCOPE_NAME } from '../src/semconv.ts';

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const ROUNDS = 9;
const CALLS = 20_000;
const dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
const config = {
  captureContent: 'none',
  contentMaxBytes: 16_384,
  dir,
  maxSeries: 2000,
  prices: {},
  tiers: {},
  userIdKey: 'bench',
} as const;

const ours = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'server.address': 'api.openai.com',
  'server.port': 443,
  'gen_ai.request.temperature': 0.2,
  'gen_ai.request.max_tokens': 512,
  'agent_vitals.outcome': 'completed',
  'gen_ai.response.id': 'chatcmpl-9kQx5nB7Z2b1T6',
  'gen_ai.response.model': 'gpt-4o-2024-08-06',
  'gen_ai.response.finish_reasons': ['stop'],
  'gen_ai.usage.input_tokens': 1200,
  'gen_ai.usage.output_tokens': 150,
  'gen_ai.usage.cache_read.input_tokens': 1024,
  'gen_ai.usage.reasoning.output_tokens': 0,
};
const openInference = {
  'openinference.span.kind': 'LLM',
  'llm.model_name': 'gpt-4o-2024-08-06',
  'llm.provider': 'openai',
  'llm.invocation_parameters': '{"model":"gpt-4o","temperature":0.2}',
  'llm.token_count.prompt': 1200,
  'llm.token_count.completion': 150,
  'llm.token_count.prompt_details.cache_read': 1024,
  'input.value': '{"messages":[{"role":"user","content":"hello"}]}',
  'output.value': '{"choices":[]}',
  'llm.input_messages.0.message.role': 'user',
  'llm.input_messages.0.message.content': 'hello',
};
const http = { 'http.request.method': 'GET', 'url.path': '/', 'http.response.status_code': 200, 'server.port': 80 };

/** Least CPU time of all rounds: the machine may be busy with other things. */
function time(name: string, run: () => void): void {
  for (let i = 0; i < CALLS; i++) run();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = process.cpuUsage();
    for (let i = 0; i < CALLS; i++) run();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / CALLS;
  });
  console.log(`${name.padEnd(52)} ${Math.min(...rounds).toFixed(2)} µs`);
}

/** A span that has ended, as the SDK hands it over. */
function endedSpan(scope: string, attributes: Record<string, unknown>, flags = TraceFlags.SAMPLED): Span {
  let ended: ReadableSpan | undefined;
  const provider = new TracerProvider({
    spanProcessors: [
      {
        onStart: () => {},
        onEnd: (span) => {
          ended = span;
        },
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  });
  provider.getTracer(scope).startSpan('chat gpt-4o', { kind: SpanKind.CLIENT, attributes }).end();
  const span = ended as ReadableSpan & Span;
  span.spanContext().traceFlags = flags;
  return span;
}

function meterProviderWith(readers: number): MeterProvider {
  return new MeterProvider({
    readers: Array.from(
      { length: readers },
      () => new ManualReader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE }),
    ),
  });
}

function processor(readers: number): { processor: VitalsSpanProcessor; emitted: ReadableSpan[] } {
  const emitted: ReadableSpan[] = [];
  const meterProvider = meterProviderWith(readers);
  const emit = (span: ReadableSpan): void => {
    emitted[0] = span;
  };
  return { processor: new VitalsSpanProcessor({ config, emit, meterProvider }), emitted };
}

try {
  const call = {
    provider: 'openai',
    model: 'gpt-4o-2024-08-06',
    requestModel: 'gpt-4o',
    usage: { input: 1200, output: 150, cacheRead: 1024 },
    at: Date.now(),
  };
  const pricing = createPricing();
  // $2.50, $1.25 and $10 a million.
  const expected = (176 * 2.5 + 1024 * 1.25 + 150 * 10) / 1e6;
  assert.ok(Math.abs((pricing.priceOf(call)?.totalUsd ?? 0) - expected) < 1e-12);
  time('price of a call', () => void pricing.priceOf(call));

  // What the SDK alone takes of it: two token counts, a duration and a cost.
  for (const readers of [1, 4]) {
    const histogram = meterProviderWith(readers).getMeter('bare').createHistogram('bare');
    const labels = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'server.address': 'api.openai.com',
      'server.port': 443,
    };
    time(`bare SDK: four records, ${readers} readers`, () => {
      for (let i = 0; i < 4; i++) histogram.record(i, labels);
    });
  }

  for (const [name, scope, attributes] of [
    ['our own span', SCOPE_NAME, ours],
    ['an OpenInference span', 'openinference', openInference],
    ['a span of others', 'http', http],
  ] as const) {
    const span = endedSpan(scope, attributes);
    for (const readers of [0, 1, 4]) {
      const { processor: vitals, emitted } = processor(readers);
      vitals.onEnd(span);
      const cost = emitted[0]?.attributes[AGENT_VITALS_COST_USD];
      if (attributes !== http) assert.ok(typeof cost === 'number' && Math.abs(cost - expected) < 1e-12);
      time(`${name}: onEnd, ${readers} readers`, () => vitals.onEnd(span));
    }
    const { processor: vitals } = processor(1);
    time(`${name}: onStart`, () => vitals.onStart(span, ROOT_CONTEXT));
    const unsampled = endedSpan(scope, attributes, TraceFlags.NONE);
    time(`${name}: onEnd, unsampled, 1 reader`, () => vitals.onEnd(unsampled));
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
