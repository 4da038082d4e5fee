// With a real Prometheus: it scrapes a running app without complaint and answers PromQL with what happened.

import { join } from 'node:path';
import { expect } from 'chai';
import { type Provider, startProvider } from '../../examples/quickstart/provider/start-provider.js';
import { eventually } from '../support/eventually.ts';
import { hasPrometheus, type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { type RunningProcess, startProcess } from '../support/run-process.ts';
import { scrapeAddress } from '../support/scrape-address.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('Prometheus', () => {
  let provider: Provider;
  let prometheus: Prometheus;
  let app: RunningProcess;

  before(async function () {
    if (!hasPrometheus()) this.skip();
    provider = await startProvider();
    const dir = tempDir();
    app = startProcess(process.execPath, ['--import', 'agent-vitals/register', 'caller.mjs'], {
      cwd: join(import.meta.dirname, 'apps'),
      env: { OPENAI_BASE_URL: `${provider.url}/v1`, AGENT_VITALS_DIR: dir, OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
      timeoutMillis: 120_000,
    });
    await app.printed('ready');
    const target = new URL(await scrapeAddress(dir)).host;
    prometheus = await startPrometheus(
      tempDir(),
      `scrape_configs: [{ job_name: app, scrape_interval: 250ms, scrape_timeout: 250ms, static_configs: [{ targets: ['${target}'] }] }]`,
    );
  });
  after(async () => {
    await app?.stop();
    await prometheus?.process.stop();
    await provider?.close();
    removeTempDirs();
  });

  it('scrapes before the first call', async () => {
    await eventually('a scrape', async () => (await prometheus.query('up'))[0]?.value === 1);
    expect(await prometheus.query('{__name__="target_info"}')).to.have.length(1);
  });

  it('answers what was called, and sees it grow', async () => {
    const calls = 'sum(gen_ai_client_operation_duration_seconds_count{gen_ai_request_model=~"gpt-5.*"})';
    app.child.stdin?.write('gpt-5+tokens=1000/10\ngpt-5-mini+tokens=70/7\n');
    await eventually('two calls', async () => (await prometheus.query(calls))[0]?.value === 2);
    const tokens = await prometheus.query('sum by (gen_ai_token_type) (gen_ai_client_token_usage_sum)');
    expect(Object.fromEntries(tokens.map(({ labels, value }) => [labels['gen_ai_token_type'], value]))).to.deep.equal({
      input: 1070,
      output: 17,
    });
    // Per million tokens: gpt-5 costs 1.25 and 10 US dollars, gpt-5-mini 0.25 and 2.
    const [cost] = await prometheus.query('sum(agent_vitals_cost_usd_total)');
    expect(cost?.value).to.be.closeTo((1000 * 1.25 + 10 * 10 + 70 * 0.25 + 7 * 2) / 1e6, 1e-12);

    app.child.stdin?.write('gpt-5\n');
    await eventually('three calls', async () => (await prometheus.query(calls))[0]?.value === 3);
  });

  it('finds a type for each metric, and keeps every series of a scrape', async () => {
    const [target] = await prometheus.targets();
    expect(target).to.deep.include({ health: 'up', lastError: '' });
    const exposed = await (await fetch(target?.scrapeUrl ?? '')).text();
    const samples = exposed.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const kept = await eventually('a scrape', async () => {
      const [sample] = await prometheus.query('scrape_samples_scraped');
      return sample !== undefined && sample.value >= samples.length && sample.value;
    });
    expect(kept).to.equal(samples.length);
    const types = await (await fetch(`${prometheus.url}/api/v1/metadata`)).text();
    expect(types).to.not.include('"type":"unknown"');
  });
});
