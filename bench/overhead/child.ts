// One run of the overhead bench: an app with one instrumentation, or none, and chat calls that are answered without a network.
import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import type { Run, Variant } from '../overhead.ts';

const [variant, ...counts] = process.argv.slice(2) as [Variant, ...string[]];
const [calls = 0, warmUp = 0] = counts.map(Number);
const peer = createRequire(new URL('../peers/package.json', import.meta.url));

interface Peer {
  flush(): Promise<void>;
  spans(): number;
}

class CountingExporter extends InMemorySpanExporter {
  spans = 0;
  override export(...[batch, done]: Parameters<InMemorySpanExporter['export']>): void {
    this.spans += batch.length;
    super.export([], done);
  }
}

/** Sets a peer up as its README says, with an exporter that only counts. */
function startPeer(name: string, className: string): Peer {
  const exporter = new CountingExporter();
  const processor = new BatchSpanProcessor({ exporter, maxQueueSize: 100_000 });
  new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [processor],
    metricReaders: [],
    logRecordProcessors: [],
    textMapPropagator: null,
  }).start();
  const { [className]: Instrumentation } = peer(name) as Record<string, new (config: object) => { enable(): void }>;
  if (!Instrumentation) throw new Error(`${name} exports no ${className}`);
  // OpenLLMetry records prompts and answers unless told not to; the official one only when told to.
  new Instrumentation({ traceContent: false }).enable();
  return { flush: () => processor.forceFlush(), spans: () => exporter.spans };
}

function start(): Peer {
  switch (variant) {
    case 'official':
      return startPeer('@opentelemetry/instrumentation-openai', 'OpenAIInstrumentation');
    case 'openllmetry':
      return startPeer('@traceloop/instrumentation-openai', 'OpenAIInstrumentation');
    case 'agent-vitals': {
      const { shutdown } = createRequire(import.meta.url)('agent-vitals') as { shutdown(): Promise<void> };
      return { flush: () => shutdown(), spans: () => 0 };
    }
    default:
      return { flush: () => Promise.resolve(), spans: () => 0 };
  }
}

const instrumentation = start();
const { OpenAI } = peer('openai') as {
  OpenAI: new (options: object) => { chat: { completions: { create(body: object): Promise<{ choices: unknown[] }> } } };
};
/** No two answers have the same id. */
let answers = 0;
const answer = JSON.stringify({
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'gpt-5-mini-2025-08-07',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Paris.', refusal: null }, finish_reason: 'stop' }],
  usage: {
    prompt_tokens: 120,
    completion_tokens: 40,
    total_tokens: 160,
    prompt_tokens_details: { cached_tokens: 96, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 8, audio_tokens: 0 },
  },
  service_tier: 'default',
});
const client = new OpenAI({
  apiKey: 'sk-bench',
  fetch: async () =>
    new Response(`{"id":"chatcmpl-bench${++answers}",${answer.slice(1)}`, {
      headers: { 'content-type': 'application/json' },
    }),
});

async function call(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await client.chat.completions.create({
      model: 'gpt-5-mini',
      temperature: 0,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'What is the capital of France?' }],
    });
    // A call of a real app ends in a turn of its own.
    await nextTurn();
  }
}

await call(warmUp);
const begin = process.cpuUsage();
await call(calls);
// What was put off belongs to the calls too.
await instrumentation.flush();
const { user, system } = process.cpuUsage(begin);
const run: Run = { cpuMicrosPerCall: (user + system) / calls, spans: instrumentation.spans() };
process.stdout.write(`${JSON.stringify(run)}\n`);
process.exit(0);
