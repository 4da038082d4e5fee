import { expect } from 'chai';
import { PeriodError, parseSince, parseUntil } from '../../src/query/period.ts';

const nowMillis = Date.UTC(2026, 10, 23, 12);
const utc = { nowMillis, zone: 'UTC' };

describe('parseSince and parseUntil', () => {
  it('read times of any zone, over changes of its clocks', () => {
    for (const [zone, text, expected] of [
      ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00Z'],
      ['Europe/Berlin', '2026-10-26', '2026-10-25T23:00:00Z'],
      // Shown twice, and never.
      ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00Z'],
      ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:30:00Z'],
      ['Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00:00Z'],
      ['America/New_York', '2026-11-01 01:30:15.5', '2026-11-01T05:30:15.500Z'],
      ['Asia/Kolkata', '2026-11-23', '2026-11-22T18:30:00Z'],
      ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30:00Z'],
      // Midnight does not come.
      ['America/Santiago', '2026-09-06', '2026-09-06T04:00:00Z'],
      ['Pacific/Apia', '2026-11-23T10:00:00+01:00', '2026-11-23T09:00:00Z'],
    ] as const) {
      expect(new Date(parseSince(text, { nowMillis, zone })).toISOString(), `${zone} ${text}`).to.equal(
        new Date(expected).toISOString(),
      );
    }
    const day = { nowMillis, zone: 'Europe/Berlin' };
    expect((parseUntil('2026-10-25', day) - parseSince('2026-10-25', day)) / 3_600_000).to.equal(25);
  });

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
    expect(parseSince('2026-11-01', { nowMillis, zone: 'local' })).to.equal(new Date(2026, 10, 1).getTime());
  });

  it('read dates with times', () => {
    expect(parseSince('2026-11-23T10:00:00Z', { nowMillis, zone: 'local' })).to.equal(Date.UTC(2026, 10, 23, 10));
    expect(parseSince('2026-11-23T10:00:00+02:00', utc)).to.equal(Date.UTC(2026, 10, 23, 8));
    expect(parseSince('2026-11-23 10:00', utc)).to.equal(Date.UTC(2026, 10, 23, 10));
    expect(parseSince('2026-11-23T10:00', { nowMillis, zone: 'local' })).to.equal(new Date(2026, 10, 23, 10).getTime());
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
