// Days and hours as people of a time zone name them, over changes of the clocks.

/** `local` is the machine's; else `UTC`, or a name of the IANA's such as `Europe/Berlin`. */
export type Zone = string;

interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const MINUTE_MILLIS = 60_000;
const HOUR_MILLIS = 3_600_000;
const DAY_MILLIS = 24 * HOUR_MILLIS;
/** More than clocks are ever set back by, and less than the time between two changes. */
const AROUND_MILLIS = 4 * HOUR_MILLIS;
const HOUR_NAME_LENGTH = '2026-11-23T14:00'.length;

/** Names the day of a moment, as `2026-11-23`. */
export function dayNamer(zone: Zone): (millis: number) => string {
  const clock = wallClock(zone);
  return (millis) => dayName(clock(millis));
}

/**
 * Names the hour of a moment, as `2026-11-23T14:00`. An hour that comes twice because clocks are set back has its offset in its names, for the two to
 * be told apart: `2026-10-25T02:00+02:00` and, an hour later, `2026-10-25T02:00+01:00`.
 */
export function hourNamer(zone: Zone): (millis: number) => string {
  const clock = wallClock(zone);
  const offsets = new Map<number, number>();
  /** Milliseconds by which the clocks of the zone are ahead of UTC. Asked for again and again: a look at the clocks of a named zone takes its time. */
  const offsetAt = (millis: number): number => {
    const minute = Math.floor(millis / MINUTE_MILLIS) * MINUTE_MILLIS;
    let offset = offsets.get(minute);
    if (offset === undefined) {
      const { year, month, day, hour, minute: past } = clock(minute);
      offsets.set(minute, (offset = Date.UTC(year, month - 1, day, hour, past) - minute));
    }
    return offset;
  };
  return (millis) => {
    const time = clock(millis);
    const name = `${dayName(time)}T${twoDigits(time.hour)}:00`;
    const offset = offsetAt(millis);
    const begin = Date.UTC(time.year, time.month - 1, time.day, time.hour);
    // Clocks of another offset a while ago, or a while later, that show the same hour.
    const comesTwice = [-AROUND_MILLIS, AROUND_MILLIS]
      .map((after) => offsetAt(millis + after))
      .filter((other) => other !== offset)
      .some((other) => [begin, begin + HOUR_MILLIS - MINUTE_MILLIS].some((wall) => offsetAt(wall - other) === other));
    return comesTwice ? name + offsetName(offset) : name;
  };
}

/**
 * When the clocks of a zone show a time: the first time where they show it twice, and where they never do, as much later as they were set on.
 * @param wallMillis the time as it would be in UTC.
 */
export function momentIn(zone: Zone, wallMillis: number): number {
  if (zone === 'UTC') return wallMillis;
  const clock = wallClock(zone);
  const offsetAt = (millis: number): number => {
    const { year, month, day, hour, minute } = clock(millis);
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(millis / MINUTE_MILLIS) * MINUTE_MILLIS;
  };
  const [before, after] = [offsetAt(wallMillis - DAY_MILLIS), offsetAt(wallMillis + DAY_MILLIS)];
  const shown = [before, after].find((offset) => offsetAt(wallMillis - offset) === offset);
  return wallMillis - (shown ?? before);
}

/** In the order of time, of names by a {@link dayNamer} or an {@link hourNamer}. */
export function byTime(a: string, b: string): number {
  const [hourA, hourB] = [a.slice(0, HOUR_NAME_LENGTH), b.slice(0, HOUR_NAME_LENGTH)];
  if (hourA !== hourB) return hourA < hourB ? -1 : 1;
  // Clocks are set back: what was further ahead came first.
  return minutesOf(b.slice(HOUR_NAME_LENGTH)) - minutesOf(a.slice(HOUR_NAME_LENGTH));
}

/** `+02:00` */
function offsetName(offsetMillis: number): string {
  const minutes = Math.abs(offsetMillis) / MINUTE_MILLIS;
  return `${offsetMillis < 0 ? '-' : '+'}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

function minutesOf(offset: string): number {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return offset.startsWith('-') ? -minutes : minutes;
}

/** @throws {RangeError} when there is no such time zone. */
function wallClock(zone: Zone): (millis: number) => WallClock {
  if (zone === 'local') {
    return (millis) => {
      const at = new Date(millis);
      const [month, day, minute] = [at.getMonth() + 1, at.getDate(), at.getMinutes()];
      return { year: at.getFullYear(), month, day, hour: at.getHours(), minute };
    };
  }
  if (zone === 'UTC') {
    return (millis) => {
      const at = new Date(millis);
      const [month, day, minute] = [at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCMinutes()];
      return { year: at.getUTCFullYear(), month, day, hour: at.getUTCHours(), minute };
    };
  }
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  });
  return (millis) => {
    const parts = Object.fromEntries(format.formatToParts(millis).map(({ type, value }) => [type, Number(value)]));
    return parts as unknown as WallClock;
  };
}

function dayName({ year, month, day }: WallClock): string {
  return `${year}-${twoDigits(month)}-${twoDigits(day)}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
