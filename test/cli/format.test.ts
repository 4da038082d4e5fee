import { expect } from 'chai';
import { formatBytes, formatMillis, formatPercent, formatUsd, printable } from '../../src/cli/format.ts';

describe('formats for people', () => {
  const usd: [number, string][] = [
    [0, '$0'],
    [1.2e-9, '$0.0000000012'],
    [0.000_000_02, '$0.000000020'],
    [0.000_123, '$0.00012'],
    [0.0099, '$0.0099'],
    [0.012_34, '$0.0123'],
    [0.999_99, '$1.00'],
    [1.005, '$1.01'],
    [1234.5, '$1,234.50'],
  ];
  for (const [amount, text] of usd) {
    it(`writes ${amount} US dollars as ${text}`, () => expect(formatUsd(amount)).to.equal(text));
  }

  const durations: [number | null, string][] = [
    [null, '–'],
    [0.42, '0.4 ms'],
    [123.4, '123 ms'],
    [999.6, '1.00 s'],
    [59_999, '1m 00s'],
    [125_000, '2m 05s'],
    [3_599_900, '1h 00m'],
    [7_260_000, '2h 01m'],
  ];
  for (const [millis, text] of durations) {
    it(`writes ${millis} ms as ${text}`, () => expect(formatMillis(millis)).to.equal(text));
  }

  it('never rounds a share to none or all', () => {
    expect([null, 0, 0.000_01, 0.25, 0.999_99, 1].map(formatPercent)).to.deep.equal([
      '–',
      '0.0%',
      '<0.1%',
      '25.0%',
      '>99.9%',
      '100.0%',
    ]);
  });

  it('writes bytes with a unit', () => {
    expect([0, 999, 1000, 123_456, 1_500_000_000].map(formatBytes)).to.deep.equal([
      '0 B',
      '999 B',
      '1.0 kB',
      '123 kB',
      '1.5 GB',
    ]);
  });

  it('disarms text that would steer a terminal', () => {
    expect(printable('a\u001B[31mb\nc\u202Ed\u009Be')).to.equal('a\uFFFD[31mb\uFFFDc\uFFFDd\uFFFDe');
  });
});
