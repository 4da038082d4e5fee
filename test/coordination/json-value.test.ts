import { expect } from 'chai';
import { InvalidInputError } from '../../src/coordination/errors.ts';
import { toJsonValue } from '../../src/coordination/json-value.ts';

describe('what is given to be stored', () => {
  const of = (given: unknown, maxBytes = 1000): unknown => toJsonValue('payload', given, maxBytes);

  it('is kept as JSON has it', () => {
    class Point {
      x = 1;
      hidden = undefined;
    }
    const given = { at: new Date(0), point: new Point(), list: [undefined, 1], none: null, nested: { a: [{}] } };
    expect(of(given)).to.deep.equal({
      at: '1970-01-01T00:00:00.000Z',
      point: { x: 1 },
      list: [null, 1],
      none: null,
      nested: { a: [{}] },
    });
    for (const plain of [null, true, 0, '', [], {}]) expect(of(plain)).to.deep.equal(plain);
    const shared = { a: 1 };
    expect(of([shared, shared])).to.deep.equal([{ a: 1 }, { a: 1 }]);
  });

  it('is a copy', () => {
    const given = { list: [1] };
    const kept = of(given);
    given.list.push(2);
    expect(kept).to.deep.equal({ list: [1] });
  });

  it('is refused with what is wrong and where', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const refused: [unknown, string][] = [
      [undefined, 'payload must be JSON; it is undefined'],
      [() => 1, 'payload is a function'],
      [{ a: [1, 2n] }, 'payload.a[1] is a bigint'],
      [{ a: { b: Number.NaN } }, 'payload.a.b is NaN'],
      [[Number.POSITIVE_INFINITY], 'payload[0] is Infinity'],
      [{ a: Symbol('s') }, 'payload.a is a symbol'],
      [{ a: new Map([[1, 2]]) }, 'payload.a is a Map'],
      [{ a: new Error('secret') }, 'payload.a is a Error'],
      [{ a: Promise.resolve(1) }, 'payload.a is a Promise'],
      [circle, 'in a circle'],
      ['x'.repeat(999), 'payload may have 1000 bytes as JSON; it has 1001'],
      ['€'.repeat(333), 'it has 1001'],
    ];
    for (const [given, message] of refused) {
      expect(() => of(given), message).to.throw(InvalidInputError, message);
    }
    expect(of('x'.repeat(998))).to.have.length(998);
  });
});
