import { expect } from 'chai';
import { sanitiseAttributes, sanitiseValue } from '../../src/internal/sanitise-attributes.ts';

describe('sanitiseAttributes', () => {
  it('keeps what an attribute can be', () => {
    const given = { text: 'a', zero: 0, no: false, texts: ['a', 'b'], numbers: [1, 2.5], flags: [true], none: [] };
    expect(sanitiseAttributes(given)).to.deep.equal(given);
  });

  it('drops what it cannot be, and goes on', () => {
    const circular: unknown[] = [];
    circular.push(circular);
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(
      sanitiseAttributes({
        nan: Number.NaN,
        infinite: Number.POSITIVE_INFINITY,
        big: 1n,
        symbol: Symbol('s'),
        fn: () => {},
        nothing: undefined,
        nil: null,
        date: new Date(0),
        map: new Map(),
        bare: Object.create(null) as unknown,
        cycle,
        circular,
        '': 'no name',
        last: 'kept',
      }),
    ).to.deep.equal({ circular: [], last: 'kept' });
  });

  it('keeps of a mixed array what is of its first type', () => {
    expect(sanitiseValue([1, 'a', Number.NaN, 2n, null, 2])).to.deep.equal([1, 2]);
    expect(sanitiseValue([undefined, 'a', { toJSON: () => 'x' }, 'b'])).to.deep.equal(['a', 'b']);
  });

  it('never throws, whatever it is given', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const revokedArray = Proxy.revocable([], {});
    revokedArray.revoke();
    const hostile = {
      get thrower(): string {
        throw new Error('no');
      },
      toJSON() {
        throw new Error('no');
      },
      array: new Proxy(['x'], {
        get() {
          throw new Error('no');
        },
      }),
      revoked: revokedArray.proxy,
      fine: 1,
    };
    expect(sanitiseAttributes(hostile)).to.deep.equal({ fine: 1 });
    for (const given of [proxy, null, undefined, 7, 'text', 1n, Symbol('s')]) {
      expect(sanitiseAttributes(given)).to.deep.equal({});
    }
    const keys = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('no');
        },
      },
    );
    expect(sanitiseAttributes(keys)).to.deep.equal({});
  });

  it('reads a value once, so that it cannot change its mind', () => {
    let reads = 0;
    const given = {
      get value(): unknown {
        reads += 1;
        return reads === 1 ? 'text' : Number.NaN;
      },
    };
    expect(sanitiseAttributes(given)).to.deep.equal({ value: 'text' });
    expect(reads).to.equal(1);
  });

  it('does not pollute prototypes', () => {
    const given = JSON.parse('{"__proto__": "x", "constructor": "kept"}') as unknown;
    const clean = sanitiseAttributes(given);
    expect(Object.getPrototypeOf(clean)).to.equal(Object.prototype);
    expect(clean).to.deep.equal({ constructor: 'kept' });
  });

  it('takes attributes without a prototype', () => {
    expect(sanitiseAttributes(Object.assign(Object.create(null) as object, { a: 1 }))).to.deep.equal({ a: 1 });
  });

  it('bounds number and length, and makes texts well-formed', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key-${i}`, i]));
    expect(Object.keys(sanitiseAttributes(many))).to.have.length(128);
    expect(sanitiseAttributes({ long: 'x'.repeat(100_000) })).to.deep.equal({ long: 'x'.repeat(65_536) });
    expect(sanitiseAttributes({ lone: 'a\uD800b' })).to.deep.equal({ lone: 'a\uFFFDb' });
    expect(sanitiseValue(Array.from({ length: 5000 }, () => 'x'))).to.have.length(1000);
    const endless = new Proxy([], { get: (_, key) => (key === 'length' ? 1e15 : 'x') });
    expect(sanitiseValue(endless)).to.have.length(1000);
  });
});
