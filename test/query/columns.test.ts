import { expect } from 'chai';
import { decodeColumn, encodeColumn } from '../../src/query/index/columns.ts';

describe('a column', () => {
  const columns: readonly (readonly [what: string, values: readonly number[]])[] = [
    ['bytes', [0, 1, 255]],
    ['16 bits', [256, 65_535]],
    ['32 bits', [65_536, 2 ** 32 - 1]],
    ['doubles', [0.1, -0, 2 ** 32, -1, Number.NaN]],
  ];

  for (const [what, values] of columns) {
    it(`of ${what} is read back, wherever its bytes lie`, () => {
      const encoded = encodeColumn(values, 7) as Uint8Array;
      expect([...decodeColumn(encoded)]).to.deep.equal(values);
      for (let before = 0; before < 9; before++) {
        // As SQLite and files give it; a copy of such by `slice` is none.
        const bytes = Buffer.concat([Buffer.alloc(before), encoded]).subarray(before);
        expect([...decodeColumn(bytes)], `behind ${before} bytes`).to.deep.equal(values);
      }
    });
  }

  it('of nothing that is known takes no place', () => {
    expect(encodeColumn([Number.NaN, Number.NaN], Number.NaN)).to.equal(undefined);
    expect(encodeColumn([0, 0], Number.NaN)).to.not.equal(undefined);
  });
});
