// What people read, whatever the channel: a title, and a line for each alert.
import type { Alert } from '../alert.ts';
import { formatValue } from '../format-value.ts';
import type { Severity } from '../rule.ts';

/** What a channel is asked to say. */
export interface Message {
  /** Of one message, however often it is sent. */
  readonly id: string;
  /** One line. */
  readonly title: string;
  /** Plain text of any number of lines; empty when the alerts say it all. */
  readonly text: string;
  readonly severity: Severity;
  /** Whether there is something to be done, or it is all over. */
  readonly state: Alert['state'];
  readonly alerts: readonly MessageAlert[];
  /** Milliseconds since the epoch. */
  readonly atMillis: number;
  /** It is only to show that the channel works: nothing of it is to stay open. */
  readonly isTest?: boolean;
}

export interface MessageAlert extends Alert {
  /** When it is over unless it is told again, in milliseconds since the epoch: for receivers that forget. */
  readonly expiresAtMillis: number;
}

/** More of them are counted, not shown, where people read. */
export const MAX_SHOWN = 20;
const MAX_LABEL_LENGTH = 200;
const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

/** One message of alerts that fire together, the gravest first, then those that are over. */
export function messageOf(id: string, given: readonly MessageAlert[], atMillis: number): Message {
  const rank = ({ state, severity }: Alert): number => (state === 'firing' ? SEVERITIES.indexOf(severity) : -1);
  const alerts = given.toSorted((a, b) => rank(b) - rank(a) || a.startsAtMillis - b.startsAtMillis);
  const firing = alerts.filter(({ state }) => state === 'firing');
  const resolved = alerts.length - firing.length;
  const counts = [
    ...(firing.length > 0 ? [`FIRING:${firing.length}`] : []),
    ...(resolved > 0 ? [`RESOLVED:${resolved}`] : []),
  ];
  const rules = [...new Set(alerts.map(({ rule }) => rule))];
  const named = rules.length > 3 ? `${rules.slice(0, 3).join(', ')} and ${rules.length - 3} more` : rules.join(', ');
  return {
    id,
    title: `[${counts.join(', ')}] ${named}`,
    text: '',
    severity: (firing[0] ?? alerts[0])?.severity ?? 'info',
    state: firing.length > 0 ? 'firing' : 'resolved',
    alerts,
    atMillis,
  };
}

/** What the title of one alert says: `CRITICAL daily_cost`, `RESOLVED daily_cost`. */
export function headingOf(alert: Alert): string {
  return `${alert.state === 'firing' ? alert.severity.toUpperCase() : 'RESOLVED'} ${alert.rule}`;
}

/** `$12.5 > $10`, `no data`; when it is over, `$4 (fires when > $10)`. */
export function valueOf({ value, op, threshold, unit, state }: Alert): string {
  const text = formatValue(value, unit);
  if (value === null) return text;
  const condition = `${op} ${formatValue(threshold, unit)}`;
  return state === 'firing' ? `${text} ${condition}` : `${text} (fires when ${condition})`;
}

/** `model=gpt-5, team=blue`; empty without labels. */
export function labelsText({ labels }: Alert): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value.slice(0, MAX_LABEL_LENGTH)}`)
    .join(', ');
}

/** For channels that take plain text. */
export function plainText(message: Message): string {
  const blocks = message.alerts.slice(0, MAX_SHOWN).map((alert) => {
    const labels = labelsText(alert);
    const since = `since ${new Date(alert.startsAtMillis).toISOString()}`;
    const until = alert.endsAtMillis === undefined ? '' : ` until ${new Date(alert.endsAtMillis).toISOString()}`;
    return [
      headingOf(alert),
      ...(alert.description === '' ? [] : [alert.description]),
      `${valueOf(alert)}, ${since}${until}`,
      ...(labels === '' ? [] : [labels]),
    ].join('\n');
  });
  const hidden = message.alerts.length - blocks.length;
  return [...(message.text === '' ? [] : [message.text]), ...blocks, ...(hidden > 0 ? [andMore(hidden)] : [])].join(
    '\n\n',
  );
}

export function andMore(count: number): string {
  return `… and ${count} more`;
}

/** At most `length` UTF-16 units, cut between characters, with a sign that it was cut. */
export function cut(text: string, length: number): string {
  return text.length <= length
    ? text
    : `${text
        .slice(0, length - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, '')}…`;
}
