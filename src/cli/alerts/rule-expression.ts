// A rule as a PromQL expression that gives a value for each series exactly while the rule's condition holds. It knows nothing of files.

import { formatDuration } from '../../alerting/duration.ts';
import { type Matcher, type Measure, type Rule } from '../../alerting/rule.ts';
import { labelName, metricName } from '../../exporters/prometheus/metric-name.ts';
import type { Instrument } from './instruments.ts';
import {
  aggregate,
  increments,
  incrementsOfMinute,
  indent,
  literal,
  matcher,
  overTime,
  type Selector,
  secondsSinceMidnight,
  selector,
  sinceMidnight,
  stepOf,
} from './promql.ts';

export interface RuleExpression {
  /** Series to be recorded beside the alert, of which its value is made: they can be drawn, and keep the alert short. */
  readonly records: readonly { readonly record: string; readonly expr: string }[];
  /** What is compared with the threshold. */
  readonly value: string;
  /** Gives one value while there is no data at all; `undefined` where the rule does not ask for it. */
  readonly absent: string | undefined;
  /** Where it means something else than the rule: a sentence each. */
  readonly differences: readonly string[];
}

/** Why a rule cannot be said in PromQL. */
export class NotExpressible extends Error {
  override readonly name = 'NotExpressible';
}

type Differ = (sentence: string) => void;

interface Context {
  readonly rule: Rule;
  /** Labels, as Prometheus calls them. */
  readonly by: readonly string[];
  readonly differ: Differ;
  /** Has an expression recorded. @returns its series. */
  readonly record: (what: string, expr: string) => Selector;
}

/**
 * @param instrumentOf what is known of a metric.
 * @param base what its recorded series are called, before the part.
 * @throws {NotExpressible} with the reason.
 */
export function expressRule(rule: Rule, instrumentOf: (metric: string) => Instrument, base: string): RuleExpression {
  const { window, measure, divisor, baseline } = rule;
  const differences = new Set<string>();
  const differ: Differ = (sentence) => differences.add(sentence);
  const by = rule.by.map(labelName);
  const records: { record: string; expr: string }[] = [];
  const recordAs = (part: string, expr: string): string => {
    const record = `${base}:${part}`;
    records.push({ record, expr });
    return record;
  };
  const recorded = (given: Measure, part: string): string => {
    const context = { rule, by, differ, record: (what: string, expr: string) => recordAs(`${part}_${what}`, expr) };
    return recordAs(part, valueOf(given, instrumentOf(given.metric), context));
  };
  if (window.kind === 'calendar') {
    differ(
      `Days begin at midnight of ${window.timeZone} as its clocks were at the time of the export: export again when they are changed. What was added before the rules were loaded is not seen (promtool tsdb create-blocks-from rules fills it in).`,
    );
  }
  let value = recorded(measure, divisor ? 'part' : 'value');
  if (divisor) {
    const whole = recorded(divisor, 'whole');
    // Where nothing was counted of the part there is no series, and the ratio is 0.
    value = `(${value} or 0 * ${whole}) / (${whole} > 0)`;
    // Only a series can be asked for what it was.
    if (baseline) value = recordAs('value', value);
  }
  if (baseline) {
    const now = baseline.atLeast > 0 ? `(${value} >= ${baseline.atLeast})` : value;
    value = `${now} / ${averageOfPast(value, baseline.days, by)}`;
    differ(
      `Compared is with the same time of the past ${baseline.days} days, in hours of 24 to the day, as far as it was recorded then.`,
    );
  }
  return {
    records,
    value,
    absent: rule.noData === 'alert' ? absent(rule, instrumentOf) : undefined,
    differences: [...differences],
  };
}

/** The average of a series at this time of the days before, of those that have something. */
function averageOfPast(series: string, days: number, by: readonly string[]): string {
  const past = Array.from(
    { length: days },
    (_, index) => `label_replace(${series} offset ${index + 1}d > 0, "day", "${index + 1}", "", "")`,
  );
  return aggregate('avg', by, past.join('\nor '));
}

/** PromQL for the samples of a measure, in the names of our scrape endpoint and of a collector. */
function seriesOf(measure: Measure, instrument: Instrument, suffix = ''): Selector {
  const name = metricName(measure.metric, instrument.unit, instrument.kind);
  if (!/^[a-zA-Z_:]/.test(name))
    throw new NotExpressible(`Prometheus knows no name for the metric "${measure.metric}"`);
  return selector(name + suffix, measure.where.map(matcherOf));
}

