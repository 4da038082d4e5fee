// Pieces of PromQL that mean what a rule's window means. Text only: it knows no rule and no metric of ours.
import { formatDuration } from '../../alerting/duration.ts';
import type { CalendarPeriod, Window } from '../../alerting/rule.ts';
import { wallOf } from '../../alerting/window/time-zone.ts';

/** Series of one name, as written in a query: `name{label="value"}`. */
export type Selector = string;

export type CalendarWindow = Extract<Window, { readonly kind: 'calendar' }>;

const SECOND_MILLIS = 1000;
const MINUTE_MILLIS = 60_000;
const HOUR_MILLIS = 3_600_000;
/** What is looked at of the time before a window, to tell a series that is new from one that was not scraped at that moment. */
const BEFORE = '1h';
/** The longest of each period. */
const LONGEST: Readonly<Record<CalendarPeriod, string>> = { day: '1d', week: '1w', month: '31d' };

export function selector(name: string, matchers: readonly string[]): Selector {
  return matchers.length === 0 ? name : `${name}{${matchers.join(', ')}}`;
}

/** `label="value"`, with the value quoted as PromQL wants it. */
export function matcher(label: string, operator: '=' | '!=' | '=~' | '!~', value: string): string {
  return `${label}${operator}${JSON.stringify(value)}`;
}

/** Exactly `text`, as RE2 reads it. */
export function literal(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}

export function aggregate(operation: string, by: readonly string[], expression: string): string {
  return `${operation}${by.length === 0 ? '' : ` by (${by.join(', ')})`} (\n${indent(expression)}\n)`;
}

export function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

/**
 * What was added to each counter within the last `window`: one value a series. A counter that was not there before the window counts from 0,
 * which `increase` alone does not know; one that was set back counts on.
 */
export function increments(series: Selector, window: string): string {
  const known = knownBefore(series, `min_over_time(${series}[${window}])`, window);
  return [
    `1 * (\n  ${series}\n  unless ${known}\n  unless resets(${series}[${window}]) > 0\n)`,
    `or increase(${series}[${window}]) + (\n  min_over_time(${series}[${window}])\n  unless ${known}\n)`,
    `or increase(${series}[${window}])`,
  ].join('\n');
}

/** What was added in the last minute, exactly: `increase` would stretch the few samples of a minute to the whole of it. */
export function incrementsOfMinute(series: Selector): string {
  const before = `(${series} offset 1m)`;
  return [
    `${series} - ${before} >= 0`,
    `or 1 * (${series} < ${before})`,
    `or 1 * (\n  ${series}\n  unless ${knownBefore(series, series, '1m')}\n)`,
  ].join('\n');
}

/**
 * The series that were there when the window began, or were not scraped just then: they come back with no less than they had. One that comes
 * back with less was begun again.
 */
function knownBefore(series: Selector, least: string, window: string): string {
  return `(\n    ${series} offset ${window}\n    or ${least} >= last_over_time(${series}[${BEFORE}] offset ${window})\n  )`;
}

/**
 * The sum of a calendar window. A period that began at midnight is no range PromQL knows: it is put together of the steps of the period that
 * are over, and of the minutes of the present one.
 * @param step series recorded at every evaluation, with what was added within the last {@link stepOf}.
 * @param minute the same of the last minute.
 */
export function sinceMidnight(
  window: CalendarWindow,
  step: Selector,
  minute: Selector,
  labels: readonly string[],
): string {
  const length = stepOf(window);
  const part = (name: string, series: Selector, condition: string, range: string): string =>
    `label_replace(sum_over_time((\n${indent(`${series}\nand on () ${condition}`)}\n)[${range}]), "part", "${name}", "", "")`;
  const sameStep = same((time) => `floor(${time} / ${stepMillis(window) / SECOND_MILLIS})`);
  return aggregate(
    'sum',
    labels,
    [
      part('whole', step, samePeriod(window), `${LONGEST[window.period]}:${length}`),
      `or ${part('begun', minute, sameStep, `${length}:1m`)}`,
    ].join('\n'),
  );
}

/** How long a calendar window has lasted by now; at least a second. */
export function secondsSinceMidnight(window: CalendarWindow): string {
  const local = localTime(window, 'time()');
  const begun: Readonly<Record<CalendarPeriod, string>> = {
    day: `${local} % 86400`,
    // The first of January 1970 was a Thursday.
    week: `(${local} - 345600) % 604800`,
    month: `(day_of_month(vector(${local})) - 1) * 86400 + ${local} % 86400`,
  };
  return `scalar(clamp_min(vector(1) * (${begun[window.period]}), 1))`;
}

/** The longest step that no midnight of the time zone falls into: `1h` nearly everywhere. */
export function stepOf(window: CalendarWindow): string {
  return formatDuration(stepMillis(window));
}

function stepMillis({ timeZone }: CalendarWindow): number {
  const offset = Math.abs(offsetMillis(timeZone));
  return [HOUR_MILLIS, 30 * MINUTE_MILLIS, 15 * MINUTE_MILLIS].find((step) => offset % step === 0) ?? MINUTE_MILLIS;
}

/** A gauge's values within the window, by one of PromQL's functions over time: one value a series. */
export function overTime(
  operation: 'avg' | 'min' | 'max' | 'last' | 'count',
  series: Selector,
  window: Window,
): string {
  const over = `${operation}_over_time`;
  if (window.kind === 'sliding') return `${over}(${series}[${formatDuration(window.millis)}])`;
  return `${over}((\n${indent(`${series}\nand on () ${samePeriod(window)}`)}\n)[${LONGEST[window.period]}:1m])`;
}

/** Whether a step of a subquery ends in the period that now is in. */
function samePeriod(window: CalendarWindow): string {
  const local = (time: string): string => localTime(window, time);
  switch (window.period) {
    case 'day':
      return same((time) => `floor(${local(time)} / 86400)`);
    case 'week':
      return same((time) => `floor((${local(time)} - 345600) / 604800)`);
    case 'month':
      return same((time) => `month(${local(time)})`);
  }
}

/** A time in seconds as the clocks of the zone show it. */
function localTime({ timeZone }: CalendarWindow, time: string): string {
  const offset = offsetMillis(timeZone) / SECOND_MILLIS;
  return offset === 0 ? time : `(${time} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)})`;
}

/** A step belongs to what it ends: one that ends at midnight to the day before. `end()` is the moment of the evaluation, also within a subquery. */
function same(part: (time: string) => string): string {
  const now = 'last_over_time(vector(time())[1m:1m] @ end())';
  return `(${part('(vector(time()) - 1)')} == scalar(${part(now)}))`;
}

/** What the clocks of the zone are ahead of UTC at this moment. */
function offsetMillis(timeZone: string): number {
  const now = Math.floor(Date.now() / MINUTE_MILLIS) * MINUTE_MILLIS;
  return wallOf(timeZone, now) - now;
}
