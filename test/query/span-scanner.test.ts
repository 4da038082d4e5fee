import { expect } from 'chai';
import { type Call, readCall, readCalls } from '../../src/query/call.ts';
import { parsePiece } from '../../src/query/index/parse-piece.ts';
import { isSpan } from '../../src/query/otlp-json.ts';
import { SpanScanner } from '../../src/query/span-scanner.ts';
import * as names from '../../src/semconv.ts';
import { callLine } from '../support/journal-builder.ts';
import { Random } from '../support/random.ts';

/** What is found instead of a byte: what JSON is made of, and what it has not. */
const CHARACTERS = '{}[]",:.-+0123456789eEtrufals\\ \0\u0001\u007fé€'.split('');

/** In the order and the form in which our exporter writes it. */
function line(random: Random): string {
  const attributes = [
    [names.GEN_AI_OPERATION_NAME, { stringValue: 'chat' }],
    [names.GEN_AI_REQUEST_MODEL, { stringValue: random.pick(['gpt-5', 'a', '', 'x'.repeat(90)]) }],
    ['server.port', { intValue: '443' }],
    ['of.another', { doubleValue: random.next() }],
    [names.GEN_AI_REQUEST_STREAM, { boolValue: random.maybe() }],
    [
      names.GEN_AI_RESPONSE_FINISH_REASONS,
      { arrayValue: { values: random.several(2, () => ({ stringValue: 'stop' })) } },
    ],
    [names.GEN_AI_USAGE_INPUT_TOKENS, { intValue: random.pick(['0', '12', '9007199254740991', '-3', '007']) }],
    [
      names.AGENT_VITALS_COST_USD,
      { doubleValue: random.pick([0.5, 0.000003, 1e-9, 0.494619000000003, 12345678.9, 3]) },
    ],
    [names.AGENT_VITALS_COST_USD_INPUT, { doubleValue: random.next() / 1000 }],
  ].filter(() => random.maybe(0.9));
  const at = 1_790_000_000_000 + random.below(1e9);
  const span = {
    traceId: random.hex(32),
    spanId: random.hex(16),
    ...(random.maybe() && { parentSpanId: random.hex(16) }),
    flags: 257,
    name: 'chat gpt-5',
    kind: 3,
    startTimeUnixNano: `${at}000000`,
    endTimeUnixNano: `${at + random.below(1000)}123456`,
    attributes: attributes.map(([key, value]) => ({ key, value })),
    ...(random.maybe(0.2) && {
      events: random.several(2, () => ({
        timeUnixNano: `${at}000000`,
        name: random.pick(['said', 'a "quote"', 'a ]']),
        attributes: [{ key: 'n', value: { doubleValue: random.next() } }],
      })),
    }),
    ...(random.maybe(0.3) && { status: random.maybe() ? { code: 2 } : { code: 2, message: 'no' } }),
  };
  return lineOf(random, [span]);
}

function lineOf(random: Random, spans: readonly object[], rest: object = {}): string {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: random.pick(['a', 'b']) } }] };
  return JSON.stringify({
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'agent-vitals' }, spans, ...rest }], ...rest }],
  });
}

/** As others do: fields in another order, numbers as numbers, more fields, several spans, texts of all characters. */
function foreignLine(random: Random): string {
  const spanOf = (): object => {
    const at = 1_790_000_000_000 + random.below(1e9);
    const time = (millis: number): string | number => (random.maybe(0.8) ? `${millis}000000` : millis * 1e6);
    const value = (): object =>
      random.pick([
        {
          stringValue: random.pick([
            'größe',
            'a "quote"',
            'tab\tand \u0001',
            '漢字 \\',
            '',
            '😀\ud800',
            'x'.repeat(300),
            '\x7f',
          ]),
        },
        { intValue: random.pick([443, 0, -1, 12.5, 1e21, '443', 'größe']) },
        { doubleValue: random.pick([0.5, 1, -2e-7, 1e300]) },
        { arrayValue: { values: random.several(2, () => ({ stringValue: random.pick(['é', '\n', 'b']) })) } },
      ]);
    const fields: [string, unknown][] = [
      ['traceId', random.hex(32)],
      ['spanId', random.hex(16)],
      ['parentSpanId', ''],
      ['flags', 1],
      ['name', random.pick(['chat größe', 'chat "a"', 'chat'])],
      ['kind', 3],
      ['startTimeUnixNano', time(at)],
      ['endTimeUnixNano', time(at + 10)],
      [
        'attributes',
        [
          [names.GEN_AI_OPERATION_NAME, { stringValue: 'chat' }],
          [names.GEN_AI_REQUEST_MODEL, value()],
          [names.GEN_AI_WORKFLOW_NAME, value()],
          [names.GEN_AI_USAGE_INPUT_TOKENS, value()],
          [random.pick(['größe', 'a "key"', 'region']), value()],
        ].map(([key, of]) => ({ key, value: of })),
      ],
      [
        'status',
        random.pick([{}, { code: 2 }, { message: 'größe', code: 2 }, { code: 1, message: '' }, { code: 'ERROR' }]),
      ],
      ['events', random.pick([[], [{ name: 'ü', timeUnixNano: '1' }]])],
      ['links', []],
      ['droppedAttributesCount', 0],
      ['unknown', random.pick([1, 'a', null])],
    ].filter(([key]) => random.maybe(key === 'unknown' ? 0.05 : 0.95)) as [string, unknown][];
    const turned = random.below(fields.length);
    return Object.fromEntries(random.maybe() ? fields : [...fields.slice(turned), ...fields.slice(0, turned)]);
  };
  const text = lineOf(random, random.several(3, spanOf), random.pick([{}, { schemaUrl: 'https://example.com/1' }]));
  return random.maybe() ? text : withBlanks(text);
}

