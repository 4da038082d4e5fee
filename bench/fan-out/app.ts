// One run of the fan-out bench: an app that makes spans in loops, fifty a turn, with one pipeline or none. Says on its last line what that took.
import { appendFile } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type Span, trace } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type * as agentVitals from '../../src/index.ts';
import type { Run, Variant } from '../fan-out.ts';
import { makeSpan } from '../support/make-span.ts';

const [variant, count, dir] = process.argv.slice(2) as [Variant, string, string];
const spans = Number(count);
const SPANS_A_TURN = 50;
const WARM_UP = 50_000;
/** Spans whose end is timed, after the others. */
const TIMED = 200_000;

interface Pipeline {
  /** Resolves when there is room for more: at once in a pipeline that loses nothing. */
  room(): Promise<unknown> | undefined;
  /** Resolves when all spans have arrived. */
  arrived(): Promise<void>;
}

/** OTLP/JSON, a line a batch, as the OTLP file exporter specification has it. */
class FileExporter implements SpanExporter {
  export(batch: ReadableSpan[], done: (result: ExportResult) => void): void {
    const line = JsonTraceSerializer.serializeRequest(batch) ?? new Uint8Array();
    appendFile(join(dir, 'traces.jsonl'), Buffer.concat([line, Buffer.from('\n')]), (error) =>
      done({ code: error ? ExportResultCode.FAILED : ExportResultCode.SUCCESS }),
    );
  }
  async shutdown(): Promise<void> {}
}

/** Tells how many spans have come through, or were given up. */
class Counted implements SpanExporter {
  static ended = 0;
  exported = 0;
  readonly #exporter: SpanExporter;
  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }
  get waiting(): number {
    return Counted.ended - this.exported;
  }
  export(batch: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(batch, (result) => {
      this.exported += batch.length;
      done(result);
    });
  }
  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

/** With a queue ten times the default, and an app that waits for it: by itself it would drop what it cannot send. */
function plainSdk(): Pipeline {
  const queue = 20_480;
  const exporters = [new OTLPTraceExporter(), new FileExporter()].map((exporter) => new Counted(exporter));
  const provider = new TracerProvider({
    spanProcessors: exporters.map((exporter) => new BatchSpanProcessor({ exporter, maxQueueSize: queue })),
  });
  trace.setGlobalTracerProvider(provider);
  const below = async (most: number): Promise<void> => {
    while (exporters.some(({ waiting }) => waiting > most)) await sleep(1);
  };
  return {
    room: () => (exporters.some(({ waiting }) => waiting > queue - 2 * SPANS_A_TURN) ? below(queue / 2) : undefined),
    arrived: async () => {
      await provider.forceFlush();
      await below(0);
    },
  };
}

function ours(): Pipeline {
  const { start, status } = createRequire(import.meta.url)('agent-vitals') as typeof agentVitals;
  start();
  return {
    room: () => undefined,
    arrived: async () => {
      for (;;) {
        await sleep(10);
        const lag = status()?.backends.otlp?.lag;
        if (lag === undefined) throw new Error('no collector is named');
        if (lag.bytes === 0) return;
      }
    },
  };
}

function begin(): Pipeline {
  if (variant === 'agent-vitals') return ours();
  if (variant === 'plain SDK') return plainSdk();
  trace.setGlobalTracerProvider(new TracerProvider());
  return { room: () => undefined, arrived: () => Promise.resolve() };
}

const pipeline = begin();
let number = 0;

async function make(times: number, end: (span: Span) => void): Promise<void> {
  for (const last = number + times; number < last; ) {
    for (let i = 0; i < SPANS_A_TURN; i++) end(makeSpan(number++));
    Counted.ended += SPANS_A_TURN;
    await (pipeline.room() ?? nextTurn());
  }
}

await make(WARM_UP, (span) => span.end());
await pipeline.arrived();

const cpu = process.cpuUsage();
const began = performance.now();
await make(spans, (span) => span.end());
const madeSeconds = (performance.now() - began) / 1000;
// What was put off belongs to the spans too.
await pipeline.arrived();
const arrivedSeconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);

const nanos = new Float64Array(TIMED);
let timed = 0;
await make(TIMED, (span) => {
  const before = process.hrtime.bigint();
  span.end();
  nanos[timed++] = Number(process.hrtime.bigint() - before);
});
await pipeline.arrived();
nanos.sort();
const endMicros = [0.5, 0.99, 0.999].map((share) => (nanos[Math.floor(share * TIMED)] ?? 0) / 1000);

const run: Run = { spans: number, cpuSeconds: (user + system) / 1e6, madeSeconds, arrivedSeconds, endMicros };
process.stdout.write(`${JSON.stringify(run)}\n`);
process.exit(0);
