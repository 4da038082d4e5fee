// Proves the example: starts the collector, Prometheus and Alertmanager, runs app.js under the flag, and compares what arrived with the journal.
//   node examples/otel-collector/verify.ts        (Node 24; `npm run build` first; exit code 1 when anything differs)
// Works in temporary directories and on free ports alone.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { type Alertmanager, hasAlertmanager, startAlertmanager } from '../../test/support/alertmanager.ts';
import { findCollector, startCollector } from '../../test/support/collector.ts';
import { eventually } from '../../test/support/eventually.ts';
import { inferenceSpans, journalLines } from '../../test/support/journal-files.ts';
import { attribute, comparable, differences } from '../../test/support/otlp-records.ts';
import { hasPrometheus, type Prometheus, startPrometheus } from '../../test/support/prometheus.ts';
import { type RunningProcess, startProcess } from '../../test/support/run-process.ts';
import { scrapeAddress } from '../../test/support/scrape-address.ts';
import { removeTempDirs, tempDir } from '../../test/support/temp-dir.ts';
import { startProvider } from '../quickstart/provider/start-provider.js';

const ROUNDS = 3;
const CALLS_A_ROUND = 5;

let mismatches = 0;
const started: RunningProcess[] = [];

const binary = findCollector();
if (binary === undefined || !hasPrometheus() || !hasAlertmanager()) {
  console.error('verify: needs Go (to build the collector), prometheus and prometheus-alertmanager');
  process.exit(3);
}
const provider = await startProvider();
try {
  await verify(binary);
} finally {
  for (const each of started) await each.stop();
  await provider.close();
  removeTempDirs();
}
console.log(mismatches === 0 ? 'All the same.' : `${mismatches} differ.`);
process.exitCode = mismatches === 0 ? 0 : 1;

async function verify(collectorBinary: string): Promise<void> {
  const [dir, collectorOutput, prometheusDir] = [tempDir(), tempDir(), tempDir()];
  const collector = await startCollector(collectorBinary, collectorOutput);
  started.push(collector.process);
  const { alertmanager, told } = await startAlerting();
  const app = startProcess(process.execPath, ['--import', 'agent-vitals/register', 'app.js', String(ROUNDS)], {
    cwd: import.meta.dirname,
    env: {
      OPENAI_API_KEY: 'none',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      AGENT_VITALS_DIR: dir,
      OTEL_SERVICE_NAME: 'garden-agent',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_METRIC_EXPORT_TIMEOUT: '500',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      ...ownAlerts(alertmanager.url),
    },
  });
  started.unshift(app);
  await app.printed('done');
  const configuration = readFileSync(join(import.meta.dirname, 'prometheus.yml'), 'utf8')
    .replace('localhost:9464', new URL(await scrapeAddress(dir)).host)
    .replace('localhost:8889', collector.metricsAddress)
    .replace('localhost:9093', new URL(alertmanager.url).host)
    .replace('scrape_interval: 5s', 'scrape_interval: 500ms');
  // Judged more often than by default: nobody wants to wait here.
  const rules = readFileSync(join(import.meta.dirname, 'rules.yml'), 'utf8').replaceAll(
    /interval: \w+/g,
    'interval: 500ms',
  );
  writeFileSync(join(prometheusDir, 'rules.yml'), rules);
  const prometheus = await startPrometheus(prometheusDir, configuration);
  started.push(prometheus.process);

  const calls = inferenceSpans(dir);
  check('calls in the journal', [`${calls.length}`], [`${ROUNDS * CALLS_A_ROUND}`]);

  // The journal keeps the service.* attributes of the resource, the collector gets all of them.
  const inJournal = comparable(journalLines(dir, 'traces'), /^service\./);
  const inCollector = () => comparable(collector.lines('traces'), /^service\./);
  await settle(() => inCollector().length >= inJournal.length);
  check('spans in the collector: ids and content', inCollector(), inJournal);

  for (const [what, promql, expected] of questions(calls)) {
    for (const via of ['app', 'collector']) {
      const ask = () => numbers(prometheus, promql.replace('VIA', `via="${via}"`));
      await settle(async () => same(await ask(), expected));
      check(`${what}, via the ${via}`, await ask(), expected);
    }
  }

  await verifyAlerts(prometheus, calls, told);

  const ask = (via: string) => seriesOf(prometheus, via);
  await settle(async () => same(await ask('app'), await ask('collector')));
  const [viaApp, viaCollector] = [await ask('app'), await ask('collector')];
  check('names and labels of all series, app against collector', viaApp, viaCollector);
  console.log(
    `\n${viaApp.length} series by the names\n  ${[...new Set(viaApp.map((each) => each.split('{')[0]))].join('\n  ')}\n`,
  );
}