/** One behind each colon and comma. */
function withBlanks(text: string): string {
  return JSON.stringify(JSON.parse(text), undefined, 1).replaceAll(/,\n */g, ', ').replaceAll(/\n */g, '');
}

/** @returns whether the line was read without JSON.parse. */
function compare(scanner: SpanScanner, written: string): boolean {
  const [before, bytes] = ['before\n', Buffer.from(`before\n${written}\nafter`)];
  // Half a pair of surrogates is no UTF-8.
  const text = bytes.toString().slice(before.length, -6);
  scanner.take(bytes);
  const spans = scanner.scan(before.length, bytes.length - 6);
  if (spans === undefined || !spans.every(isSpan)) return false;
  const [scanned, parsed]: [Call[], Call[]] = [[], []];
  const sound = spans.map((span) => readCall(span, scanned)).every((each) => each);
  expect(sound, text).to.equal(readCalls(text, parsed));
  expect(scanned, text).to.deep.equal(parsed);
  const [resource] = JSON.parse(text).resourceSpans;
  expect(scanner.resourceAttributes, text).to.deep.equal(resource.resource?.attributes);
  // What no call is made of: any attribute may be asked for.
  for (const [index, span] of resource.scopeSpans[0].spans.entries())
    expect(textsOf(spans[index]?.attributes), text).to.deep.equal(textsOf(span.attributes));
  return true;
}

/** Integers are texts or numbers. */
function textsOf(attributes: unknown): string | undefined {
  return JSON.stringify(attributes, (key, value) => (key === 'intValue' ? String(value) : value));
}

describe('SpanScanner', () => {
  const random = new Random(1);
  const lines = random.several(500, () => line(random), 500);
  const foreignLines = random.several(500, () => foreignLine(random), 500);

  it('reads what our exporter writes', () => {
    const scanner = new SpanScanner();
    // A list of no attributes, and a number that is written with an exponent and no point, may be left to JSON.parse.
    expect(lines.filter((text) => compare(scanner, text)).length).to.be.greaterThan(450);
  });

  it('reads what others write', () => {
    const scanner = new SpanScanner();
    // Some have fields that nobody knows, or no spans.
    expect(foreignLines.filter((text) => compare(scanner, text)).length).to.be.greaterThan(100);
  });

  it('looks at each line alone, where others write them with blanks', () => {
    const blanks = `${JSON.stringify(JSON.parse(callLine({ cost: 0.001 })), undefined, 1).replaceAll('\n', ' ')}\n`;
    expect(blanks).to.contain('"spans": [');
    const piece = parsePiece(Buffer.from(blanks.repeat(20_000)), 0);
    expect(piece).to.include({ lines: 20_000, corruptLines: 0 });
    expect(piece.chunks[0]?.rows).to.equal(20_000);
  });

  it('never says another thing than JSON.parse, whatever of a line is another, missing or too much', () => {
    const scanner = new SpanScanner();
    let read = 0;
    for (let round = 0; round < 30_000; round++) {
      const text = random.pick(random.maybe() ? lines : foreignLines);
      const at = random.below(text.length);
      const inserted = random.maybe(0.8) ? random.pick(CHARACTERS) : '';
      if (compare(scanner, text.slice(0, at) + inserted + text.slice(at + random.below(3)))) read += 1;
    }
    expect(read).to.be.greaterThan(1000);
  });
});
