// Days and hours as people of a time zone name them, over changes of the clocks.

/** `local` is the machine's; else `UTC`, or a name of the IANA's such as `Europe/Berlin`. */
export type Zone = string;

interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
}

/** Names the day of a moment, as `2026-11-23`. */
export function dayNamer(zone: Zone): (millis: number) => string {
  const clock = wallClock(zone);
  return (millis) => dayName(clock(millis));
}

/**
 * Names the hour of a moment, as `2026-11-23T14:00`. An hour that comes twice when clocks are set back has one name.
 */
export function hourNamer(zone: Zone): (millis: number) => string {
  const clock = wallClock(zone);
  return (millis) => {
    const time = clock(millis);
    return `${dayName(time)}T${twoDigits(time.hour)}:00`;
  };
}

/** @throws {RangeError} when there is no such time zone. */
function wallClock(zone: Zone): (millis: number) => WallClock {
  if (zone === 'local') {
    return (millis) => {
      const at = new Date(millis);
      return { year: at.getFullYear(), month: at.getMonth() + 1, day: at.getDate(), hour: at.getHours() };
    };
  }
  if (zone === 'UTC') {
    return (millis) => {
      const at = new Date(millis);
      return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate(), hour: at.getUTCHours() };
    };
  }
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
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
