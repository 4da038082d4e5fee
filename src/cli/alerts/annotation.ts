// The description of a rule as an annotation that Prometheus fills in.
import { formatDuration } from '../../alerting/duration.ts';
import type { Rule, Severity } from '../../alerting/rule.ts';
import { labelName } from '../../exporters/prometheus/metric-name.ts';

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** @param step as people write it, empty where the rule has none. */
export function annotationOf(rule: Rule, threshold: number, step: string, severity: Severity): string {
  const { window } = rule;
  const inUnit = (number: string): string => inUnitOf(rule, number);
  const values: Readonly<Record<string, string>> = {
    rule: rule.name,
    value: inUnit('$value'),
    threshold: inUnit(String(threshold)),
    budget: inUnit(String(rule.threshold)),
    step,
    op: rule.op,
    statistic: rule.statistic,
    metric: rule.measure.metric,
    window: window.kind === 'sliding' ? formatDuration(window.millis) : window.period,
    severity,
    unit: rule.unit ?? '',
    labels: '{{ $labels }}',
    // Told by our own messages alone.
    forecast: '',
  };
  return rule.description
    .replaceAll(PLACEHOLDER, (_, name: string) =>
      name.startsWith('label ')
        ? `{{ index $labels ${JSON.stringify(labelName(name.slice('label '.length)))} }}`
        : (values[name] ?? ''),
    )
    .trim();
}

/** A number for people, by Prometheus' own functions. */
function inUnitOf({ unit, statistic }: Rule, number: string): string {
  if (unit === '{USD}') return `\${{ printf "%.2f" ${/^\d+$/.test(number) ? `${number}.0` : number} }}`;
  if (unit === 's') return `{{ ${number} | humanizeDuration }}`;
  if (unit === '1' && statistic === 'ratio') return `{{ ${number} | humanizePercentage }}`;
  const noun = unit === undefined || unit === '1' ? '' : ` ${unit.replaceAll(/[{}]/g, '').replace(/[^s]$/, '$&s')}`;
  return `{{ ${number} | humanize }}${noun}`;
}
