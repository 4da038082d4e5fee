// The description of a rule as an annotation that Prometheus fills in.
import { formatDuration } from '../../alerting/duration.ts';
import { formatValue } from '../../alerting/format-value.ts';
import type { Rule, Severity } from '../../alerting/rule.ts';
import { labelName } from '../../exporters/prometheus/metric-name.ts';

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** @param step as people write it, empty where the rule has none. */
export function annotationOf(rule: Rule, threshold: number, step: string, severity: Severity): string {
  const { window, unit } = rule;
  const values: Readonly<Record<string, string>> = {
    rule: rule.name,
    threshold: formatValue(threshold, unit),
    budget: formatValue(rule.threshold, unit),
    step,
    op: rule.op,
    statistic: rule.statistic,
    metric: rule.measure.metric,
    window: window.kind === 'sliding' ? formatDuration(window.millis) : window.period,
    severity,
    unit: unit ?? '',
    // Told by our own messages alone.
    forecast: '',
  };
  const templates: Readonly<Record<string, string>> = { value: presentValue(rule), labels: '{{ $labels }}' };
  const filled = (name: string): string =>
    name.startsWith('label ')
      ? `{{ index $labels ${JSON.stringify(labelName(name.slice('label '.length)))} }}`
      : (templates[name] ?? plainText(values[name] ?? ''));
  // Texts and the names of placeholders by turns.
  const parts = rule.description.split(PLACEHOLDER);
  return parts
    .map((part, index) => (index % 2 === 0 ? plainText(part) : filled(part)))
    .join('')
    .trim();
}

/** A text in which Prometheus finds no template: it reads one in every annotation and label. */
export function plainText(text: string): string {
  // One at the end may have another behind it.
  return text.replaceAll(/\{{2,}|\{$/g, '{{ "$&" }}');
}

/** The value for people, by Prometheus' own functions. */
function presentValue({ unit, statistic }: Rule): string {
  if (unit === '{USD}') return '${{ printf "%.2f" $value }}';
  if (unit === 's') return '{{ $value | humanizeDuration }}';
  if (unit === '1' && statistic === 'ratio') return '{{ $value | humanizePercentage }}';
  const noun = unit === undefined || unit === '1' ? '' : ` ${unit.replaceAll(/[{}]/g, '').replace(/[^s]$/, '$&s')}`;
  return `{{ $value | humanize }}${noun}`;
}
