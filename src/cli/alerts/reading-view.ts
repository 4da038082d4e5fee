// What rules come to now, as people read it and as JSON has it.
import type { Reading } from '../../alerting/evaluation/evaluator.ts';
import { formatTime, UNKNOWN } from '../format.ts';
import type { Style } from '../output.ts';
import type { Column } from '../table.ts';
import { formatValue } from './rule-view.ts';

const STYLES: Readonly<Record<string, Style>> = { firing: 'red', pending: 'yellow', resolved: 'green' };
const BAR = 10;

export function stateOf({ state }: Reading): 'inactive' | 'pending' | 'firing' | 'resolved' {
  return state?.state ?? 'inactive';
}

/** Since when a series is in its state; null: it never was in another. */
function sinceOf({ state }: Reading): number | null {
  if (state === undefined) return null;
  if (state.state === 'pending') return state.activeMillis;
  return (state.state === 'firing' ? state.firedMillis : state.resolvedMillis) ?? null;
}

/** A reading in JSON. */
export function readingRecord(reading: Reading): object {
  const { rule, labels, value, threshold, severity, forecastMillis } = reading;
  const since = sinceOf(reading);
  return {
    rule: rule.name,
    labels,
    value,
    op: rule.op,
    threshold,
    unit: rule.unit ?? null,
    severity,
    state: stateOf(reading),
    since: since === null ? null : new Date(since).toISOString(),
    forecast: forecastMillis === null ? null : new Date(forecastMillis).toISOString(),
  };
}

/** `model=gpt-5, step=80%` */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

export const RULE: Column<Reading> = { header: 'RULE', cell: ({ rule }) => rule.name, flexible: true };
export const SERIES: Column<Reading> = {
  header: 'SERIES',
  // Which label it is the rule says; in few columns the value matters.
  cell: ({ labels }) => Object.values(labels).join(', '),
  flexible: true,
  dropOrder: 2,
};
export const VALUE: Column<Reading> = {
  header: 'VALUE',
  cell: ({ rule, value }) => formatValue(value, rule),
  align: 'right',
};
export const THRESHOLD: Column<Reading> = {
  header: 'THRESHOLD',
  cell: ({ rule, threshold }) => `${rule.op} ${formatValue(threshold, rule)}`,
  align: 'right',
};
export const STATE: Column<Reading> = {
  header: 'STATE',
  cell: (reading) => (reading.value === null && stateOf(reading) === 'inactive' ? 'no data' : stateOf(reading)),
  style: (reading) => STYLES[stateOf(reading)] ?? 'dim',
};

export function sinceColumn(utc: boolean): Column<Reading> {
  return {
    header: 'SINCE',
    cell: (reading) => {
      const at = sinceOf(reading);
      return at === null ? '' : formatTime(at, utc);
    },
    dropOrder: 3,
  };
}

/** How much of the threshold is used up: of one that must not be exceeded. */
export const USED: Column<Reading> = {
  header: 'USED',
  cell: ({ rule, value, threshold }) => {
    if (value === null || !(threshold > 0) || !rule.op.startsWith('>')) return UNKNOWN;
    const part = Math.max(0, value / threshold);
    const full = Math.min(BAR, Math.floor(part * BAR));
    return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${String(Math.floor(part * 100)).padStart(3)}%`;
  },
  dropOrder: 4,
};
