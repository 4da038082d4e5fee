import { expect } from 'chai';
import { byTime, dayNamer, hourNamer } from '../../src/query/time-zone.ts';

const QUARTER = 900_000;

/** The names of all quarters of an hour from one moment on, before another, each once and in the order they come in. */
function namesOf(name: (millis: number) => string, from: string, to: string): string[] {
  const names = new Set<string>();
  for (let at = Date.parse(from); at < Date.parse(to); at += QUARTER) names.add(name(at));
  return [...names];
}

describe('hours of a time zone', () => {
  it('have their offset where one comes twice', () => {
    expect(namesOf(hourNamer('Europe/Berlin'), '2026-10-24T23:00Z', '2026-10-25T03:00Z')).to.deep.equal([
      '2026-10-25T01:00',
      '2026-10-25T02:00+02:00',
      '2026-10-25T02:00+01:00',
      '2026-10-25T03:00',
    ]);
    expect(namesOf(hourNamer('America/New_York'), '2026-11-01T04:00Z', '2026-11-01T08:00Z')).to.deep.equal([
      '2026-11-01T00:00',
      '2026-11-01T01:00-04:00',
      '2026-11-01T01:00-05:00',
      '2026-11-01T02:00',
    ]);
    // Back by half an hour, at two.
    expect(namesOf(hourNamer('Australia/Lord_Howe'), '2026-04-04T13:00Z', '2026-04-04T16:30Z')).to.deep.equal([
      '2026-04-05T00:00',
      '2026-04-05T01:00+11:00',
      '2026-04-05T01:00+10:30',
      '2026-04-05T02:00',
    ]);
  });

  it('are left out where clocks are set on', () => {
    expect(namesOf(hourNamer('Europe/Berlin'), '2026-03-29T00:00Z', '2026-03-29T02:00Z')).to.deep.equal([
      '2026-03-29T01:00',
      '2026-03-29T03:00',
    ]);
  });

  it('are in the order of time, all year and in every zone', () => {
    for (const zone of [
      'UTC',
      'Europe/Berlin',
      'America/Sao_Paulo',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
    ]) {
      const hours = namesOf(hourNamer(zone), '2026-01-01T00:00Z', '2027-01-01T00:00Z');
      expect(hours.toSorted(byTime), zone).to.deep.equal(hours);
      const days = namesOf(dayNamer(zone), '2026-01-01T00:00Z', '2027-01-01T00:00Z');
      expect(days.toSorted(byTime), zone).to.deep.equal(days);
    }
  });

  it('are those of the machine', () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const [from, to] = ['2026-01-01T00:00Z', '2026-12-31T00:00Z'];
    expect(namesOf(hourNamer('local'), from, to)).to.deep.equal(namesOf(hourNamer(zone), from, to));
  });
});
