// A span's line against the official serialiser: the same meaning for whatever a span may hold, always one valid line.
import { type Attributes, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import { encodeSpan } from '../../../src/exporters/otlp-json/span.ts';
import { comparable } from '../../support/otlp-records.ts';
import { RandomRecords } from './random-records.ts';

describe('encodeSpan', () => {
  it('means the same as the official serialiser for 1000 random spans', () => {
    const random = new RandomRecords(20261123);
    for (let round = 0; round < 1000; round++) {
      const span = random.span();
      const line = encodeSpan(span);
      expectOneLine(line);
      const official = Buffer.from(JsonTraceSerializer.serializeRequest([span]) as Uint8Array).toString();
      expect(comparable([line])).to.deep.equal(comparable([official]));
    }
  });

  it('writes 64-bit integers as text and NaN and infinities as proto3 JSON has them', () => {
    const line = encodeSpan(
      spanWith({
        small: 7,
        large: 2 ** 62,
        huge: 1e21,
        nan: Number.NaN,
        up: Infinity,
        down: -Infinity,
        half: 0.5,
        minus: -0,
      }),
    );
    expect(Object.fromEntries(attributesOf(line).map(({ key, value }) => [key, value]))).to.deep.equal({
      small: { intValue: '7' },
      large: { intValue: '4611686018427387904' },
      huge: { doubleValue: 1e21 },
      nan: { doubleValue: 'NaN' },
      up: { doubleValue: 'Infinity' },
      down: { doubleValue: '-Infinity' },
      half: { doubleValue: 0.5 },
      minus: { intValue: '0' },
    });
  });

  it('makes lone surrogates valid UTF-8, in keys, values, names and status', () => {
    const span = {
      ...spanWith({ 'k\ud800': ['a\udfffb'] }),
      name: '\ud83d',
      status: { code: SpanStatusCode.ERROR, message: '\ude42!' },
    };
    const line = encodeSpan(span);
    expectOneLine(line);
    const record = recordOf(line);
    expect(record.name).to.equal('\ufffd');
    expect(record.status).to.deep.equal({ code: 2, message: '\ufffd!' });
    expect(attributesOf(line)).to.deep.equal([
      { key: 'k\ufffd', value: { arrayValue: { values: [{ stringValue: 'a\ufffdb' }] } } },
    ]);
  });

  it('skips and counts what OTLP has no value for, and hostile values, and keeps the rest', () => {
    const circular: Record<string, unknown> = { name: 'loop' };
    circular['self'] = circular;
    let nested: unknown = 1;
    for (let depth = 0; depth < 10_000; depth++) nested = [nested];
    const shared = Array.from({ length: 100 }, () => 'x');
    const hostile = {
      before: 1,
      undefined: undefined,
      null: null,
      bigint: 1n,
      function: () => 1,
      symbol: Symbol('s'),
      circular,
      nested,
      bomb: Array.from({ length: 1000 }, () => shared),
      throwing: {
        get value() {
          throw new Error('no');
        },
      },
      proxy: new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('no');
          },
        },
      ),
      get getter() {
        throw new Error('no');
      },
      after: 'kept',
    };
    const line = encodeSpan({ ...spanWith({}), attributes: hostile, droppedAttributesCount: 2 });
    expectOneLine(line);
    expect(attributesOf(line).map(({ key }) => key)).to.deep.equal(['before', 'after']);
    expect(recordOf(line).droppedAttributesCount).to.equal(2 + 11);
  });

  it('keeps the places of array elements that have no value', () => {
    const line = encodeSpan(spanWith({ list: ['a', null, undefined, 'd'] }));
    expect(attributesOf(line)[0]?.value).to.deep.equal({
      arrayValue: { values: [{ stringValue: 'a' }, {}, {}, { stringValue: 'd' }] },
    });
  });

  it('gives the same attribute its new value when it changes, and its old when it comes back', () => {
    const values = ['a', 'b', 'a', 1, true, 'a', 1, false];
    const written = values.map((value) => attributesOf(encodeSpan(spanWith({ 'changing.key': value })))[0]?.value);
    expect(written).to.deep.equal([
      { stringValue: 'a' },
      { stringValue: 'b' },
      { stringValue: 'a' },
      { intValue: '1' },
      { boolValue: true },
      { stringValue: 'a' },
      { intValue: '1' },
      { boolValue: false },
    ]);
  });

  it('carries only service.* of the resource, and does not wait for what is still being found out', async () => {
    let found: (value: string) => void = () => {};
    const resource = resourceFromAttributes({
      'service.name': 'shop',
      'service.instance.id': new Promise<string>((resolve) => (found = resolve)),
      'host.name': 'secret-host',
      'process.command_args': ['--api-key=1'],
    });
    const span = { ...spanWith({}), resource };
    expect(resourceOf(encodeSpan(span))).to.deep.equal({ 'service.name': 'shop' });
    found('i-7');
    await resource.waitForAsyncAttributes?.();
    expect(resourceOf(encodeSpan(span))).to.deep.equal({ 'service.name': 'shop', 'service.instance.id': 'i-7' });
  });

  it('writes every digit of a time, whatever came before it', () => {
    const times: [number, number][] = [
      0, 1, 999, 1000, 999_999, 1_000_000, 1_000_001, 120_034_005, 999_999_999,
    ].flatMap((nanos): [number, number][] => [
      [1_700_000_000, nanos],
      [1_700_000_001, nanos],
      [1_700_000_000, nanos],
    ]);
    const written = times.map((time) => recordOf(encodeSpan({ ...spanWith({}), startTime: time })).startTimeUnixNano);
    const whole = times.map(([seconds, nanos]) => String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos)));
    expect(written).to.deep.equal(whole);
  });

  it('writes a time before 1970 as 0 and survives one that is no number', () => {
    const record = recordOf(encodeSpan({ ...spanWith({}), startTime: [-5, 0], endTime: [Number.NaN, 0] }));
    expect([record.startTimeUnixNano, record.endTimeUnixNano]).to.deep.equal(['0', '0']);
  });
});

interface SpanJson {
  readonly name: string;
  readonly status?: object;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly droppedAttributesCount?: number;
  readonly attributes: { readonly key: string; readonly value: object }[];
}

function spanWith(attributes: object): ReadableSpan {
  return {
    name: 'chat gpt-5',
    kind: SpanKind.CLIENT,
    spanContext: () => ({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: TraceFlags.SAMPLED,
    }),
    startTime: [1, 0],
    endTime: [2, 0],
    status: { code: SpanStatusCode.UNSET },
    attributes: attributes as Attributes,
    links: [],
    events: [],
    duration: [1, 0],
    ended: true,
    resource: resourceFromAttributes({ 'service.name': 'test' }),
    instrumentationScope: { name: 'test' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function expectOneLine(line: string): void {
  expect(line).not.to.match(/[\n\r]/);
  expect(line.isWellFormed()).to.equal(true);
}

function recordOf(line: string): SpanJson {
  return JSON.parse(line).resourceSpans[0].scopeSpans[0].spans[0] as SpanJson;
}

function attributesOf(line: string): SpanJson['attributes'] {
  return recordOf(line).attributes;
}

function resourceOf(line: string): object {
  const { attributes } = JSON.parse(line).resourceSpans[0].resource as SpanJson;
  return Object.fromEntries(attributes.map(({ key, value }) => [key, (value as { stringValue: string }).stringValue]));
}