function valueOf(measure: Measure, instrument: Instrument, context: Context): string {
  const isReading = instrument.kind === 'gauge' || instrument.kind === 'non_monotonic';
  const value = isReading ? valueOfReadings(measure, instrument, context) : valueOfAdded(measure, instrument, context);
  if (value !== undefined) return value;
  const kind = instrument.kind === 'non_monotonic' ? 'up-down counter' : instrument.kind;
  throw new NotExpressible(`there is no ${measure.statistic} of "${measure.metric}", which is a ${kind}`);
}

/** Of counters and histograms. */
function valueOfAdded(
  measure: Measure,
  instrument: Instrument,
  { rule, by, differ, record }: Context,
): string | undefined {
  const { window } = rule;
  const { statistic } = measure;
  const isHistogram = instrument.kind === 'histogram';
  const added = (suffix: string, labels = by): string => {
    const part = isHistogram ? suffix : '';
    const series = seriesOf(measure, instrument, part);
    if (window.kind === 'sliding') return aggregate('sum', labels, increments(series, formatDuration(window.millis)));
    const step = stepOf(window);
    return sinceMidnight(
      window,
      record(`${step}${part}`, aggregate('sum', labels, increments(series, step))),
      record(`1m${part}`, aggregate('sum', labels, incrementsOfMinute(series))),
      labels,
    );
  };
  const quantile = (part: number): string | undefined =>
    isHistogram ? `histogram_quantile(${part}, ${added('_bucket', [...by, 'le'])})` : undefined;
  switch (statistic) {
    case 'sum':
      return added('_sum');
    case 'count':
      return added('_count');
    case 'rate':
      return `${added('_count')}\n/ ${window.kind === 'sliding' ? window.millis / 1000 : secondsSinceMidnight(window)}`;
    case 'avg':
      return isHistogram ? `${added('_sum')}\n/ (\n${indent(added('_count'))}\n> 0)` : undefined;
    case 'max':
      differ(
        'The maximum is the upper bound of the highest bucket with a value: Prometheus is not told the maximum itself.',
      );
      return quantile(1);
    case 'min':
      differ(
        'The minimum is the lower bound of the lowest bucket with a value: Prometheus is not told the minimum itself.',
      );
      return quantile(0);
    case 'last':
      return undefined;
    default:
      return quantile(Number((Number(statistic.slice(1)) / 100).toFixed(5)));
  }
}

/** Of gauges and up-down counters. */
function valueOfReadings(measure: Measure, instrument: Instrument, { rule, by, differ }: Context): string | undefined {
  const { statistic } = measure;
  const over = (operation: Parameters<typeof overTime>[0]): string =>
    overTime(operation, seriesOf(measure, instrument), rule.window);
  switch (statistic) {
    case 'sum':
    case 'last':
      if (instrument.kind === 'non_monotonic') {
        differ('A process that has ended counts until what it read last has left the window.');
        return aggregate('sum', by, over('last'));
      }
      // Of one process the series of a group are one reading together; what several processes read is the same thing.
      return aggregate('max', by, aggregate('sum', [...by, 'job', 'instance'], over('last')));
    case 'count':
      differ('Counted are samples, as often as Prometheus scrapes.');
      return aggregate('sum', by, over('count'));
    case 'avg':
    case 'min':
    case 'max':
      return aggregate(statistic, by, over(statistic));
    default:
      return undefined;
  }
}

function absent(rule: Rule, instrumentOf: (metric: string) => Instrument): string {
  const { measure, divisor } = rule;
  const looked = divisor ?? measure;
  const instrument = instrumentOf(looked.metric);
  return `absent(${seriesOf(looked, instrument, instrument.kind === 'histogram' ? '_count' : '')})`;
}

function matcherOf(given: Matcher): string {
  const label = labelName(given.label);
  switch (given.kind) {
    case 'exists':
      return matcher(label, given.exists ? '!=' : '=', '');
    case 'in':
    case 'notIn': {
      const negated = given.kind === 'notIn';
      if (given.values.length === 1) return matcher(label, negated ? '!=' : '=', given.values[0] as string);
      return matcher(label, negated ? '!~' : '=~', given.values.map(literal).join('|'));
    }
    case 'like':
    case 'notLike':
      return matcher(label, given.kind === 'like' ? '=~' : '!~', given.pattern.split('*').map(literal).join('.*'));
  }
}