/** An Alertmanager that tells us at once. @returns what it has told, a line an alert. */
async function startAlerting(): Promise<{ alertmanager: Alertmanager; told: () => string[] }> {
  const told = new Set<string>();
  const receiver = createServer(async (request, response) => {
    const { alerts } = (await json(request)) as { alerts: { status: string; labels: Record<string, string> }[] };
    for (const { status, labels } of alerts)
      told.add(`${status} ${labels['alertname']} via ${labels['via'] ?? 'agent-vitals'}`);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  receiver.unref();
  const configuration = readFileSync(join(import.meta.dirname, 'alertmanager.yml'), 'utf8')
    .replace('localhost:8081', `127.0.0.1:${(receiver.address() as AddressInfo).port}`)
    .replace('group_wait: 10s', 'group_wait: 0s')
    .replace('group_interval: 1m', 'group_interval: 1s');
  const alertmanager = await startAlertmanager(tempDir(), configuration);
  started.push(alertmanager.process);
  return { alertmanager, told: () => [...told].sort() };
}

/** The app judges a rule itself, and tells the same Alertmanager. */
function ownAlerts(alertmanagerUrl: string): Record<string, string> {
  return {
    AGENT_VITALS_ALERTS_RULES: JSON.stringify([{ name: 'unpriced_calls', preset: 'unpriced_calls' }]),
    AGENT_VITALS_ALERTS_CHANNELS: JSON.stringify({
      alertmanager: { type: 'webhook', format: 'alertmanager', url: alertmanagerUrl },
    }),
    AGENT_VITALS_ALERTS_ALLOW_PRIVATE_HOSTS: new URL(alertmanagerUrl).host,
    AGENT_VITALS_ALERTS_INTERVAL_MILLIS: '500',
    AGENT_VITALS_ALERTS_GROUP_WAIT_MILLIS: '0',
  };
}

/** What the rules come to is what the journal says, and what fires arrives. */
async function verifyAlerts(
  prometheus: Prometheus,
  calls: ReturnType<typeof inferenceSpans>,
  told: () => string[],
): Promise<void> {
  const failed = calls.filter((span) => attribute(span, 'error.type') !== undefined).length;
  const unpriced = calls.filter(isUnpriced).length;
  const values = ['part', 'whole'].map((part, index): [string, number] => [
    `agent_vitals_rule:error_rate:${part}`,
    [failed, calls.length][index] as number,
  ]);
  for (const [record, expected] of [...values, ['agent_vitals_rule:unpriced_calls:value', unpriced] as const]) {
    const wanted = ['app', 'collector'].map((via) => `via=${via}: ${expected.toPrecision(6)}`);
    const ask = () => numbers(prometheus, `sum by (via) (${record})`);
    await settle(async () => same(await ask(), wanted));
    check(record, await ask(), wanted);
  }
  const wanted = ['agent-vitals', 'app', 'collector'].map((via) => `firing unpriced_calls via ${via}`);
  await settle(() =>
    same(
      told().filter((line) => wanted.includes(line)),
      wanted,
    ),
  );
  check(
    'alerts that Alertmanager told',
    told().filter((line) => wanted.includes(line)),
    wanted,
  );
}

/** What the journal says, and the PromQL that must answer the same. */
function questions(calls: ReturnType<typeof inferenceSpans>): [what: string, promql: string, expected: string[]][] {
  const model = (span: object) => `gen_ai_request_model=${attribute(span, 'gen_ai.request.model')}`;
  const tokens = ['input', 'output'].flatMap((type) =>
    calls.map((span): [string, number] => [
      `${model(span)} gen_ai_token_type=${type}`,
      attribute(span, `gen_ai.usage.${type}_tokens`),
    ]),
  );
  const seconds = (span: { [field: string]: any }) =>
    Number(BigInt(span['endTimeUnixNano']) - BigInt(span['startTimeUnixNano'])) / 1e9;
  const unpriced = calls.filter(isUnpriced);
  return [
    [
      'calls by model and error',
      'sum by (gen_ai_request_model, error_type) (gen_ai_client_operation_duration_seconds_count{VIA})',
      summed(
        calls.map((span) => {
          const error = attribute(span, 'error.type');
          return [`${error === undefined ? '' : `error_type=${error} `}${model(span)}`, 1];
        }),
      ),
    ],
    [
      'seconds by model',
      'sum by (gen_ai_request_model) (gen_ai_client_operation_duration_seconds_sum{VIA})',
      summed(calls.map((span) => [model(span), seconds(span)])),
    ],
    [
      'tokens by model and type',
      'sum by (gen_ai_request_model, gen_ai_token_type) (gen_ai_client_token_usage_sum{VIA})',
      summed(tokens.filter(([, count]) => count !== undefined)),
    ],
    [
      'US dollars by model',
      'sum by (gen_ai_request_model) (agent_vitals_cost_usd_total{VIA})',
      summed(
        calls
          .map((span): [string, number] => [model(span), attribute(span, 'agent_vitals.cost.usd')])
          .filter(([, usd]) => usd !== undefined),
      ),
    ],
    [
      'calls of unknown price by model',
      'sum by (gen_ai_request_model) (agent_vitals_unpriced_calls_total{VIA})',
      summed(unpriced.map((span) => [model(span), 1])),
    ],
  ];
}

function isUnpriced(span: object): boolean {
  return (
    attribute(span, 'gen_ai.usage.input_tokens') !== undefined && attribute(span, 'agent_vitals.cost.usd') === undefined
  );
}

async function numbers(prometheus: Prometheus, promql: string): Promise<string[]> {
  const samples = await prometheus.query(promql);
  return summed(
    samples.map(({ labels, value }) => [
      Object.entries(labels)
        .sort(byName)
        .map(([name, text]) => `${name}=${text}`)
        .join(' '),
      value,
    ]),
  );
}

/** One line a label set, its values added up. Six digits: sums of the same numbers in another order differ in the last bits. */
function summed(values: readonly (readonly [labels: string, value: number])[]): string[] {
  const sums = new Map<string, number>();
  for (const [labels, value] of values) sums.set(labels, (sums.get(labels) ?? 0) + value);
  return [...sums].map(([labels, value]) => `${labels}: ${value.toPrecision(6)}`).sort();
}

/** Each series of ours without its value and without what the way it came by adds. */
async function seriesOf(prometheus: Prometheus, via: string): Promise<string[]> {
  const samples = await prometheus.query(`{__name__=~"(gen_ai|agent_vitals)_.+", via="${via}"}`);
  const series = samples.map(({ labels }) => {
    const { __name__: name, via: _via, job: _job, instance: _instance, le, ...rest } = labels;
    // The bound of a bucket is the same number in two spellings (1048576 and 1.048576e+06).
    const bound = le === undefined ? '' : ` to ${Number(le.replace('+Inf', 'Infinity'))}`;
    return `${name}{${JSON.stringify(Object.entries(rest).sort(byName))}${bound}`;
  });
  return series.sort();
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

/** Waits until both sides agree; when they never do, the check that follows says how they differ. */
async function settle(agreed: () => boolean | Promise<boolean>): Promise<void> {
  await eventually('agreement', agreed, 10_000).catch(() => undefined);
}

function same(actual: readonly string[], expected: readonly string[]): boolean {
  return differences(actual, expected) === '';
}

function check(what: string, actual: readonly string[], expected: readonly string[]): void {
  const found = expected.length > 0 ? differences(actual, expected) : 'nothing to compare with';
  console.log(`${found === '' ? 'ok      ' : 'DIFFERS '} ${what} (${expected.length})`);
  if (found !== '') {
    mismatches += 1;
    console.log(`  - expected, + found\n${found}`);
  } else if (expected.every((line) => line.length < 100)) {
    for (const line of expected) console.log(`           ${line}`);
  }
}
