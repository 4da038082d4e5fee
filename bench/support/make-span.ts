// One span of an inference as our own instrumentation makes it, through the OpenTelemetry API alone, with a number that tells it from all others.
import { type Attributes, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api';

/** Stands before the number in OTLP/JSON. */
export const NUMBER_MARK = '"chatcmpl-bench';
export const NUMBER_DIGITS = 9;

/** `000` to `999`. */
const DIGITS = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));

let tracer: Tracer | undefined;
const request: Attributes = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'server.address': 'api.openai.com',
  'server.port': 443,
  'gen_ai.request.temperature': 0.2,
  'gen_ai.request.max_tokens': 512,
};

/** Begun and answered, not ended. Tokens differ from span to span, as they do. */
export function makeSpan(number: number): Span {
  // Not at import: whoever starts by code has not yet.
  tracer ??= trace.getTracer('bench', '1.0.0');
  return tracer.startSpan('chat gpt-4o', { kind: SpanKind.CLIENT, attributes: request }).setAttributes({
    'agent_vitals.outcome': 'completed',
    'gen_ai.response.id': `chatcmpl-bench${digitsOf(number)}`,
    'gen_ai.response.model': 'gpt-4o-2024-08-06',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 1000 + (number % 500),
    'gen_ai.usage.output_tokens': 100 + (number % 70),
    'gen_ai.usage.cache_read.input_tokens': 512 + (number % 100),
    'gen_ai.usage.reasoning.output_tokens': number % 40,
  });
}

/** By threes: V8 holds the texts of the numbers that were made into one last, which for unique ones only fills memory. */
function digitsOf(number: number): string {
  const thousands = Math.floor(number / 1000);
  return `${DIGITS[Math.floor(thousands / 1000)]}${DIGITS[thousands % 1000]}${DIGITS[number % 1000]}`;
}
