// Our engine and Prometheus judge the same hours of the same processes by the same rules: they must agree, to one evaluation, on when each preset fires and is over.
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { Evaluator } from '../../src/alerting/evaluation/evaluator.ts';
import { Slices } from '../../src/alerting/evaluation/slices.ts';
import { parseRule } from '../../src/alerting/parse-rule.ts';
import { PRESET_NAMES, type PresetName } from '../../src/alerting/presets.ts';
import type { Rule, RuleInput } from '../../src/alerting/rule.ts';
import { knownInstruments } from '../../src/cli/alerts/instruments.ts';
import { ruleFile } from '../../src/cli/alerts/rule-file.ts';
import { labelName } from '../../src/exporters/prometheus/metric-name.ts';
import * as names from '../../src/semconv.ts';
import { AlertSimulation } from '../support/alert-simulation.ts';
import { hasPrometheus } from '../support/prometheus.ts';
import { testRules } from '../support/promtool.ts';
import { Random } from '../support/random.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Scenario {
  /** Beside the preset; a window and times that a test can wait for. */
  readonly rule?: Partial<RuleInput>;
  readonly intervalMillis: number;
  readonly hours: number;
  /** What a process does in an interval of a good or a bad time. */
  readonly act: (simulation: AlertSimulation, instance: string, isBad: boolean, random: Random) => void;
  /** Good and bad times change after so many intervals on average; twenty minutes unless given. */
  readonly phase?: number;
  /** Processes are started again; not where a gauge would be gone. */
  readonly restarts?: boolean;
}

const MODEL = names.GEN_AI_REQUEST_MODEL;
const models = ['gpt-5', 'gpt-5-mini', 'claude'];

function call(simulation: AlertSimulation, instance: string, random: Random, error: boolean, seconds: number): void {
  const attributes = {
    [MODEL]: random.pick(models),
    ...(error && { [names.ERROR_TYPE]: random.pick(['429', 'timeout']) }),
  };
  simulation.add(instance, names.METRIC_OPERATION_DURATION, attributes, seconds);
}

function spend(simulation: AlertSimulation, instance: string, random: Random, usd: number): void {
  if (random.maybe(0.6))
    simulation.add(instance, names.METRIC_COST_USD, { [MODEL]: random.pick(models) }, usd * (0.5 + random.next()));
}

const short = { intervalMillis: 15_000, hours: 3 };
/** Five minutes stand for the one of which the value of a calendar window is made: all minutes of days are slow to test. */
const long = { intervalMillis: 5 * MINUTE, hours: 50 };

const scenarios: Readonly<Record<PresetName, Scenario>> = {
  error_rate: { ...short, act: (s, i, bad, r) => call(s, i, r, r.maybe(bad ? 0.4 : 0.01), 1) },
  avg_latency: { ...short, act: (s, i, bad, r) => call(s, i, r, false, bad ? 10 + 20 * r.next() : 3 * r.next()) },
  p95_latency: { ...short, act: (s, i, bad, r) => call(s, i, r, false, bad && r.maybe(0.3) ? 70 : 3 * r.next()) },
  time_to_first_chunk_p95: {
    ...short,
    act: (s, i, bad, r) =>
      s.add(i, names.METRIC_TIME_TO_FIRST_CHUNK, { [MODEL]: r.pick(models) }, bad && r.maybe(0.3) ? 15 : r.next()),
  },
  prompt_failure_rate: {
    ...short,
    phase: 240,
    act: (s, i, bad, r) =>
      s.add(
        i,
        names.METRIC_PROMPT_RUNS,
        { [names.AGENT_VITALS_OUTCOME]: r.maybe(bad ? 0.5 : 0.01) ? 'error' : 'completed' },
        1,
      ),
  },
  backend_degraded: {
    ...short,
    restarts: false,
    act: (s, i, bad) => {
      s.set(i, names.METRIC_BACKEND_UP, { [names.BACKEND_NAME]: 'otlp' }, bad && i === 'a' ? 0 : 1);
      s.set(i, names.METRIC_BACKEND_UP, { [names.BACKEND_NAME]: 'journal' }, 1);
    },
  },
  agent_lost: {
    ...short,
    restarts: false,
    act: (s, i, bad) => {
      s.set(i, names.METRIC_AGENTS, { [names.AGENT_VITALS_AGENT_STATE]: 'lost' }, bad ? 2 : 0);
      s.set(i, names.METRIC_AGENTS, { [names.AGENT_VITALS_AGENT_STATE]: 'alive' }, 5);
    },
  },
  runaway_agent: {
    ...short,
    restarts: false,
    act: (s, i, bad, r) => {
      for (const agent of ['gardener', 'cook'])
        s.set(
          i,
          names.METRIC_AGENT_RUN_CALLS,
          { [names.GEN_AI_AGENT_NAME]: agent },
          bad && agent === 'cook' ? 150 : r.below(50),
        );
    },
  },
  cost_spike: {
    intervalMillis: 5 * MINUTE,
    hours: 80,
    rule: { baseline: { days: 2, atLeast: 1 }, timeZone: 'UTC' },
    phase: 60,
    // A counter that begins and begins anew within the window is estimated by Prometheus, and here each value is compared with another.
    restarts: false,
    act: (s, i, bad, r) => spend(s, i, r, bad ? 5 : 0.15),
  },
  daily_cost: { ...long, rule: { timeZone: 'Europe/Moscow' }, act: (s, i, _, r) => spend(s, i, r, 0.08) },
  token_usage: {
    ...long,
    rule: { timeZone: 'UTC' },
    act: (s, i, _, r) =>
      s.add(
        i,
        names.METRIC_TOKEN_USAGE,
        { [MODEL]: r.pick(models), [names.GEN_AI_TOKEN_TYPE]: r.pick(['input', 'output']) },
        r.below(90_000),
      ),
  },
  unpriced_calls: {
    ...long,
    rule: { window: '6h' },
    phase: 100,
    act: (s, i, bad, r) => {
      if (bad && r.maybe(0.2)) s.add(i, names.METRIC_UNPRICED_CALLS, { [MODEL]: 'house-model' }, 1);
    },
  },
  cache_hit_rate: {
    ...long,
    rule: { window: '6h' },
    phase: 100,
    act: (s, i, bad, r) => {
      const model = { [MODEL]: r.pick(models) };
      const tokens = 1000 + r.below(1000);
      s.add(i, names.METRIC_TOKEN_USAGE, { ...model, [names.GEN_AI_TOKEN_TYPE]: 'input' }, tokens);
      if (r.maybe(bad ? 0.05 : 0.6)) s.add(i, names.METRIC_CACHE_READ_TOKENS, model, Math.round(tokens * 0.7));
    },
  },
  // Here thirty minutes do.
  monthly_budget: {
    intervalMillis: 30 * MINUTE,
    hours: 33 * 24,
    rule: { timeZone: 'UTC' },
    act: (s, i, _, r) => spend(s, i, r, 0.06),
  },
};

