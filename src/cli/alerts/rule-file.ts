// Rules as a Prometheus rule file. What of a rule PromQL cannot say is said in comments beside it; what it cannot say at all is left out, and said.
import { Document, type YAMLMap, type YAMLSeq } from 'yaml';
import { formatDuration } from '../../alerting/duration.ts';
import type { Rule, Severity } from '../../alerting/rule.ts';
import { labelName } from '../../exporters/prometheus/metric-name.ts';
import { annotationOf, plainText } from './annotation.ts';
import type { Instrument } from './instruments.ts';
import { expressRule, NotExpressible, type RuleExpression } from './rule-expression.ts';

export interface RuleFile {
  /** YAML. */
  readonly text: string;
  /** Rules that are not in it. */
  readonly leftOut: readonly { readonly rule: string; readonly reason: string }[];
}

/** An entry of the file, in the order in which Prometheus' documentation gives the fields. */
interface Entry {
  readonly comment: string;
  readonly fields: object;
}

/** How often rules are judged, by the length of their window: as finely as our own engine keeps it. */
const SHORT_MILLIS = 3_600_000;
const GROUPS = {
  short: { name: 'agent-vitals', interval: '15s' },
  long: { name: 'agent-vitals-long', interval: '1m' },
} as const;
type GroupKey = keyof typeof GROUPS;
const WIDTH = 118;

const HEADER = ` Alert rules, made by agent-vitals alerts export --format prometheus, for the metrics of its scrape endpoint and of a
 collector it pushes to.

 Scrape at least every minute, and every 30 s for windows of one minute. A series that is new counts from 0, and so does one that
 was not scraped for more than an hour or comes back with less than it had. A window cannot see further back than Prometheus keeps samples
 (--storage.tsdb.retention.time, 15d unless set). What a counter that began anew within a window has gained is Prometheus'
 estimate (increase), wrong by up to what is counted between two scrapes at each such beginning.`;

/** @param instrumentOf what is known of a metric. */
export function ruleFile(rules: readonly Rule[], instrumentOf: (metric: string) => Instrument): RuleFile {
  const leftOut: { rule: string; reason: string }[] = [];
  const groups: Record<GroupKey, Entry[]> = { short: [], long: [] };
  const bases = new Set<string>();
  for (const rule of rules) {
    try {
      if (!rule.enabled) throw new NotExpressible('it is disabled');
      const expression = expressRule(rule, instrumentOf, baseFor(rule.name, bases));
      const isShort = rule.window.kind === 'sliding' && rule.window.millis <= SHORT_MILLIS;
      groups[isShort ? 'short' : 'long'].push(...entriesOf(rule, expression));
    } catch (error) {
      if (!(error instanceof NotExpressible)) throw error;
      leftOut.push({ rule: rule.name, reason: error.message });
    }
  }
  return { text: yamlOf(groups, leftOut), leftOut };
}

/** What the series of a rule are called: names that Prometheus has to write alike are numbered. */
function baseFor(name: string, taken: Set<string>): string {
  const plain = `agent_vitals_rule:${labelName(name)}`;
  let base = plain;
  for (let number = 2; taken.has(base); number++) base = `${plain}_${number}`;
  taken.add(base);
  return base;
}

function entriesOf(rule: Rule, expression: RuleExpression): Entry[] {
  const steps = rule.steps.length > 0 ? rule.steps : [{ at: undefined, severity: rule.severity }];
  const alerts = steps.map(({ at, severity }) => alertOf(rule, expression, at, severity));
  const comment = commentOf(rule, expression);
  return [...expression.records, ...alerts].map((fields, index) => ({ comment: index === 0 ? comment : '', fields }));
}

/** @param at part of the rule's threshold, where it has steps. */
function alertOf(rule: Rule, { value, absent }: RuleExpression, at: number | undefined, severity: Severity): object {
  const threshold = at === undefined ? rule.threshold : rule.threshold * at;
  const step = at === undefined ? undefined : `${Number((at * 100).toFixed(6))}%`;
  const condition = `${value} ${rule.op} ${threshold}`;
  return {
    alert: rule.name,
    expr: absent === undefined ? condition : `(${condition}) or ${absent}`,
    ...(rule.forMillis > 0 && { for: formatDuration(rule.forMillis) }),
    ...(rule.keepFiringForMillis > 0 && { keep_firing_for: formatDuration(rule.keepFiringForMillis) }),
    labels: {
      ...Object.fromEntries(Object.entries(rule.labels).map(([name, text]) => [labelName(name), plainText(text)])),
      severity,
      ...(step !== undefined && { step }),
    },
    annotations: { description: annotationOf(rule, threshold, step ?? '', severity) },
  };
}

function commentOf(rule: Rule, { differences }: RuleExpression): string {
  const said = [...differences];
  if (/\{\{\s*forecast\b/.test(rule.description))
    said.push('When the threshold will be exceeded is not in the description: Prometheus does not know.');
  if (rule.channels.length > 0) said.push(`Told to: ${rule.channels.join(', ')}. With Alertmanager its routes decide.`);
  said.push(
    rule.cooldownMillis === 0
      ? 'Told once. Alertmanager tells again after repeat_interval.'
      : `Told again after ${formatDuration(rule.cooldownMillis)}: repeat_interval of Alertmanager's route.`,
  );
  return said.flatMap((sentence) => fold(` ${sentence}`, WIDTH - 8)).join('\n');
}

function yamlOf(groups: Record<GroupKey, Entry[]>, leftOut: RuleFile['leftOut']): string {
  const named = (Object.keys(GROUPS) as GroupKey[])
    .map((key) => ({ group: GROUPS[key], entries: groups[key] }))
    .filter(({ entries }) => entries.length > 0);
  const document = new Document({
    groups: named.map(({ group: { name, interval }, entries }) => ({
      name,
      interval,
      rules: entries.map(({ fields }) => fields),
    })),
  });
  const missing = leftOut.map(({ rule, reason }) => fold(` ${rule} is left out: ${reason}.`, WIDTH).join('\n'));
  document.commentBefore = [HEADER, ...missing].join('\n\n');
  for (const [group, { entries }] of named.entries()) {
    const rules = document.getIn(['groups', group, 'rules']) as YAMLSeq<YAMLMap>;
    for (const [index, { comment }] of entries.entries()) {
      const node = rules.items[index] as YAMLMap;
      if (comment === '') continue;
      node.commentBefore = comment;
      node.spaceBefore = index > 0;
    }
  }
  // Expressions are of several lines and stay as they are.
  return document.toString({ lineWidth: 0 });
}

function fold(sentence: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of sentence.trim().split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(` ${word}`);
  }
  return lines;
}
