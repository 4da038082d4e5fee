import { expect } from 'chai';
import { callColumns } from '../../src/cli/call-table.ts';
import { renderStatistics } from '../../src/cli/stats-view.ts';
import { renderTable } from '../../src/cli/table.ts';
import { type Call, readCalls } from '../../src/query/call.ts';
import { CALL_FIELDS } from '../../src/query/export/call-fields.ts';
import { csvRow } from '../../src/query/export/csv.ts';
import { timedRecord } from '../../src/query/export/timed-record.ts';
import { callLine, spanOf, traceLine } from '../support/journal-builder.ts';
import { Random } from '../support/random.ts';
import { statisticsOfCalls } from '../support/statistics-of-calls.ts';
import { FUZZ_SEED, FUZZ_TIMES, seedOfRound } from './fuzz-seed.ts';
import { makeTrueLines } from './true-lines.ts';

const ROUNDS = 10_000 * FUZZ_TIMES;

/** JSON of values that stand where another belongs; as texts, because `JSON.stringify` cannot write all that `JSON.parse` reads. */
const ODD_VALUES = String.raw`
  null true 0 -0 -1 1.5 1e400 -1e400 1e308 5e-324 18446744073709551616 1e21
  "" "1" "-5" "1e5" "-" "99999999999999999999" "\u0000" "\ud800" "__proto__"
  [] [[]] [null] ["x"] [{}] {} {"":{}} {"length":4294967296} {"toString":1,"valueOf":2}
  {"__proto__":{"stringValue":"chat","intValue":5}} {"constructor":{"prototype":{}}} {"stringValue":5}
  {"intValue":"9223372036854775807"} {"intValue":1e300} {"doubleValue":1e308} {"doubleValue":"Infinity"}
  {"arrayValue":null} {"arrayValue":{"values":{}}} {"arrayValue":{"values":[{"stringValue":{}},null,7]}}
`
  .trim()
  .split(/\s+/);

/** A line of which one value, or one key, is another. */
function makeOdd(line: string, random: Random): string {
  const values = [...line.matchAll(/(?<=[:[,])("(?:[^"\\]|\\.)*"(?!:)|-?\d[\d.e+-]*|true|false|null|[[{])/g)];
  const { index, 0: value } = random.pick(values);
  const end = value === '[' || value === '{' ? closing(line, index) : index + value.length;
  const odd = random.pick(ODD_VALUES);
  switch (random.below(4)) {
    case 0: {
      // The same key again, or one that objects have themselves.
      const key = random.maybe() ? /"[^"]*":$/.exec(line.slice(0, index))?.[0] : '"__proto__":';
      return line[index - 1] === ':' ? `${line.slice(0, end)},${key}${odd}${line.slice(end)}` : line;
    }
    case 1:
      return line.replaceAll(value, () => odd);
    default:
      return line.slice(0, index) + odd + line.slice(end);
  }
}

/** Where the bracket that opens at `start` is closed. Texts hold brackets too. */
function closing(line: string, start: number): number {
  let depth = 0;
  for (const { index, 0: token } of line.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth === 0) return start + index + 1;
  }
  return line.length;
}

/** Everything that is done with a call: none of it may fail, and no number may be one that JSON does not have. */
function useCalls(calls: readonly Call[], where: string): void {
  for (const call of calls) {
    expect(csvRow(CALL_FIELDS, call), where).to.be.a('string');
    expectWellFormed(timedRecord(call), where);
  }
  for (const utc of [true, false]) expect(renderTable(calls, callColumns(utc), 120), where).to.be.a('string');
  const statistics = statisticsOfCalls(calls);
  expectWellFormed(statistics, where);
  expect(statistics.totals.calls, where).to.equal(calls.length);
  if (calls.length > 0) expect(renderStatistics(statistics, false, 120), where).to.not.match(/NaN|Infinity|undefined/);
}

function expectWellFormed(value: unknown, where: string): void {
  if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) expectWellFormed(one, where);
  else if (value === undefined || (typeof value === 'number' && !(Number.isFinite(value) && value >= 0)))
    throw new Error(`${where}: ${value}`);
}

describe(`values that no line should have (FUZZ_SEED=${FUZZ_SEED})`, () => {
  it(`hurt neither the calls beside them nor what is made of them, ${ROUNDS} times`, function () {
    this.timeout(300_000 * FUZZ_TIMES);
    const lines = makeTrueLines(FUZZ_SEED, 300).filter(({ text, call }) => call !== null && text.length < 10_000);
    let damaged = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const random = new Random(seedOfRound(round));
      const { text } = random.pick(lines);
      const odd = makeOdd(text, random);
      const calls: Call[] = [];
      const where = `round ${round}: ${odd}`;
      const sound = [text, odd, text].map((line) => readCalls(line, calls));
      expect([sound[0], sound[2]], where).to.deep.equal([true, true]);
      expect(calls.length, where).to.be.within(2, 3);
      expect(calls.at(-1), where).to.deep.equal(calls[0]);
      if (!sound[1]) damaged += 1;
      useCalls(calls.slice(1), where);
    }
    expect(damaged).to.be.greaterThan(ROUNDS / 10);
  });

  it('may be nested 100,000 deep', () => {
    const deep = (open: string, close: string): string => open.repeat(100_000) + close.repeat(100_000);
    for (const value of [
      deep('[', ']'),
      `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
      deep('[', ''),
      deep('{"arrayValue":{"values":[', ']}}'),
    ]) {
      const calls: Call[] = [];
      for (const line of [value, `{"resourceSpans":${value}}`, callLine().replace('{"stringValue":"chat"}', value)])
        readCalls(line, calls);
      readCalls(
        callLine({ attributes: { 'gen_ai.response.finish_reasons': 'DEEP' } }).replace('{"stringValue":"DEEP"}', value),
        calls,
      );
      useCalls(calls, value.slice(0, 20));
      expect(calls.every(({ finishReasons }) => finishReasons.length <= 1)).to.equal(true);
    }
  });

  it('may be a megabyte long', () => {
    const long = '9'.repeat(1024 * 1024);
    const calls: Call[] = [];
    const span = spanOf({ model: long, errorType: long, workflow: long, attributes: { 'gen_ai.response.id': long } });
    expect(readCalls(traceLine(span), calls)).to.equal(true);
    expect(calls[0]?.responseId).to.equal(long);
    useCalls(calls, 'long names');
    for (const key of ['traceId', 'spanId', 'startTimeUnixNano', 'endTimeUnixNano'])
      expect(readCalls(traceLine({ ...spanOf(), [key]: long }, spanOf()), calls), key).to.equal(false);
    expect(calls).to.have.length(5);
  });

  it('do not change what other objects are', () => {
    const calls: Call[] = [];
    const proto = '"__proto__":{"resourceSpans":[],"stringValue":"chat"},"constructor":null';
    expect(readCalls(`{${proto}}`, calls)).to.equal(false);
    readCalls(
      callLine({ model: '__proto__', errorType: '__proto__', outcome: 'error' }).replaceAll('{', `{${proto},`),
      calls,
    );
    useCalls(calls, 'prototypes');
    expect(({} as Record<string, unknown>).resourceSpans).to.equal(undefined);
  });
});
