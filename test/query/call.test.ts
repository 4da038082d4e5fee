import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { expect } from 'chai';
import { encodeSpan } from '../../src/exporters/otlp-json/span.ts';
import { type Call, readCalls, unpricedReason } from '../../src/query/call.ts';
import * as names from '../../src/semconv.ts';
import { RandomRecords } from '../exporters/otlp-json/random-records.ts';
import { callLine, spanOf, traceLine } from '../support/journal-builder.ts';

function read(line: string): { calls: Call[]; whole: boolean } {
  const calls: Call[] = [];
  return { whole: readCalls(line, calls), calls };
}

function only(line: string): Call {
  const { calls, whole } = read(line);
  expect(whole).to.equal(true);
  expect(calls).to.have.length(1);
  return calls[0] as Call;
}

describe('readCalls', () => {
  it('takes all that a span tells', () => {
    const at = Date.UTC(2026, 10, 23, 10);
    const call = only(
      callLine({
        at,
        millis: 1234.5,
        model: 'gpt-5',
        input: 100,
        output: 20,
        cost: 0.5,
        workflow: 'triage',
        tier: 'cheap',
        attributes: {
          [names.GEN_AI_RESPONSE_MODEL]: 'gpt-5-2025',
          [names.GEN_AI_RESPONSE_FINISH_REASONS]: ['stop', 'length'],
          [names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]: 0.25,
          [names.GEN_AI_REQUEST_STREAM]: true,
          [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: 60,
          [names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]: 4,
          [names.ANTHROPIC_USAGE_CACHE_CREATION_1H]: 3,
          [names.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS]: 5,
          [names.AGENT_VITALS_COST_USD_INPUT]: 0.3,
          [names.AGENT_VITALS_COST_USD_OUTPUT]: 0.2,
          [names.AGENT_VITALS_WORKFLOW_STAGE]: 'classify',
          [names.AGENT_VITALS_USER_HASH]: '0123456789abcdef',
          [names.GEN_AI_CONVERSATION_ID]: 'c1',
        },
      }),
    );
    expect(call).to.deep.include({
      timeMillis: at,
      durationMillis: 1234.5,
      timeToFirstChunkMillis: 250,
      operation: 'chat',
      provider: 'openai',
      requestModel: 'gpt-5',
      responseModel: 'gpt-5-2025',
      stream: true,
      outcome: 'completed',
      errorType: null,
      tokens: { input: 100, output: 20, cacheRead: 60, cacheCreation: 4, cacheCreation1h: 3, reasoning: 5 },
      costUsd: { total: 0.5, input: 0.3, cacheRead: null, cacheWrite: null, output: 0.2 },
      finishReasons: ['stop', 'length'],
      workflow: 'triage',
      stage: 'classify',
      tier: 'cheap',
      userHash: '0123456789abcdef',
      conversationId: 'c1',
    });
  });

  it('takes no part of a cost for nothing that is not told, unless the whole is nothing', () => {
    const untold = { input: null, cacheRead: null, cacheWrite: null, output: null };
    expect(only(callLine({ cost: 0.5 })).costUsd).to.deep.equal({ total: 0.5, ...untold });
    const none = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };
    expect(only(callLine({ cost: 0 })).costUsd).to.deep.equal({ total: 0, ...none });
    expect(only(callLine({ attributes: { [names.AGENT_VITALS_COST_USD_INPUT]: 0.3 } })).costUsd).to.equal(null);
  });

  it('reads 64-bit integers written as texts and as numbers alike', () => {
    expect(only(callLine({ input: 7, integersAsText: true })).tokens.input).to.equal(7);
    expect(only(callLine({ input: 7 })).tokens.input).to.equal(7);
  });

  it('reads times written as numbers', () => {
    const span = {
      ...spanOf(),
      startTimeUnixNano: 1_732_350_000_000_000_000,
      endTimeUnixNano: 1_732_350_000_250_000_000,
    };
    const { timeMillis, durationMillis } = only(traceLine(span));
    // A number has lost what is below 256 ns.
    expect(timeMillis).to.be.closeTo(1_732_350_000_000, 0.001);
    expect(durationMillis).to.be.closeTo(250, 0.001);
  });

  it('takes every span of a line', () => {
    expect(read(traceLine(spanOf(), spanOf(), spanOf())).calls).to.have.length(3);
  });

  it('leaves out spans that are no model call, and those another span counts', () => {
    const tool = spanOf({ attributes: { [names.GEN_AI_OPERATION_NAME]: 'execute_tool' } });
    const plain = { ...spanOf(), attributes: [] };
    const repeated = spanOf({ attributes: { [names.AGENT_VITALS_COUNTED_BY]: '00000000000000ff' } });
    expect(read(traceLine(tool, plain, repeated))).to.deep.equal({ calls: [], whole: true });
  });

  it('tells the outcome of spans that others made from their status', () => {
    const attributes = { [names.AGENT_VITALS_OUTCOME]: undefined };
    expect(only(callLine({ attributes })).outcome).to.equal('completed');
    expect(only(traceLine({ ...spanOf({ attributes }), status: { code: 2 } }))).to.include({
      outcome: 'error',
      errorType: '_OTHER',
    });
    expect(only(callLine({ attributes, errorType: '429' })).outcome).to.equal('error');
  });

  it('takes numbers that cannot be for unknown', () => {
    const call = only(
      callLine({ input: -3, cost: -1, attributes: { [names.GEN_AI_USAGE_OUTPUT_TOKENS]: Number.NaN } }),
    );
    expect(call.tokens).to.include({ input: null, output: null });
    expect(call.costUsd).to.equal(null);
  });

  const damaged: Record<string, string> = {
    'a torn line': callLine().slice(0, -20),
    'no object': '42',
    'a list': '[]',
    'no traces': '{"resourceLogs":[]}',
    'a damaged key': callLine().replace('scopeSpans', 'scopeSpant'),
    'a damaged id': callLine().replace('"spanId":"0', '"spanId":"!'),
    'a damaged time': callLine().replace('"startTimeUnixNano":"1', '"startTimeUnixNano":"x'),
    'a time after all times': callLine().replace(/"endTimeUnixNano":"\d+"/, '"endTimeUnixNano":1e300'),
    'a time of more than 64 bits': callLine().replace(
      /"endTimeUnixNano":"\d+"/,
      '"endTimeUnixNano":"99999999999999999999"',
    ),
    'an integer with a fraction': callLine({ input: 1234 }).replace('1234', '1.34'),
    'a damaged integer': callLine({ input: 1234, integersAsText: true }).replace('"1234"', '"12q4"'),
    'a run of NUL': '\0'.repeat(100),
  };
  for (const [name, line] of Object.entries(damaged)) {
    it(`calls a line damaged that has ${name}`, () => {
      expect(read(line).whole).to.equal(false);
    });
  }

  it('takes the sound spans of a damaged line', () => {
    const { calls, whole } = read(traceLine(spanOf(), { ...spanOf(), traceId: 'short' }, spanOf()));
    expect(whole).to.equal(false);
    expect(calls).to.have.length(2);
  });

  it('takes what was written whole behind a run of NUL', () => {
    const nuls = '\0'.repeat(4096);
    const { calls, whole } = read(`{"resourceSpans":[${nuls}${callLine({ model: 'saved' })}`);
    expect(whole).to.equal(false);
    expect(calls.map(({ requestModel }) => requestModel)).to.deep.equal(['saved']);
    expect(read(`${callLine().slice(0, 200)}${nuls}${callLine().slice(200)}`)).to.deep.equal({
      calls: [],
      whole: false,
    });
  });

  it('takes the time of a clock before 1970 as it is written', () => {
    const { timeMillis, durationMillis } = only(
      traceLine({ ...spanOf(), startTimeUnixNano: '0', endTimeUnixNano: '5' }),
    );
    expect([timeMillis, durationMillis]).to.deep.equal([0, 0.000005]);
  });

  it('takes no token count or cost that would drown all others', () => {
    const { tokens, costUsd } = only(
      callLine({ input: 2 ** 60, integersAsText: true, cost: 2 ** 54, output: 2 ** 53 - 1 }),
    );
    expect(tokens).to.include({ input: null, output: 2 ** 53 - 1 });
    expect(costUsd).to.equal(null);
  });

  it('takes an empty message for whole', () => {
    expect(read('{}').whole).to.equal(true);
    expect(read('{"resourceSpans":[]}').whole).to.equal(true);
  });

  it('finds nothing damaged in what the exporters write, and the same calls in both spellings', () => {
    const random = new RandomRecords(7);
    let found = 0;
    for (let round = 0; round < 300; round++) {
      const span = random.span();
      Object.assign(span.attributes, {
        [names.GEN_AI_OPERATION_NAME]: 'chat',
        [names.GEN_AI_USAGE_INPUT_TOKENS]: round,
        [names.AGENT_VITALS_COST_USD]: round / 7,
      });
      const ours = read(encodeSpan(span));
      expect(ours.whole).to.equal(true);
      const official = Buffer.from(JsonTraceSerializer.serializeRequest([span]) as Uint8Array).toString();
      expect(read(official)).to.deep.equal(ours);
      found += ours.calls.length;
    }
    expect(found).to.equal(300);
  });

  it('ignores fields it does not know', () => {
    expect(read(callLine().replace('{"resourceSpans"', '{"later":1,"resourceSpans"'))).to.have.property('whole', true);
  });
});

describe('unpricedReason', () => {
  it('is null for a known cost, even of nothing', () => {
    expect(unpricedReason(only(callLine({ input: 1, cost: 0 })))).to.equal(null);
  });
  it('tells an unknown price from unknown usage', () => {
    expect(unpricedReason(only(callLine({ input: 1 })))).to.equal('unknown_price');
    expect(unpricedReason(only(callLine({ outcome: 'cancelled' })))).to.equal('unknown_usage');
  });
  it('is null for a call that failed before there was anything to bill', () => {
    expect(unpricedReason(only(callLine({ outcome: 'error', errorType: '401' })))).to.equal(null);
  });
});
