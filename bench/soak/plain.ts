// The same app with the plain SDK: a batch processor with the OTLP exporter, and no metrics.
import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Step } from '../soak.ts';
import { makeSpan } from '../support/make-span.ts';

const [spans = 0, step = 1] = process.argv.slice(2).map(Number);
const SPANS_A_TURN = 50;

trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })] }),
);
for (let number = 0; number < spans; ) {
  for (let i = 0; i < SPANS_A_TURN; i++) makeSpan(number++).end();
  await nextTurn();
  if (number % step > 0) continue;
  const told: Step = { ended: number, rssBytes: process.memoryUsage.rss(), evicted: 0 };
  writeSync(1, `${JSON.stringify(told)}\n`);
}
process.exit(0);
