// An alert as the judge of the rules would hand it over.
import type { Alert } from '../../../src/alerting/alert.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** A time of no meaning, long past. */
export const START = Date.UTC(2026, 0, 15, 10);

export function anAlert(changes: Partial<Alert> = {}): Alert {
  const rule = changes.rule ?? 'daily_cost';
  return {
    rule,
    fingerprint: changes.fingerprint ?? `${rule} ${JSON.stringify(changes.labels ?? {})}`,
    labels: { 'gen_ai.request.model': 'gpt-5' },
    state: 'firing',
    severity: 'warning',
    description: 'The day has cost more than 10 USD',
    value: 12.5,
    threshold: 10,
    op: '>',
    unit: 'USD',
    channels: ['ops'],
    startsAtMillis: START,
    endsAtMillis: undefined,
    ...changes,
  };
}
