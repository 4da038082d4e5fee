// Days, weeks and months in a time zone. A day has 23 or 25 hours where the clocks change, and may begin at one o'clock.
import type { CalendarPeriod } from '../rule.ts';

const HOUR_MILLIS = 3_600_000;
const DAY_MILLIS = 24 * HOUR_MILLIS;

const formats = new Map<string, Intl.DateTimeFormat>();
/** The day asked for last, of each zone: most questions are about today. */
const lastDays = new Map<string, { readonly start: number; readonly end: number }>();

/** First moment of the day, week (from Monday) or month in which `atMillis` lies; milliseconds since the epoch, as all here. */
export function periodStart(period: CalendarPeriod, timeZone: string, atMillis: number): number {
  if (period === 'day') return dayOf(timeZone, atMillis).start;
  const wall = wallOf(timeZone, atMillis);
  const date = new Date(wall);
  const day =
    period === 'month'
      ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
      : Math.floor(wall / DAY_MILLIS) * DAY_MILLIS - ((date.getUTCDay() + 6) % 7) * DAY_MILLIS;
  return dayStart(timeZone, day);
}

/** First moment after it. */
export function periodEnd(period: CalendarPeriod, timeZone: string, atMillis: number): number {
  const date = new Date(wallOf(timeZone, periodStart(period, timeZone, atMillis)));
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const days = { day: 1, week: 7, month: 0 }[period];
  return dayStart(timeZone, period === 'month' ? Date.UTC(year, month + 1, 1) : Date.UTC(year, month, day + days));
}

/** The same time of day so many days before. */
export function sameTimeDaysAgo(atMillis: number, days: number, timeZone: string): number {
  return momentOf(timeZone, wallOf(timeZone, atMillis) - days * DAY_MILLIS);
}

function dayOf(timeZone: string, atMillis: number): { readonly start: number; readonly end: number } {
  const last = lastDays.get(timeZone);
  if (last !== undefined && atMillis >= last.start && atMillis < last.end) return last;
  const wallDay = Math.floor(wallOf(timeZone, atMillis) / DAY_MILLIS) * DAY_MILLIS;
  const day = { start: dayStart(timeZone, wallDay), end: dayStart(timeZone, wallDay + DAY_MILLIS) };
  lastDays.set(timeZone, day);
  return day;
}

/** @param wallDay midnight of the date, as if it were UTC. */
function dayStart(timeZone: string, wallDay: number): number {
  const moments = momentsOf(timeZone, wallDay).filter((moment) => wallOf(timeZone, moment) >= wallDay);
  return Math.min(...moments);
}

/** The moment at which clocks show `wall`; the first of two, and where there is none, the one that the old time would have had. */
function momentOf(timeZone: string, wall: number): number {
  const moments = momentsOf(timeZone, wall);
  return moments.find((moment) => wallOf(timeZone, moment) === wall) ?? (moments[0] as number);
}

/** By the offset of the day before and by that of the day after. */
function momentsOf(timeZone: string, wall: number): number[] {
  return [-DAY_MILLIS, DAY_MILLIS].map((away) => wall - (wallOf(timeZone, wall + away) - (wall + away)));
}

/** What the clocks of the zone show, as if it were UTC. */
export function wallOf(timeZone: string, atMillis: number): number {
  if (timeZone === 'UTC') return atMillis;
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(atMillis)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const millis = ((atMillis % 1000) + 1000) % 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) + millis;
}
