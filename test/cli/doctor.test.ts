import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { openAlertsDatabase } from '../../src/alerting/alerts-database.ts';
import { RuleStore } from '../../src/alerting/store/rule-store.ts';
import { runBuiltCli } from '../support/cli.ts';
import { callLine, writeJournal } from '../support/journal-builder.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

interface Found {
  readonly check: string;
  readonly state: string;
  readonly message: string;
  readonly details?: string[];
  readonly data?: any;
}

async function doctor(
  dir: string,
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<{ code: number | null; ok: boolean; checks: Found[]; stdout: string }> {
  const { code, stdout } = await runBuiltCli(['doctor', '--json', '--dir', dir], options);
  return { code, ...JSON.parse(stdout), stdout };
}

function writeStatus(dir: string, name: string, status: unknown): void {
  mkdirSync(join(dir, 'status'), { recursive: true });
  writeFileSync(join(dir, 'status', name), typeof status === 'string' ? status : JSON.stringify(status));
}

function find(checks: readonly Found[], check: string): Found {
  const found = checks.find((one) => one.check === check);
  if (found === undefined) throw new Error(`no check ${check}`);
  return found;
}

describe('agent-vitals doctor', function () {
  this.timeout(60_000);
  after(removeTempDirs);

  it('has nothing to complain of where nothing ran yet', async () => {
    const { code, ok, checks } = await doctor(join(tempDir(), 'none'));
    expect([code, ok]).to.deep.equal([0, true]);
    expect(checks.map(({ check }) => check)).to.deep.equal([
      'node',
      'sdks',
      'doubledPackages',
      'environment',
      'sampling',
      'processes',
      'scrape',
      'shipping',
      'journal',
      'damage',
      'prices',
      'disk',
    ]);
  });

  it('tells what live and ended processes hooked, skipped, dropped and met', async () => {
    const dir = tempDir();
    const modules = [
      { package: 'openai', version: '7.57.0', format: 'esm', state: 'hooked' },
      { package: '@anthropic-ai/sdk', version: '0.20.0', format: 'cjs', state: 'skipped', reason: 'too old' },
    ];
    const backends = {
      journal: { state: 'degraded', reason: 'disk full', accepted: 5, dropped: { disk_full: 2 } },
    };
    writeStatus(dir, '1.json', {
      pid: process.pid,
      node: '24.0.0',
      program: 'app.js',
      startedAt: 1,
      backends,
      modules,
      problems: [{ message: 'oh', times: 2 }],
    });
    writeStatus(dir, '2.json', { pid: 2 ** 22 + 1, backends: { journal: { state: 'stopped' } } });
    writeStatus(dir, '3.json', '{"pid":');
    writeStatus(dir, '4.json', { pid: 'x' });
    const { checks } = await doctor(dir);
    const [live, ended, ...more] = checks.filter(({ check }) => check === 'process');
    expect(more).to.deep.equal([]);
    expect(live?.state).to.equal('warning');
    expect(live?.message).to.include(`process ${process.pid} (app.js, Node 24.0.0) running`);
    expect(live?.details).to.deep.equal([
      'journal: degraded, disk full · 5 accepted · 2 dropped (disk_full)',
      'hooked openai 7.57.0 (esm)',
      'skipped @anthropic-ai/sdk 0.20.0 (cjs): too old',
      'problem: oh (2 times)',
    ]);
    expect(ended?.message).to.include('ended');
  });

  it('asks the scrape endpoint of a live process', async () => {
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/metrics' ? 200 : 404).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
    const dir = tempDir();
    // Degraded, for one metric cannot be collected: it serves the others.
    const prometheus = { state: 'degraded', reason: '1 metric callbacks failed: Error', details: { address: url } };
    writeStatus(dir, '1.json', { pid: process.pid, backends: { prometheus } });
    try {
      expect(find((await doctor(dir)).checks, 'scrape')).to.deep.include({ state: 'ok', data: [{ url, answer: 200 }] });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    const { code, ok, checks } = await doctor(dir);
    expect([code, ok]).to.deep.equal([1, false]);
    expect(find(checks, 'scrape')).to.deep.include({ state: 'problem', data: [{ url, answer: 'ECONNREFUSED' }] });
  });

  it('finds packages that are installed twice', async () => {
    const cwd = tempDir();
    const install = (path: string, name: string, version: string): void => {
      mkdirSync(join(cwd, path), { recursive: true });
      writeFileSync(join(cwd, path, 'package.json'), JSON.stringify({ name, version }));
    };
    install('node_modules/@opentelemetry/api', '@opentelemetry/api', '1.10.0');
    install('node_modules/other/node_modules/@opentelemetry/api', '@opentelemetry/api', '1.9.0');
    install('node_modules/openai', 'openai', '6.0.0');
    const { checks } = await doctor(tempDir(), { cwd });
    expect(find(checks, 'sdks').message).to.equal('installed here: openai 6.0.0');
    const doubled = find(checks, 'doubledPackages');
    expect(doubled.state).to.equal('warning');
    expect(doubled.details).to.deep.equal([
      '@opentelemetry/api 1.10.0 in node_modules/@opentelemetry/api',
      '@opentelemetry/api 1.9.0 in node_modules/other/node_modules/@opentelemetry/api',
    ]);
  });

  it('says which installed SDK is too old to be recorded', async () => {
    const cwd = tempDir();
    for (const [name, version] of [
      ['openai', '3.3.0'],
      ['@anthropic-ai/sdk', '0.30.0'],
    ] as const) {
      mkdirSync(join(cwd, 'node_modules', name), { recursive: true });
      writeFileSync(join(cwd, 'node_modules', name, 'package.json'), JSON.stringify({ name, version }));
    }
    const { checks } = await doctor(tempDir(), { cwd });
    const warnings = checks.filter(({ check, state }) => check === 'sdks' && state === 'warning');
    expect(warnings.map(({ message }) => message)).to.deep.equal([
      'openai 3.3.0 is not recorded, it is too old: 4.0 is the oldest that is',
    ]);
  });

  it('tells damage and calls without a price', async () => {
    const dir = tempDir();
    writeJournal(dir, [callLine({ input: 1, cost: 1 }), callLine({ input: 1, model: 'mine' }), 'x']);
    const { checks } = await doctor(dir);
    expect(find(checks, 'damage').details).to.deep.equal(['traces-1.jsonl: 1 line']);
    expect(find(checks, 'prices').message).to.include('50.0% of 2 calls');
    expect(find(checks, 'prices').data).to.deep.include({ unpricedModels: { mine: 1 } });
  });

  it('tells the variables that matter, and none of their secrets', async () => {
    const { checks, stdout } = await doctor(tempDir(), {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:hunter2@collector.example:4318/hunter2?token=hunter2',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hunter2',
        OTEL_SERVICE_NAME: 'shop',
        AGENT_VITALS_ALERTS_CHANNELS: '{"ops":{"type":"webhook","url":"https://hooks.example.com/hunter2"}}',
        AGENT_VITALS_USER_ID_KEY: 'hunter2',
        AGENT_VITALS_DISABLED: 'true',
        AGENT_VITALS_MAX_SERIES: 'many',
      },
    });
    expect(stdout).not.to.include('hunter2');
    const environment = find(checks, 'environment');
    expect(environment.state).to.equal('warning');
    expect(environment.details).to.include.members([
      'OTEL_EXPORTER_OTLP_ENDPOINT=https://collector.example:4318/…',
      'OTEL_EXPORTER_OTLP_HEADERS=(set)',
      'OTEL_SERVICE_NAME=shop',
    ]);
    expect(find(checks, 'configuration').message).to.include('AGENT_VITALS_MAX_SERIES is ignored');
  });

  it('says that questions know what was sampled alone, and whether anything is dropped here', async () => {
    const sampling = async (env: Record<string, string>): Promise<Found> =>
      find((await doctor(tempDir(), { env })).checks, 'sampling');
    const none = await sampling({ OTEL_TRACES_SAMPLER: 'parentbased_always_on' });
    expect(none).to.deep.include({ state: 'info', data: { sampler: null } });
    expect(none.message).to.include('questions know no others');
    const some = await sampling({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' });
    expect(some).to.deep.include({ state: 'warning', data: { sampler: 'traceidratio 0.1' } });
    expect(some.message).to.match(/^OTEL_TRACES_SAMPLER is traceidratio 0.1 here: .* questions know no others/);
  });

  it('says what is wrong with rules and channels of the configuration', async () => {
    const { checks } = await doctor(tempDir(), {
      env: {
        AGENT_VITALS_ALERTS_RULES: '[{"name":"a","preset":"nothing"}]',
        AGENT_VITALS_ALERTS_CHANNELS: '{"ops":{"type":"webhook","url":"http://10.0.0.1/hunter2"}}',
      },
    });
    const { state, details } = find(checks, 'alerts');
    expect(state).to.equal('warning');
    expect(details?.[0]).to.match(/"preset" must be one of/);
    expect(details?.[1]).to.match(/channel "ops": "url" .*10\.0\.0\.1/);
    expect(details?.join()).to.not.include('hunter2');
  });

  it('says whether alerts.db can be used', async () => {
    const dir = tempDir();
    const database = openAlertsDatabase(dir);
    new RuleStore(database).save({ name: 'spend', preset: 'daily_cost' });
    database.close();
    const { code, checks } = await doctor(dir);
    expect(find(checks, 'alerts')).to.deep.include({ state: 'ok', data: { rules: 1, wrong: 0 } });
    expect(code).to.equal(0);
    writeFileSync(join(dir, 'alerts.db'), 'no database at all, but long enough to be taken for one\n'.repeat(100));
    const spoilt = await doctor(dir);
    expect(find(spoilt.checks, 'alerts')).to.deep.include({ state: 'problem', data: null });
    expect(find(spoilt.checks, 'alerts').message).to.include('file is not a database');
    expect(spoilt.code).to.equal(1);
  });

  it('answers people, a line a check', async () => {
    const { code, stdout } = await runBuiltCli(['doctor', '--dir', tempDir()]);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^ok {7}Node v\d+/);
    expect(stdout).not.to.include('\u001B');
  });
});
