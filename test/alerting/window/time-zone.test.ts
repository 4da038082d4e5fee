import { expect } from 'chai';
import { periodEnd, periodStart, sameTimeDaysAgo } from '../../../src/alerting/window/time-zone.ts';

const at = (text: string): number => Date.parse(text);
const iso = (millis: number): string => new Date(millis).toISOString();
const HOUR = 3_600_000;

describe('days, weeks and months in a time zone', () => {
  it('begin at local midnight', () => {
    const now = at('2026-11-24T18:00:00.500Z');
    expect(iso(periodStart('day', 'UTC', now))).to.equal('2026-11-24T00:00:00.000Z');
    expect(iso(periodStart('day', 'Asia/Tokyo', now))).to.equal('2026-11-24T15:00:00.000Z');
    expect(iso(periodStart('day', 'Asia/Kathmandu', now))).to.equal('2026-11-23T18:15:00.000Z');
    expect(iso(periodStart('week', 'Europe/Berlin', now))).to.equal('2026-11-22T23:00:00.000Z');
    expect(iso(periodStart('month', 'America/New_York', now))).to.equal('2026-11-01T04:00:00.000Z');
    expect(iso(periodEnd('month', 'America/New_York', now))).to.equal('2026-12-01T05:00:00.000Z');
    expect(iso(periodEnd('week', 'Europe/Berlin', now))).to.equal('2026-11-29T23:00:00.000Z');
  });

  it('are 23 or 25 hours long where the clocks change', () => {
    const spring = at('2026-03-29T12:00:00Z');
    expect(periodEnd('day', 'Europe/Berlin', spring) - periodStart('day', 'Europe/Berlin', spring)).to.equal(23 * HOUR);
    const autumn = at('2026-10-25T12:00:00Z');
    expect(periodEnd('day', 'Europe/Berlin', autumn) - periodStart('day', 'Europe/Berlin', autumn)).to.equal(25 * HOUR);
    expect(periodEnd('week', 'Europe/Berlin', autumn) - periodStart('week', 'Europe/Berlin', autumn)).to.equal(
      169 * HOUR,
    );
  });

  it('begin later where there is no midnight, and at the first of two', () => {
    // Beirut goes from 00:00 to 01:00, and from 24:00 back to 23:00.
    const spring = at('2026-03-29T12:00:00Z');
    expect(iso(periodStart('day', 'Asia/Beirut', spring))).to.equal('2026-03-28T22:00:00.000Z');
    const autumn = at('2026-10-25T12:00:00Z');
    expect(iso(periodStart('day', 'Asia/Beirut', autumn))).to.equal('2026-10-24T22:00:00.000Z');
    expect(periodStart('day', 'Asia/Beirut', at('2026-10-24T21:30:00Z'))).to.be.lessThan(at('2026-10-24T00:00:00Z'));
    // Havana goes from 01:00 back to 00:00: the day has two of them.
    const havana = at('2026-11-01T12:00:00Z');
    expect(iso(periodStart('day', 'America/Havana', havana))).to.equal('2026-11-01T04:00:00.000Z');
  });

  it('follow one another without a gap, over years and zones', () => {
    for (const zone of [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Beirut',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
      'Pacific/Apia',
    ]) {
      for (const period of ['day', 'week', 'month'] as const) {
        let start = periodStart(period, zone, at('2025-12-31T12:00:00Z'));
        for (let i = 0; i < (period === 'day' ? 400 : 30); i++) {
          const end = periodEnd(period, zone, start);
          expect(periodStart(period, zone, end - 1), `${zone} ${period} ${iso(start)}`).to.equal(start);
          expect(periodStart(period, zone, end), `${zone} ${period} ${iso(end)}`).to.equal(end);
          start = end;
        }
      }
    }
  });

  it('give the same time of day in past days', () => {
    expect(iso(sameTimeDaysAgo(at('2026-10-26T09:30:00Z'), 1, 'Europe/Berlin'))).to.equal('2026-10-25T09:30:00.000Z');
    expect(iso(sameTimeDaysAgo(at('2026-10-26T09:30:00Z'), 2, 'Europe/Berlin'))).to.equal('2026-10-24T08:30:00.000Z');
    // 02:30 that day there is none.
    expect(iso(sameTimeDaysAgo(at('2026-03-30T00:30:00Z'), 1, 'Europe/Berlin'))).to.equal('2026-03-29T01:30:00.000Z');
  });
});
