// Points in time as people write them: `24h`, `7d`, `2026-11-23`, `2026-11-23T10:00:00Z`.
import { momentIn, type Zone } from './time-zone.ts';

export interface PeriodOptions {
  /** Milliseconds since the epoch. */
  readonly nowMillis: number;
  /** Of dates and times without an offset. */
  readonly zone: Zone;
}

/** What was written is no point in time. The message says what is. */
export class PeriodError extends Error {
  override readonly name = 'PeriodError';
}

const UNIT_MILLIS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const AGO = /^(\d{1,6})\s*([smhdw])$/i;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/** First moment of a period. A date is its first moment. */
export function parseSince(text: string, options: PeriodOptions): number {
  return parse(text, options, 0);
}

/** First moment after a period. A date is meant with its whole day. */
export function parseUntil(text: string, options: PeriodOptions): number {
  return parse(text, options, 1);
}

function parse(text: string, { nowMillis, zone }: PeriodOptions, daysAfter: 0 | 1): number {
  const given = text.trim();
  const ago = AGO.exec(given);
  if (ago)
    return nowMillis - Number(ago[1]) * UNIT_MILLIS[(ago[2] as string).toLowerCase() as keyof typeof UNIT_MILLIS];
  const date = DATE.exec(given);
  if (date) {
    const [year, month, day] = date.slice(1).map(Number) as [number, number, number];
    const written = new Date(Date.UTC(year, month - 1, day));
    // 31 February is 3 March to Date: not what was written.
    if (written.getUTCMonth() !== month - 1 || written.getUTCDate() !== day) throw notATime(text);
    return momentIn(zone, Date.UTC(year, month - 1, day + daysAfter));
  }
  const time = DATE_TIME.exec(given);
  if (time) {
    const iso = given.replace(' ', 'T');
    const isWithoutOffset = time[3] === undefined;
    const millis = Date.parse(isWithoutOffset ? `${iso}Z` : iso);
    if (!Number.isNaN(millis)) return isWithoutOffset ? momentIn(zone, millis) : millis;
  }
  throw notATime(text);
}

function notATime(text: string): PeriodError {
  return new PeriodError(
    `"${text}" is no point in time. Write how long ago (30m, 24h, 7d, 2w), a date (2026-11-23) or a date and time (2026-11-23T10:00:00Z).`,
  );
}
