// The comparison behind the integration tests must see every difference in meaning, and no other.
import { expect } from 'chai';
import { comparable, differences } from './otlp-records.ts';

const span = (fields: string) =>
  `{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{"name":"s"},"spans":[{"name":"a",${fields}}]}]}]}`;
const value = (text: string) => span(`"attributes":[{"key":"k","value":${text}}]`);

describe('comparable OTLP/JSON', () => {
  for (const [what, one, other] of [
    ['64-bit integers as number or text', value('{"intValue":5}'), value('{"intValue":"5"}')],
    [
      'times as number or text',
      span('"endTimeUnixNano":1700000000000000001'),
      span('"endTimeUnixNano":"1700000000000000001"'),
    ],
    ['left out and default', span('"kind":0,"traceState":"","status":{},"links":[]'), span('"x":null')],
    ['order of fields', span('"kind":1,"flags":2'), span('"flags":2,"kind":1')],
  ] as const) {
    it(`is equal: ${what}`, () => expect(comparable([one])).to.deep.equal(comparable([other])));
  }

  for (const [what, one, other] of [
    ['types of a value', value('{"intValue":"5"}'), value('{"stringValue":"5"}')],
    ['an integer and a double', value('{"intValue":"5"}'), value('{"doubleValue":5}')],
    ['no value and an empty text', value('{}'), value('{"stringValue":""}')],
    ['NaN and nothing', value('{"doubleValue":"NaN"}'), value('{"doubleValue":null}')],
    ['neighbours beyond 2^53', value('{"intValue":9007199254740992}'), value('{"intValue":9007199254740993}')],
    [
      'order within a list',
      value('{"arrayValue":{"values":[{"intValue":1},{}]}}'),
      value('{"arrayValue":{"values":[{},{"intValue":1}]}}'),
    ],
    ['kinds', span('"kind":1'), span('"kind":2')],
  ] as const) {
    it(`differs: ${what}`, () => expect(comparable([one])).to.not.deep.equal(comparable([other])));
  }

  it('names the lines that differ', () => {
    expect(differences(comparable([span('"kind":1')]), comparable([span('"kind":1')]))).to.equal('');
    expect(differences(comparable([span('"kind":1')]), comparable([span('"kind":2')]))).to.equal(
      '- "kind": 2,\n+ "kind": 1,',
    );
    expect(differences(['a', 'a'], ['a'])).to.equal('+ a');
    expect(differences(['c'], ['a', 'b'])).to.equal('- a\n+ c\n- b');
    expect(differences(['a', 'b', 'c'], ['d'])).to.equal('- d\n+ a\n+ b\n+ c');
  });

  it('counts what comes twice', () => {
    expect(comparable([span('"kind":1'), span('"kind":1')])).to.have.length(2);
  });

  it('refuses what is not OTLP/JSON', () => {
    expect(() => comparable(['{"hello":1}'])).to.throw('not OTLP/JSON');
  });
});
