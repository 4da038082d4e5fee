// The rule file for Prometheus, judged by promtool: what it accepts, and that its expressions count what was counted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { parseRules } from '../../src/alerting/parse-rule.ts';
import { PRESET_NAMES } from '../../src/alerting/presets.ts';
import type { Rule, RuleInput } from '../../src/alerting/rule.ts';
import { knownInstruments } from '../../src/cli/alerts/instruments.ts';
import { type RuleFile, ruleFile } from '../../src/cli/alerts/rule-file.ts';
import { metricName } from '../../src/exporters/prometheus/metric-name.ts';
import { writeJournal } from '../support/journal-builder.ts';
import { hasPrometheus } from '../support/prometheus.ts';
import { checkRules, type RuleTest, testRules } from '../support/promtool.ts';
import { Random } from '../support/random.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('the rule file for Prometheus', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasPrometheus()) this.skip();
  });
  after(removeTempDirs);

  it('has every preset, and promtool finds nothing wrong with it', async () => {
    for (const timeZone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns']) {
      const file = await fileOf(PRESET_NAMES.map((preset) => ({ name: preset, preset, timeZone })));
      expect(file.leftOut).to.deep.equal([]);
      const alerts = new Set(entriesIn(file).map(({ alert }) => alert));
      for (const preset of PRESET_NAMES) expect(alerts).to.include(preset);
      const { ok, output } = await checkRules(file.text);
      expect(ok, output).to.equal(true);
    }
  });

  it('says what PromQL cannot say, and leaves out what it cannot say at all', async () => {
    const file = await fileOf([
      { name: 'off', preset: 'error_rate', enabled: false },
      {
        name: 'highest',
        metric: 'gen_ai.client.operation.duration',
        statistic: 'max',
        threshold: 1,
        channels: ['ops'],
      },
      { name: 'latest', metric: 'gen_ai.client.operation.duration', statistic: 'last', threshold: 1 },
      { name: 'share', metric: 'agent_vitals.backend.up', statistic: 'p95', threshold: 1 },
      { name: 'mean', metric: 'agent_vitals.cost.usd', statistic: 'avg', threshold: 1, window: 'day' },
      { name: 'spend 1', preset: 'cost_spike' },
      { name: 'spend_1', preset: 'cost_spike' },
    ]);
    expect(file.leftOut.map(({ rule }) => rule)).to.deep.equal(['off', 'latest', 'share', 'mean']);
    for (const { rule, reason } of file.leftOut) expect(unfolded(file)).to.include(`${rule} is left out: ${reason}.`);
    expect(unfolded(file)).to.match(/The maximum is the upper bound of the highest bucket .* Told to: ops\./);
    expect(entriesIn(file).map(({ record }) => record)).to.include.members([
      'agent_vitals_rule:spend_1:value',
      'agent_vitals_rule:spend_1_2:value',
    ]);
    expect(unfolded(file)).to.include('Compared is with the same time of the past 7 days');
    const { ok, output } = await checkRules(file.text);
    expect(ok, output).to.equal(true);
  });

  it('has conditions, labels, durations and steps where Prometheus has them', async () => {
    const file = await fileOf([
      {
        name: 'queue',
        metric: 'app.queue',
        statistic: 'max',
        window: '10m',
        by: ['app.region'],
        where: {
          a: 'x"y',
          b: ['1', '2.'],
          c: { not: 'z' },
          d: { like: 'gpt-4*' },
          e: { exists: true },
          f: { notLike: '*.x' },
        },
        op: '>=',
        threshold: 7.5,
        for: '2m',
        keepFiringFor: '90s',
        severity: 'critical',
        labels: { 'team.name': 'blue' },
        noData: 'alert',
        description: 'Region {{label app.region}}: {{value}} of {{threshold}}',
      },
      { name: 'budget', preset: 'monthly_budget', threshold: 200, window: '30d' },
    ]);
    const [record, alert, ...budget] = entriesIn(file);
    expect(record?.expr).to.equal(
      String.raw`max by (app_region) (
  max_over_time(app_queue{a="x\"y", b=~"1|2\\.", c!="z", d=~"gpt-4.*", e!="", f!~".*\\.x"}[10m])
)`,
    );
    expect(alert).to.deep.equal({
      alert: 'queue',
      expr: String.raw`(${record?.record} >= 7.5) or absent(app_queue{a="x\"y", b=~"1|2\\.", c!="z", d=~"gpt-4.*", e!="", f!~".*\\.x"})`,
      for: '2m',
      keep_firing_for: '1m30s',
      labels: { team_name: 'blue', severity: 'critical' },
      annotations: {
        description: 'Region {{ index $labels "app_region" }}: {{ $value | humanize }} of 7.5',
      },
    });
    expect(budget.slice(1).map(({ expr, labels }) => [expr, labels])).to.deep.equal(
      [
        ['100', 'info', '50%'],
        ['160', 'warning', '80%'],
        ['200', 'critical', '100%'],
      ].map(([threshold, severity, step]) => [`agent_vitals_rule:budget:value >= ${threshold}`, { severity, step }]),
    );
    expect(file.text).to.include('When the threshold will be exceeded is not in the description');
    const { ok, output } = await checkRules(file.text);
    expect(ok, output).to.equal(true);
  });

  it('is taken whatever rules say: a ratio beside its past, and texts that look like templates', async () => {
    const file = await fileOf([
      ...(['error_rate', 'cache_hit_rate', 'prompt_failure_rate'] as const).map(
        (preset): RuleInput => ({ name: preset, preset, baseline: { days: 3 } }),
      ),
      ...['{{ $x }}', 'https://x/{{rule}}', '{{{', 'a{', '}}', '{'].map(
        (text, index): RuleInput => ({
          name: `text ${index}`,
          preset: 'daily_cost',
          labels: { team: text },
          description: `{{{value}}} see \`{{\` {{label x}}${text.replace('$x', 'rule')}`,
        }),
      ),
    ]);
    expect(file.leftOut).to.deep.equal([]);
    const { ok, output } = await checkRules(file.text);
    expect(ok, output).to.equal(true);
    const labels = entriesIn(file).flatMap((entry) => entry.labels?.['team'] ?? []);
    expect(labels[0]).to.equal('{{ "{{" }} $x }}');
  });

  it('calls our own metrics what the guide says they are called', async () => {
    const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/telemetry.md'), 'utf8');
    const rows = [
      ...guide.matchAll(/^\| `((?:gen_ai|agent_vitals)\.[a-z_.]+)`.*?\| `([a-z_]+)`(?:, `[a-z_]+`)* \|$/gm),
    ];
    const instrumentOf = await knownInstruments(tempDir(), []);
    expect(rows.length).to.be.greaterThan(10);
    for (const [row, metric = '', name] of rows) {
      const { unit, kind } = instrumentOf(metric);
      expect(metricName(metric, unit, kind), row).to.equal(name);
    }
  });

  it('is what the example has, made of its rules', async () => {
    const example = join(import.meta.dirname, '../../examples/otel-collector');
    const { rules } = parse(readFileSync(join(example, 'alerts.yaml'), 'utf8')) as { rules: RuleInput[] };
    const { text } = await fileOf(rules);
    expect(readFileSync(join(example, 'rules.yml'), 'utf8')).to.equal(text);
  });

  it('says something of every statistic of every kind of instrument, over every window, that promtool takes', async () => {
    const statistics = ['sum', 'rate', 'count', 'avg', 'min', 'max', 'last', 'p50', 'p99.9'] as const;
    const kinds = ['counter', 'non_monotonic', 'gauge', 'histogram'] as const;
    const windows = ['5m', '7d', 'day', 'week', 'month'] as const;
    const given = kinds.flatMap((kind) =>
      statistics.flatMap((statistic) =>
        windows.map((window): RuleInput => {
          const name = `${kind} ${statistic} ${window}`.replace('.', ' ');
          return {
            name,
            metric: `app.${kind}`,
            statistic,
            window,
            by: 'a.b',
            threshold: 1,
            timeZone: 'Asia/Kathmandu',
          };
        }),
      ),
    );
    const { rules } = parseRules(given);
    const file = ruleFile(
      rules.map(({ rule }) => rule),
      (metric) => ({ kind: metric.slice('app.'.length) as (typeof kinds)[number], unit: 's' }),
    );
    const out = new Set(file.leftOut.map(({ rule }) => rule.split(' ').slice(0, 2).join(' ')));
    const none = ['avg', 'min', 'max', 'last', 'p50', 'p99'].map((statistic) => `counter ${statistic}`);
    const ofReadings = ['rate', 'p50', 'p99'].flatMap((statistic) => [
      `non_monotonic ${statistic}`,
      `gauge ${statistic}`,
    ]);
    expect([...out].sort()).to.deep.equal([...none, ...ofReadings, 'histogram last'].sort());
    const { ok, output } = await checkRules(file.text);
    expect(ok, output).to.equal(true);
  });

  it("takes unit and kind of the user's instruments from the journal", async () => {
    const dir = tempDir();
    const metric = (name: string, unit: string, data: object): object => ({ name, unit, ...data });
    const point = { timeUnixNano: '1', asDouble: 1 };
    const line = {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                metric('app.sent', 'By', {
                  sum: { isMonotonic: true, aggregationTemporality: 1, dataPoints: [point] },
                }),
                metric('app.open', '', { sum: { isMonotonic: false, aggregationTemporality: 2, dataPoints: [point] } }),
              ],
            },
          ],
        },
      ],
    };
    writeJournal(dir, ['damaged', JSON.stringify(line)], 'metrics-1.jsonl');
    const file = await fileOf(
      [
        { name: 'sent', metric: 'app.sent', statistic: 'sum', threshold: 1 },
        { name: 'open', metric: 'app.open', statistic: 'last', threshold: 1 },
      ],
      dir,
    );
    expect(entriesIn(file)[0]?.expr).to.match(/increase\(app_sent_bytes_total\[5m\]\)/);
    expect(entriesIn(file)[2]?.expr).to.equal('sum (\n  last_over_time(app_open[5m])\n)');
  });

  describe('counts what was counted', () => {
    it('within sliding windows: since before, from within, and with restarts', async () => {
      const file = await fileOf([
        { name: 'spend', metric: 'agent_vitals.cost.usd', statistic: 'sum', window: '15m', by: ['m'], threshold: 1 },
      ]);
      const random = new Random(7);
      const samples = 480;
      const series = {
        old: counter(random, samples, [200, 333]),
        late: [...Array<null>(250).fill(null), ...counter(random, samples - 250, [])],
      };
      const at = [241, 260, 290, 310, 340, 359, 400, 479];
      await expectValues(file, 'agent_vitals_rule:spend:value', {
        interval: `${INTERVAL_SECONDS}s`,
        input_series: Object.entries(series).map(([m, values]) =>
          input(`agent_vitals_cost_usd_total{m="${m}"}`, values),
        ),
        expected: at.flatMap((index) =>
          Object.entries(series).map(([m, values]) => ({
            index,
            labels: { m },
            value: added(values, index - 60, index),
          })),
        ),
      });
    });

    // The value of a calendar window is made of minutes. A week of them is slow to test, so there ten minutes stand for one.
    for (const { window, timeZone, minute, hours, begins } of [
      { window: 'day', timeZone: 'UTC', minute: 1, hours: 26, begins: (hour: number) => Math.floor(hour / 24) * 24 },
      {
        window: 'day',
        timeZone: 'Asia/Kolkata',
        minute: 1,
        hours: 20,
        begins: (hour: number) => Math.floor((hour + 5.5) / 24) * 24 - 5.5,
      },
      // The first of January 1970 was a Thursday.
      { window: 'week', timeZone: 'UTC', minute: 10, hours: 110, begins: (hour: number) => (hour < 96 ? -72 : 96) },
    ] as const) {
      it(`within a ${window} of ${timeZone}, with restarts`, async () => {
        const rules = [
          { name: 'spend', metric: 'agent_vitals.cost.usd', statistic: 'sum', window, timeZone, threshold: 1 },
        ];
        const file = await fileOf(rules as RuleInput[]);
        const text = file.text.replaceAll(/(?<!\d)1m\b/g, `${minute}m`);
        const perHour = 60 / minute;
        const restarts = [0.2, 0.37, 0.79].map((part) => Math.round(part * hours * perHour));
        const values = counter(new Random(11), hours * perHour, restarts);
        const at = [0.5, 3, 17.5, 18.5, 19, 23.5, 24.5, 25.5, 49, 95.5, 96.5, 109.5].filter((hour) => hour < hours);
        await expectValues(
          { ...file, text },
          'agent_vitals_rule:spend:value',
          {
            interval: `${minute}m`,
            input_series: [input('agent_vitals_cost_usd_total', values)],
            expected: at.map((hour) => {
              const index = Math.round(hour * perHour);
              return { index, labels: {}, value: added(values, Math.round(begins(hour) * perHour), index) };
            }),
          },
          minute * 60,
          `${minute}m`,
        );
      });
    }
  });

  async function fileOf(given: readonly RuleInput[], dir = tempDir()): Promise<RuleFile> {
    const { rules, problems } = parseRules(given);
    expect(problems).to.deep.equal([]);
    const all: Rule[] = rules.map(({ rule }) => rule);
    return ruleFile(all, await knownInstruments(dir, all));
  }

  async function expectValues(
    file: RuleFile,
    record: string,
    {
      interval,
      input_series,
      expected,
    }: Pick<RuleTest, 'interval' | 'input_series'> & { expected: readonly Expected[] },
    seconds = INTERVAL_SECONDS,
    evaluationInterval = '15s',
  ): Promise<void> {
    const byTime = Map.groupBy(expected, ({ index }) => index);
    const promql_expr_test = [...byTime].map(([index, values]) => ({
      expr: record,
      eval_time: `${index * seconds}s`,
      exp_samples: values
        .filter(({ value }) => value !== undefined)
        .map(({ labels, value }) => ({
          labels: `${record}{${Object.entries(labels)
            .map(([name, text]) => `${name}="${text}"`)
            .join(',')}}`,
          value,
        })),
    }));
    const { ok, output } = await testRules(
      file.text,
      [{ interval, input_series, promql_expr_test }],
      evaluationInterval,
    );
    expect(ok, output).to.equal(true);
  }
});

