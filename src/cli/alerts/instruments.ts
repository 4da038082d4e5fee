// What is known of an instrument beside its name: in Prometheus its name is made of its unit and kind as well.
import type { Measure, Rule } from '../../alerting/rule.ts';
import { type PrometheusKind } from '../../exporters/prometheus/metric-name.ts';
import { listJournalFiles } from '../../query/journal-files.ts';
import { JournalTally, readJournal } from '../../query/journal-reader.ts';
import { forEachMetric } from '../../query/metric-lines.ts';
import * as names from '../../semconv.ts';

export interface Instrument {
  readonly kind: PrometheusKind;
  /** UCUM; empty when there is none. */
  readonly unit: string;
}

/** Our own: known before the first of them was ever recorded. */
const OWN: Readonly<Record<string, Instrument>> = {
  [names.METRIC_TOKEN_USAGE]: { kind: 'histogram', unit: '{token}' },
  [names.METRIC_OPERATION_DURATION]: { kind: 'histogram', unit: 's' },
  [names.METRIC_TIME_TO_FIRST_CHUNK]: { kind: 'histogram', unit: 's' },
  [names.METRIC_TIME_PER_OUTPUT_CHUNK]: { kind: 'histogram', unit: 's' },
  [names.METRIC_COST_USD]: { kind: 'counter', unit: '{USD}' },
  [names.METRIC_UNPRICED_CALLS]: { kind: 'counter', unit: '{call}' },
  [names.METRIC_CACHE_READ_TOKENS]: { kind: 'counter', unit: '{token}' },
  [names.METRIC_SERIES_FOLDED]: { kind: 'counter', unit: '{series}' },
  [names.METRIC_BACKEND_ACCEPTED]: { kind: 'counter', unit: '{record}' },
  [names.METRIC_BACKEND_DROPPED]: { kind: 'counter', unit: '{record}' },
  [names.METRIC_BACKEND_UP]: { kind: 'gauge', unit: '' },
  [names.METRIC_BACKEND_LAG]: { kind: 'gauge', unit: 's' },
  [names.METRIC_BACKEND_LAG_BYTES]: { kind: 'gauge', unit: 'By' },
  [names.METRIC_INVOKE_AGENT_DURATION]: { kind: 'histogram', unit: 's' },
  [names.METRIC_INVOKE_AGENT_INFERENCE_CALLS]: { kind: 'histogram', unit: '{inference_call}' },
  [names.METRIC_INVOKE_AGENT_TOOL_CALLS]: { kind: 'histogram', unit: '{tool_call}' },
  [names.METRIC_AGENT_RUN_CALLS]: { kind: 'gauge', unit: '{call}' },
  [names.METRIC_AGENT_RUN_COST]: { kind: 'gauge', unit: '{USD}' },
  [names.METRIC_AGENT_HEARTBEATS]: { kind: 'counter', unit: '{heartbeat}' },
  [names.METRIC_AGENT_PROGRESS]: { kind: 'gauge', unit: '1' },
  [names.METRIC_AGENTS]: { kind: 'gauge', unit: '{agent}' },
  [names.METRIC_PROMPT_RUNS]: { kind: 'counter', unit: '{run}' },
  [names.METRIC_AGENT_LAST_HEARTBEAT_AGE]: { kind: 'gauge', unit: 's' },
  [names.METRIC_APPROVAL_REQUESTS]: { kind: 'counter', unit: '{request}' },
  [names.METRIC_APPROVAL_DURATION]: { kind: 'histogram', unit: 's' },
  [names.METRIC_PROMPT_DURATION]: { kind: 'histogram', unit: 's' },
  [names.METRIC_PROMPT_RETRIES]: { kind: 'counter', unit: '{retry}' },
  [names.METRIC_WORKFLOW_DURATION]: { kind: 'histogram', unit: 's' },
  [names.METRIC_WORKFLOW_RETRIES]: { kind: 'counter', unit: '{retry}' },
  [names.METRIC_FALLBACKS]: { kind: 'counter', unit: '{fallback}' },
  [names.METRIC_CACHE_HITS]: { kind: 'counter', unit: '{call}' },
  [names.METRIC_CACHE_SAVED_USD]: { kind: 'counter', unit: '{USD}' },
  [names.METRIC_ALERT_NOTIFICATIONS]: { kind: 'counter', unit: '{notification}' },
  [names.METRIC_ALERT_FIRING]: { kind: 'gauge', unit: '{alert}' },
};

/**
 * The instruments of `rules`: our own, those that the journal in `dir` has seen, and of others what their rule says of them.
 */
export async function knownInstruments(dir: string, rules: readonly Rule[]): Promise<(metric: string) => Instrument> {
  const measures = rules.flatMap((rule) =>
    [rule.measure, rule.divisor].flatMap((measure) => (measure ? [{ ...measure, unit: rule.unit }] : [])),
  );
  const wanted = new Set(measures.map(({ metric }) => metric).filter((metric) => OWN[metric] === undefined));
  const seen = wanted.size > 0 ? await seenInJournal(dir, wanted) : new Map<string, Instrument>();
  return (metric) => {
    const known = OWN[metric] ?? seen.get(metric);
    if (known) return known;
    const rule = measures.find((measure) => measure.metric === metric);
    return { kind: kindFor(rule?.statistic ?? 'sum'), unit: rule?.unit ?? '' };
  };
}

/** The newest files first, until all are found. */
async function seenInJournal(dir: string, wanted: ReadonlySet<string>): Promise<Map<string, Instrument>> {
  const found = new Map<string, Instrument>();
  for (const file of listJournalFiles(dir, 'metrics').files.toReversed()) {
    for await (const { lines } of readJournal([file], new JournalTally())) {
      for (const line of lines) {
        forEachMetric(line, ({ name, kind, unit }) => {
          if (wanted.has(name)) found.set(name, { kind, unit });
        });
      }
    }
    if (found.size === wanted.size) break;
  }
  return found;
}

/** What an instrument of which nothing is known most probably is, by what is asked of it. */
function kindFor(statistic: Measure['statistic']): PrometheusKind {
  if (statistic === 'sum' || statistic === 'rate') return 'counter';
  return statistic === 'last' || statistic === 'min' || statistic === 'max' ? 'gauge' : 'histogram';
}
