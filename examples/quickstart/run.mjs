// The main job in one command: an agent that knows nothing of telemetry runs under the flag against a local provider, and what was seen is shown.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { styleText } from 'node:util';
import { startProvider } from './provider/start-provider.js';

const here = import.meta.dirname;
const root = dirname(dirname(here));
// Another directory may be named, and is then added to; our own begins afresh.
const own = join(here, '.agent-vitals');
const dir = process.argv[2] ?? own;
const bin = join(root, 'dist/bin/agent-vitals.cjs');
if (!existsSync(bin)) {
  console.error('Nothing is built yet. First: npm run build');
  process.exit(1);
}
if (dir === own) rmSync(own, { recursive: true, force: true });

const dim = (text) => styleText('dim', text);
const green = (text) => styleText('green', text);
const title = (text) => console.log(`\n${styleText('bold', text)}`);

const provider = await startProvider();
const port = await freePort();
const agent = spawn(process.execPath, ['--import', 'agent-vitals/register', join(here, 'agent.mjs')], {
  cwd: root,
  stdio: ['pipe', 'pipe', 'inherit'],
  env: {
    ...process.env,
    OPENAI_BASE_URL: `${provider.url}/v1`,
    OPENAI_API_KEY: 'sk-local',
    ANTHROPIC_BASE_URL: provider.url,
    ANTHROPIC_API_KEY: 'sk-ant-local',
    AGENT_VITALS_DIR: dir,
    OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    OTEL_SERVICE_NAME: 'travel-desk',
  },
});
const ended = new Promise((resolve) => agent.once('exit', resolve));

title('1. An agent of yours, started with one flag');
console.log(dim('   $ node --import agent-vitals/register agent.mjs'));
// An agent that ends early has said why on stderr.
agent.stdin.on('error', () => {});
agent.stdin.write('A weekend in the capital of France, by train\n');
let done = false;
for await (const line of createInterface({ input: agent.stdout })) {
  console.log(`   ${line}`);
  done = line === 'Done.';
  if (done) break;
}
agent.stdout.resume();

if (done) {
  title('2. While it runs, Prometheus can scrape it');
  console.log(dim(`   $ curl http://localhost:${port}/metrics`));
  await showMetrics(`http://localhost:${port}/metrics`);
}
agent.stdin.end();
const exitCode = await ended;
await provider.close();

title('3. Afterwards, the journal answers questions');
console.log(dim('   $ agent-vitals stats'));
const stats = spawnSync(process.execPath, [bin, 'stats', '--dir', dir], { cwd: root, stdio: 'inherit' });

title('4. It lies on this machine, one OTLP/JSON object a line, ready for any collector');
const journal = join(dir, 'journal');
for (const file of existsSync(journal) ? readdirSync(journal).filter((name) => name.endsWith('.jsonl')) : []) {
  const lines = readFileSync(join(journal, file), 'utf8').split('\n').length - 1;
  console.log(`   ${green(relative(process.cwd(), join(journal, file)))}  ${lines} ${lines === 1 ? 'line' : 'lines'}`);
}
console.log(
  dim(
    '\n   No prompt, answer, key or user name is in there. Next: set OTEL_EXPORTER_OTLP_ENDPOINT, or see README.md.\n',
  ),
);
process.exitCode ||= exitCode || stats.status || 0;

/** A few samples of the metrics that tell most, without the labels that are the same on all. */
async function showMetrics(url) {
  const response = await fetch(url).catch((error) => error);
  if (!response.ok) {
    console.log(
      `   It does not answer (${response.status ?? response.cause?.code}). Why: agent-vitals doctor --dir ${dir}`,
    );
    process.exitCode = 1;
    return;
  }
  const lines = (await response.text()).split('\n');
  const telling = /^(gen_ai_(request_model|token_type)|error_type|agent_vitals_tier)=/;
  for (const [metric, most] of [
    ['agent_vitals_cost_usd_total', 7],
    ['gen_ai_client_token_usage_sum', 4],
    ['gen_ai_client_operation_duration_seconds_count', 8],
  ]) {
    const samples = lines.filter((line) => line.startsWith(`${metric}{`));
    for (const sample of samples.slice(0, most)) {
      const [, labels, value] = /\{(.*)\} (\S+)/.exec(sample);
      const told = labels.split(/,(?=\w+=")/).filter((label) => telling.test(label));
      console.log(`   ${metric}{${[...told, '…'].join(',')}} ${green(value)}`);
    }
    if (samples.length > most) console.log(dim(`   … and ${samples.length - most} more`));
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  const { port: free } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return free;
}