describe('our engine and Prometheus', function () {
  this.timeout(120_000);
  before(function () {
    if (!hasPrometheus()) this.skip();
  });
  after(removeTempDirs);

  for (const preset of PRESET_NAMES) {
    it(`agree on ${preset}`, async () => {
      const scenario = scenarios[preset];
      const { rule } = parseRule({ name: preset, preset, ...scenario.rule });
      if (rule === undefined) throw new Error('no rule');
      const instrumentOf = await knownInstruments(tempDir(), [rule]);
      const simulation = new AlertSimulation(scenario.intervalMillis, instrumentOf);
      const firing = await run(rule, scenario, simulation, new Random(1));
      expect(
        firing.some((each) => each.length > 0),
        'it fires',
      ).to.equal(true);
      expect(
        firing.some((each) => each.length === 0),
        'and is over',
      ).to.equal(true);

      const minutes = scenario.intervalMillis / MINUTE;
      const text = withoutAnnotations(ruleFile([rule], instrumentOf).text).replaceAll(
        /(?<!\d)1m\b/g,
        minutes > 1 ? `${minutes}m` : '1m',
      );
      const at = firing.map((_, index) => index).filter((index) => isSteady(firing, index));
      const interval = `${scenario.intervalMillis / 1000}s`;
      const { ok, output } = await testRules(
        text,
        [
          {
            interval,
            input_series: simulation.inputSeries(),
            alert_rule_test: at.map((index) => ({
              eval_time: `${(index * scenario.intervalMillis) / 1000}s`,
              alertname: preset,
              exp_alerts: (firing[index] as string[]).map((labels) => ({
                exp_labels: JSON.parse(labels) as Record<string, string>,
              })),
            })),
          },
        ],
        interval,
      );
      expect(ok, output.slice(0, 3000)).to.equal(true);
    });
  }
});

/** @returns at each interval the labels of the alerts that fire, as Prometheus would have them. */
async function run(rule: Rule, scenario: Scenario, simulation: AlertSimulation, random: Random): Promise<string[][]> {
  const { intervalMillis, hours, act, phase = (20 * MINUTE) / 15_000, restarts = true } = scenario;
  const evaluator = new Evaluator(1000);
  evaluator.setRules([rule]);
  // Nothing was measured before.
  for (const selection of evaluator.selections) selection.hasPast = true;
  const firing: string[][] = [];
  let isBad = false;
  let left = 1 + random.below(phase);
  for (let index = 0; index < (hours * HOUR) / intervalMillis; index++) {
    if (--left <= 0) {
      isBad = !isBad;
      left = Math.round(phase * (0.5 + random.next()));
    }
    // The second process comes later, and both are started again now and then.
    for (const instance of index > 200 ? ['a', 'b'] : ['a']) {
      if (restarts && random.maybe(0.001)) simulation.restart(instance);
      act(simulation, instance, isBad, random);
    }
    await evaluator.judge(simulation.tick(evaluator), new Slices());
    firing.push(
      evaluator
        .readings()
        .filter(({ state }) => state?.state === 'firing')
        .map(({ labels, severity }) =>
          JSON.stringify({
            ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [labelName(name), value])),
            severity,
          }),
        )
        .sort(),
    );
  }
  return firing;
}

/** Whether nothing changes at the evaluation before and after: at a change the two may differ by one. */
function isSteady(firing: readonly (readonly string[])[], index: number): boolean {
  const around = [index - 1, index, index + 1].map((each) => firing[each]?.join());
  return around.every((each) => each === around[1]);
}

function withoutAnnotations(text: string): string {
  const file: { groups: { rules: { annotations?: unknown }[] }[] } = parse(text);
  for (const { rules } of file.groups) for (const rule of rules) delete rule.annotations;
  return stringify(file, { lineWidth: 0 });
}