const INTERVAL_SECONDS = 15;

interface Expected {
  readonly index: number;
  readonly labels: Readonly<Record<string, string>>;
  /** `undefined`: no series. */
  readonly value: number | undefined;
}

/** The text with each comment on one line. */
function unfolded({ text }: RuleFile): string {
  return text.replaceAll(/\n *# */g, ' ');
}

function entriesIn({ text }: RuleFile): any[] {
  return parse(text).groups.flatMap(({ rules }: any) => rules);
}

/** A counter of whole numbers that starts with something and is set back where `restarts` says. */
function counter(random: Random, length: number, restarts: readonly number[]): number[] {
  let value = 0;
  return Array.from({ length }, (_, index) => {
    if (restarts.includes(index)) value = 0;
    value += random.maybe(0.3) ? random.below(20) + (index === 0 ? 1 : 0) : index === 0 ? 3 : 0;
    return value;
  });
}

/** What was added after sample `from` and up to sample `to`. */
function added(values: readonly (number | null)[], from: number, to: number): number | undefined {
  let sum: number | undefined;
  for (let index = Math.max(0, from + 1); index <= to; index++) {
    const value = values[index];
    const before = values[index - 1];
    if (value === null || value === undefined) continue;
    sum = (sum ?? 0) + (before === null || before === undefined || value < before ? value : value - before);
  }
  return sum;
}

function input(series: string, values: readonly (number | null)[]): { series: string; values: string } {
  return { series, values: values.map((value) => value ?? '_').join(' ') };
}
