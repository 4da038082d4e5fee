// Prometheus' own judge of rule files (`promtool`, in Debian's package `prometheus`).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runProcess } from './run-process.ts';
import { tempDir } from './temp-dir.ts';

interface ExpectedAlert {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations?: Readonly<Record<string, string>>;
}

/** One test of a `promtool test rules` file. https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ */
export interface RuleTest {
  readonly name?: string;
  /** Between two samples of a series, as Prometheus writes durations. */
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test?: readonly {
    readonly eval_time: string;
    readonly alertname: string;
    readonly exp_alerts: readonly ExpectedAlert[];
  }[];
  readonly promql_expr_test?: readonly {
    readonly expr: string;
    readonly eval_time: string;
    readonly exp_samples: readonly { readonly labels: string; readonly value: number | undefined }[];
  }[];
}

interface Verdict {
  readonly ok: boolean;
  /** What promtool says. */
  readonly output: string;
}

export function checkRules(rules: string): Promise<Verdict> {
  const file = join(tempDir(), 'rules.yml');
  writeFileSync(file, rules);
  return promtool(['check', 'rules', '--lint-fatal', file]);
}

/** @param evaluationInterval as Prometheus writes durations: of all groups, whatever their own interval is. */
export function testRules(rules: string, tests: readonly RuleTest[], evaluationInterval: string): Promise<Verdict> {
  const dir = tempDir();
  writeFileSync(join(dir, 'rules.yml'), rules);
  const file = join(dir, 'tests.yml');
  writeFileSync(file, stringify({ rule_files: ['rules.yml'], evaluation_interval: evaluationInterval, tests }));
  return promtool(['test', 'rules', file]);
}

async function promtool(args: readonly string[]): Promise<Verdict> {
  const { code, stdout, stderr } = await runProcess('promtool', args, { timeoutMillis: 120_000 });
  return { ok: code === 0, output: stdout + stderr };
}
