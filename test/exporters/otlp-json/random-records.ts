// Spans and log records at random, from a seed: whatever the SDK lets through, and texts that are hard to write as JSON lines.
import {
  type Attributes,
  createTraceState,
  type HrTime,
  SeverityNumber,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { Random } from '../../support/random.ts';

const TEXTS = [
  '',
  'gpt-5',
  'a "quoted" \\ text',
  'two\nlines\r\n\ttab',
  'sep\u2028arator\u2029',
  '\u0000\u001f\u007f',
  'äöü 漢字 🙂',
  '</script>',
  '"spans":[',
  ']}]}]}',
  'x'.repeat(300),
];
// Integers from 2^53 on are left out: the official serialiser writes them rounded, or as 1e+300 in an integer field.
const NUMBERS = [0, 1, -1, 1.5, -0.25, 1e-7, 443, 2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 53, 5e-324];

export class RandomRecords extends Random {
  span(): ReadableSpan {
    const start = this.time();
    return {
      name: this.pick(TEXTS),
      kind: this.pick([SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER]),
      spanContext: this.fixed(this.context()),
      ...(this.maybe() && { parentSpanContext: this.context() }),
      startTime: start,
      endTime: [start[0] + this.below(100), this.below(1e9)],
      status: this.pick([
        { code: SpanStatusCode.UNSET },
        { code: SpanStatusCode.OK },
        { code: SpanStatusCode.ERROR },
        { code: SpanStatusCode.ERROR, message: this.pick(TEXTS) },
      ]),
      attributes: this.attributes(),
      links: this.several(3, () => ({
        context: this.context(),
        attributes: this.attributes(),
        droppedAttributesCount: this.below(3),
      })),
      events: this.several(3, () => ({
        name: this.pick(TEXTS),
        time: this.time(),
        attributes: this.attributes(),
        droppedAttributesCount: this.below(3),
      })),
      duration: [0, 0],
      ended: true,
      resource: this.resource(),
      instrumentationScope: this.scope(),
      droppedAttributesCount: this.below(3),
      droppedEventsCount: this.below(3),
      droppedLinksCount: this.below(3),
    };
  }

  logRecord(): ReadableLogRecord {
    return {
      hrTime: this.time(),
      hrTimeObserved: this.time(),
      ...(this.maybe() && { spanContext: this.context() }),
      ...(this.maybe() && {
        severityText: this.pick(TEXTS),
        severityNumber: this.pick([SeverityNumber.UNSPECIFIED, SeverityNumber.INFO, SeverityNumber.FATAL4]),
      }),
      ...(this.maybe() && { body: this.value(2) }),
      ...(this.maybe() && { eventName: this.pick(TEXTS) }),
      attributes: this.attributes(),
      droppedAttributesCount: this.below(3),
      resource: this.resource(),
      instrumentationScope: this.scope(),
    };
  }

  attributes(): Attributes {
    return Object.fromEntries(this.several(8, () => [`${this.pick(TEXTS)}.${this.below(20)}`, this.value(3)]));
  }

  private value(depth: number): any {
    switch (this.below(depth > 0 ? 7 : 4)) {
      case 0:
      case 1:
        return this.pick(TEXTS);
      case 2:
        return this.maybe() ? this.pick(NUMBERS) : this.next() * 10 ** this.below(15);
      case 3:
        return this.maybe();
      case 4:
        return this.several(4, () => this.value(depth - 1));
      case 5:
        return Object.fromEntries(this.several(4, () => [this.pick(TEXTS), this.value(depth - 1)]));
      default:
        return Uint8Array.from(this.several(10, () => this.below(256)));
    }
  }

  private resource() {
    return resourceFromAttributes(
      { 'service.name': this.pick(TEXTS), ...(this.maybe() && { 'service.instance.id': 'i-1' }) },
      this.maybe() ? { schemaUrl: 'https://opentelemetry.io/schemas/1.45.0' } : {},
    );
  }

  private scope() {
    return {
      name: this.pick(TEXTS),
      ...(this.maybe() && { version: '1.2.3' }),
      ...(this.maybe() && { schemaUrl: 'https://example.com/schema' }),
      ...(this.maybe() && { attributes: { 'scope.key': this.pick(TEXTS) } }),
    };
  }

  private context(): SpanContext {
    return {
      traceId: this.hex(32),
      spanId: this.hex(16),
      traceFlags: this.below(4),
      ...(this.maybe() && { isRemote: this.maybe() }),
      ...(this.maybe() && { traceState: createTraceState('vendor=1,other=a b') }),
    };
  }

  private time(): HrTime {
    return [1_700_000_000 + this.below(1e8), this.pick([0, 1, 999_999_999, this.below(1e9)])];
  }

  private fixed<T>(value: T): () => T {
    return () => value;
  }
}
