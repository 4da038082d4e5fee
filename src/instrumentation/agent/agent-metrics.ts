// The instruments of agents. Made anew when another meter provider becomes the global one: those made before it would be deaf for ever.
import { type Attributes, type Histogram, type Meter, type MeterProvider, metrics } from '@opentelemetry/api';
import { createLabels, OTHER } from '../../internal/bounded-labels.ts';
import { VERSION } from '../../internal/version.ts';
import * as names from '../../semconv.ts';
import { settings } from '../inference/settings.ts';

export interface AgentMetrics {
  beat(name: string): void;
  /** @param failure `error.type`, where it failed. */
  ended(agent: AgentOfMetrics, seconds: number, failure: string | undefined): void;
}

/** What is measured of an agent. */
export interface AgentOfMetrics {
  readonly name: string;
  readonly progress: number | undefined;
  readonly totals: { readonly calls: number; readonly toolCalls: number; readonly costUsd: number | undefined };
}

/** The most of several runs. */
interface Peak {
  readonly calls: number;
  /** US dollars of the priced calls; `undefined` where none is. */
  readonly costUsd: number | undefined;
}

const PEAK_MILLIS = 60_000;

let provider: MeterProvider | undefined;
let recorder: AgentMetrics | undefined;

/** @param running those that have not ended: asked at each collection. */
export function agentMetrics(running: Iterable<AgentOfMetrics>): AgentMetrics {
  const current = metrics.getMeterProvider();
  if (recorder === undefined || current !== provider) {
    provider = current;
    recorder = createRecorder(current.getMeter(names.SCOPE_NAME, VERSION), running);
  }
  return recorder;
}

function createRecorder(meter: Meter, running: Iterable<AgentOfMetrics>): AgentMetrics {
  const folded = meter.createCounter(names.METRIC_SERIES_FOLDED, names.SERIES_FOLDED_OPTIONS);
  const boundedLabels = (instrument: string): ReturnType<typeof createLabels> =>
    createLabels(settings.maxSeries, Object.freeze({ [names.GEN_AI_AGENT_NAME]: OTHER }), () =>
      folded.add(1, { [names.AGENT_VITALS_INSTRUMENT]: instrument }),
    );
  const labelsOf = boundedLabels(names.METRIC_AGENT_HEARTBEATS);
  const labelsOfEnd = boundedLabels(names.METRIC_INVOKE_AGENT_DURATION);
  // Boundaries as advice: a View would keep what one reader does not collect for ever.
  const histogram = (name: string, unit: string, description: string, explicitBucketBoundaries: number[]): Histogram =>
    meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries } });
  const duration = histogram(
    names.METRIC_INVOKE_AGENT_DURATION,
    's',
    'Duration of an agent invocation.',
    names.INVOKE_AGENT_BOUNDARIES,
  );
  const inferenceCalls = histogram(
    names.METRIC_INVOKE_AGENT_INFERENCE_CALLS,
    '{inference_call}',
    'Model calls of an agent invocation.',
    names.CALLS_PER_RUN_BOUNDARIES,
  );
  const toolCalls = histogram(
    names.METRIC_INVOKE_AGENT_TOOL_CALLS,
    '{tool_call}',
    'Tool calls of an agent invocation.',
    names.CALLS_PER_RUN_BOUNDARIES,
  );
  const heartbeats = meter.createCounter(names.METRIC_AGENT_HEARTBEATS, {
    unit: '{heartbeat}',
    description: 'Heartbeats of agents.',
  });
  const ofName = (name: string): Attributes => labelsOf({ [names.GEN_AI_AGENT_NAME]: name });
  const peaks = createPeaks();
  observe(meter, running, peaks, ofName);
  return {
    beat: (name) => heartbeats.add(1, ofName(name)),
    ended({ name, totals }, seconds, failure) {
      const labels = ofName(name);
      // "the metric value SHOULD be the same as the span duration"
      duration.record(seconds, labelsOfEnd({ [names.ERROR_TYPE]: failure, [names.GEN_AI_AGENT_NAME]: name }));
      inferenceCalls.record(totals.calls, labels);
      toolCalls.record(totals.toolCalls, labels);
      peaks.add(labels, totals);
    },
  };
}

function observe(
  meter: Meter,
  running: Iterable<AgentOfMetrics>,
  peaks: Peaks,
  ofName: (name: string) => Attributes,
): void {
  const progress = meter.createObservableGauge(names.METRIC_AGENT_PROGRESS, {
    unit: '1',
    description: 'How far agents are, from 0 to 1: the least of each name.',
  });
  const calls = meter.createObservableGauge(names.METRIC_AGENT_RUN_CALLS, {
    unit: '{call}',
    description: 'Most model calls of a run that goes on or has just ended.',
  });
  const cost = meter.createObservableGauge(names.METRIC_AGENT_RUN_COST, {
    unit: '{USD}',
    description: 'Highest cost in US dollars of a run that goes on or has just ended.',
  });
  /** A reader that keeps what it saw of a name must hear that nothing is there any more. */
  let seen: ReadonlyMap<Attributes, Peak> = new Map();
  meter.addBatchObservableCallback(
    (result) => {
      const least = new Map<Attributes, number>();
      const highest = peaks.recent();
      for (const { name, progress: own, totals } of running) {
        const labels = ofName(name);
        raise(highest, labels, totals);
        if (own !== undefined) least.set(labels, Math.min(own, least.get(labels) ?? Infinity));
      }
      for (const labels of seen.keys()) if (!highest.has(labels)) highest.set(labels, { calls: 0, costUsd: 0 });
      seen = highest;
      for (const [labels, value] of least) result.observe(progress, value, labels);
      for (const [labels, peak] of highest) {
        result.observe(calls, peak.calls, labels);
        if (peak.costUsd !== undefined) result.observe(cost, peak.costUsd, labels);
      }
    },
    [progress, calls, cost],
  );
}

interface Peaks {
  add(labels: Attributes, totals: AgentOfMetrics['totals']): void;
  /** Of the last minute or two. */
  recent(): Map<Attributes, Peak>;
}

/** What the runs have come to that have ended: a run that is over between two collections is seen all the same. */
function createPeaks(): Peaks {
  let current = new Map<Attributes, Peak>();
  let before = new Map<Attributes, Peak>();
  let since = performance.now();
  const turn = (): void => {
    const age = performance.now() - since;
    if (age < PEAK_MILLIS) return;
    before = age < 2 * PEAK_MILLIS ? current : new Map();
    current = new Map();
    since = performance.now();
  };
  return {
    add(labels, totals) {
      turn();
      raise(current, labels, totals);
    },
    recent() {
      turn();
      const all = new Map(before);
      for (const [labels, peak] of current) raise(all, labels, peak);
      return all;
    },
  };
}

function raise(into: Map<Attributes, Peak>, labels: Attributes, { calls, costUsd }: Peak): void {
  const peak = into.get(labels);
  into.set(labels, {
    calls: Math.max(calls, peak?.calls ?? 0),
    costUsd: peak?.costUsd === undefined ? costUsd : Math.max(peak.costUsd, costUsd ?? 0),
  });
}
