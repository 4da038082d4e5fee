// The app of the outage bench: so many spans a second until its input ends, then a natural end. Tells of each span that has ended, by its number,
// a turn of the event loop later.
import { writeSync } from 'node:fs';
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { makeSpan } from '../support/make-span.ts';

const [variant, rate, first] = process.argv.slice(2);

// Ours is there by the flag.
if (variant === 'plain SDK') {
  const provider = new TracerProvider({
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  trace.setGlobalTracerProvider(provider);
  process.once('beforeExit', () => void provider.shutdown().catch(() => undefined));
}

const spansPerMilli = Number(rate) / 1000;
const begin = performance.now() - Number(first) / spansPerMilli;
let number = Number(first);
const timer = setInterval(() => {
  const from = number;
  const due = Math.floor((performance.now() - begin) * spansPerMilli);
  while (number < due) makeSpan(number++).end();
  const ended = Array.from({ length: number - from }, (_, index) => `${from + index}\n`).join('');
  if (ended !== '') setImmediate(() => writeSync(1, ended));
}, 1 / spansPerMilli);
process.stdin.on('end', () => clearInterval(timer)).resume();
