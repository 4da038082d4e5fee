// Rules and their values as people read them, and as JSON has them.
import { formatDuration } from '../../alerting/duration.ts';
import type { Measure, Rule } from '../../alerting/rule.ts';
import { formatMillis, formatPercent, formatUsd, UNKNOWN } from '../format.ts';
import type { KnownRule } from './known-rules.ts';

const number = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });

/** A value of a rule in its unit: `$12.50`, `3.4%`, `1.20 s`, `12,000 tokens`. */
export function formatValue(value: number | null, { unit, statistic }: Pick<Rule, 'unit' | 'statistic'>): string {
  if (value === null) return UNKNOWN;
  if (unit === '{USD}') return value < 0 ? `-${formatUsd(-value)}` : formatUsd(value);
  if (unit === 's' && value >= 0) return formatMillis(value * 1000);
  if (unit === '1' && statistic === 'ratio' && value >= 0) return formatPercent(value);
  const noun = unit === undefined || unit === '1' ? '' : unit.replaceAll(/[{}]/g, '');
  if (noun === '') return number.format(value);
  return `${number.format(value)} ${value !== 1 && /^[a-z_]+[^s]$/.test(noun) && unit?.startsWith('{') ? `${noun}s` : noun}`;
}

/** What a rule watches and when it fires: `daily_cost day > $10.00`, `p95 app.latency 15m by route > 2`. */
export function conditionOf(rule: Rule): string {
  const what = rule.preset === rule.name ? '' : (rule.preset ?? measureText(rule));
  const parts = [what, windowText(rule), rule.by.length > 0 ? `by ${rule.by.join(', ')}` : '', thresholdText(rule)];
  return parts.filter((part) => part !== '').join(' ');
}

/** `> $10.00`, with the steps there are. */
function thresholdText(rule: Rule): string {
  const steps =
    rule.steps.length > 0 ? ` (${rule.steps.map(({ at }) => formatPercent(at).replace('.0%', '%')).join(', ')})` : '';
  return `${rule.op} ${formatValue(rule.threshold, rule)}${steps}`;
}

function windowText({ window }: Rule): string {
  return window.kind === 'sliding' ? formatDuration(window.millis) : window.period;
}

function measureText({ measure, divisor, statistic }: Rule): string {
  const one = ({ metric, where }: Measure): string =>
    `${metric}${where.length > 0 ? `{${where.map(({ label }) => label).join(', ')}}` : ''}`;
  return divisor ? `${one(measure)} / ${one(divisor)}` : `${statistic} ${one(measure)}`;
}

/** A rule in JSON. */
export function ruleRecord(known: KnownRule): object {
  const { name, source, input, rule, problems, updatedMillis } = known;
  const nothing = { preset: null, divisor: null, baseline: null, unit: null };
  return {
    name,
    source,
    enabled: rule?.enabled ?? false,
    input,
    rule: rule ? Object.assign(nothing, definedOf(rule)) : null,
    problems,
    updatedAt: updatedMillis === null ? null : new Date(updatedMillis).toISOString(),
  };
}

function definedOf(rule: Rule): Partial<Rule> {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined));
}
