// An app that makes spans, logs and metrics of its own through the OpenTelemetry API, as odd as they come.
import {
  context,
  logs,
  metrics,
  SeverityNumber,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import OpenAI from 'openai';

const oddAttributes = {
  'empty.text': '',
  unicode: 'Grüße 🎉 \u2028 \u2029 \u0000 "quoted" \\ back\nnew line',
  'lone surrogate': 'a\ud800b',
  zero: 0,
  'minus zero': -0,
  'not a number': Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  'minus infinity': Number.NEGATIVE_INFINITY,
  'largest safe': Number.MAX_SAFE_INTEGER,
  'beyond safe': 2 ** 60,
  'beyond 64 bits': 1e300,
  fraction: 0.1 + 0.2,
  smallest: 5e-324,
  yes: true,
  no: false,
  'no texts': [],
  texts: ['', 'a', 'é'],
  'holes in it': ['a', null, undefined, 'b'],
  numbers: [1, 2.5, Number.NaN, -0],
  nested: [[1, [2, []]], { a: { b: [] } }],
  object: { deep: { er: [1, 'two', false, null] } },
  bytes: new Uint8Array([0, 1, 255]),
  'ключ 键': 'keys too',
  '': 'no key',
};

const tracer = trace.getTracer('odd', '1.0.0', { schemaUrl: 'https://example.com/schema/1' });
const elsewhere = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
};

tracer.startSpan('bare').end();
tracer.startSpan('').end();
for (const kind of [SpanKind.CLIENT, SpanKind.SERVER, SpanKind.PRODUCER, SpanKind.CONSUMER, SpanKind.INTERNAL]) {
  tracer.startSpan(`kind ${kind}`, { kind, attributes: oddAttributes }).end();
}
const span = tracer.startSpan('everything 🎉', {
  links: [{ context: elsewhere, attributes: oddAttributes }, { context: elsewhere }],
  startTime: 0,
});
span.addEvent('event');
span.addEvent('event with attributes', { text: 'é', list: [1, 2], none: [], wrong: Number.NaN });
span.addEvent('', {}, new Date(1_700_000_000_123));
span.setStatus({ code: SpanStatusCode.ERROR, message: 'said "so"' });
const child = tracer.startSpan('child', { attributes: { a: 1 } }, trace.setSpan(context.active(), span));
child.setStatus({ code: SpanStatusCode.OK });
child.end();
span.end();
tracer.startSpan('of a remote parent', {}, trace.setSpanContext(context.active(), elsewhere)).end();

const logger = logs.getLogger('odd logs');
const bodies = ['text', '', 0, 2 ** 60, Number.NaN, true, null, undefined, ['a', 1, { b: [] }], { deep: { er: [] } }];
for (const body of bodies)
  logger.emit({
    eventName: 'odd.event',
    severityNumber: SeverityNumber.INFO,
    severityText: 'INFO',
    body,
    attributes: oddAttributes,
  });
logger.emit({});
logger.emit({ body: 'in a span', context: trace.setSpan(context.active(), span), timestamp: 1 });

const meter = metrics.getMeter('odd metrics', '2.0.0');
meter
  .createCounter('odd.counter', { unit: 'By', description: 'déscription "quoted" \\ \n line' })
  .add(2 ** 60, { ключ: 'é' });
meter.createCounter('odd.fraction').add(0.1);
meter.createUpDownCounter('odd.balance').add(-5, {});
meter.createGauge('odd.gauge', { unit: '1' }).record(-0.5, { empty: '' });
meter.createGauge('odd.infinite').record(Number.POSITIVE_INFINITY);
meter.createGauge('odd.nan').record(Number.NaN);
meter.createHistogram('odd.histogram', { unit: 's', advice: { explicitBucketBoundaries: [] } }).record(0.5);
meter.createHistogram('odd.negative').record(-1);

const client = new OpenAI({ apiKey: 'none', maxRetries: 0 });
await client.chat.completions.create({ model: 'gpt-4.1', temperature: 0, stop: ['é', ''], messages: [] });
await client.chat.completions.create({ model: 'gpt-4.1+404', messages: [] }).catch(() => {});
console.log('ready');
process.stdin.once('end', () => {}).resume();
