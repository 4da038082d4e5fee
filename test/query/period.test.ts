import { expect } from 'chai';
import { PeriodError, parseSince, parseUntil } from '../../src/query/period.ts';

const nowMillis = Date.UTC(2026, 10, 23, 12);
const utc = { nowMillis, utc: true };

describe('parseSince and parseUntil', () => {
  it('read how long ago', () => {
    expect(parseSince('30m', utc)).to.equal(nowMillis - 1_800_000);
    expect(parseSince('24h', utc)).to.equal(nowMillis - 86_400_000);
    expect(parseSince('7D', utc)).to.equal(nowMillis - 7 * 86_400_000);
    expect(parseSince('2w', utc)).to.equal(nowMillis - 14 * 86_400_000);
    expect(parseUntil('1h', utc)).to.equal(nowMillis - 3_600_000);
  });

  it('mean a date with its whole day', () => {
    expect(parseSince('2026-11-01', utc)).to.equal(Date.UTC(2026, 10, 1));
    expect(parseUntil('2026-11-30', utc)).to.equal(Date.UTC(2026, 11, 1));
  });

  it('read dates in the local time zone unless told otherwise', () => {
    expect(parseSince('2026-11-01', { nowMillis, utc: false })).to.equal(new Date(2026, 10, 1).getTime());
  });

  it('read dates with times', () => {
    expect(parseSince('2026-11-23T10:00:00Z', { nowMillis, utc: false })).to.equal(Date.UTC(2026, 10, 23, 10));
    expect(parseSince('2026-11-23T10:00:00+02:00', utc)).to.equal(Date.UTC(2026, 10, 23, 8));
    expect(parseSince('2026-11-23 10:00', utc)).to.equal(Date.UTC(2026, 10, 23, 10));
    expect(parseSince('2026-11-23T10:00', { nowMillis, utc: false })).to.equal(new Date(2026, 10, 23, 10).getTime());
  });

  for (const text of [
    '',
    'yesterday',
    '24',
    'h',
    '-1d',
    '2026-02-30',
    '2026-13-01',
    '2026-11-23T25:00',
    '20261123',
    '1.5h',
    'NaN',
  ]) {
    it(`refuses "${text}" and says what it takes`, () => {
      expect(() => parseSince(text, utc)).to.throw(PeriodError, /Write how long ago/);
    });
  }
});
