// Privacy, proven with canaries: unique texts in every private place of real traffic, looked for in everything we write, serve, send and print.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Provider, startProvider } from '../../examples/quickstart/provider/start-provider.js';
import { eventually } from '../support/eventually.ts';
import { FakeCollector } from '../support/fake-collector.ts';
import { allFiles, inferenceSpans } from '../support/journal-files.ts';
import { runProcess, startProcess } from '../support/run-process.ts';
import { scrapeAddress } from '../support/scrape-address.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const root = join(import.meta.dirname, '../..');
/** Model calls that canaries.mjs makes. */
const CALLS = 15;
const commands = ['stats', 'show', 'export', 'doctor'];

describe('canaries in the traffic', () => {
  let provider: Provider;
  let leaky: Server;
  let collector: FakeCollector;

  before(async () => {
    provider = await startProvider();
    // Its errors say what they were sent, keys and all, as some gateways do.
    leaky = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const message = `Not for ${JSON.stringify(request.headers)}: ${body}`;
        const error = { message, type: message, code: message, param: message };
        response
          .writeHead(401, { 'content-type': 'application/json', 'x-request-id': 'req_1' })
          .end(JSON.stringify({ type: 'error', error }));
      });
    }).listen(0, '127.0.0.1');
    await once(leaky, 'listening');
  });
  beforeEach(async () => {
    collector = await FakeCollector.start();
  });
  afterEach(() => collector.stop());
  after(async () => {
    await provider.close();
    leaky.close();
    removeTempDirs();
  });

  /** All that came of a run, by where it was found. `own` is what the app itself was given to find. */
  async function run(canary: string, env: Record<string, string> = {}): Promise<Map<string, string>> {
    const dir = tempDir();
    const settings = {
      AGENT_VITALS_DIR: dir,
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=canary-collector-key-${canary}`,
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_METRIC_EXPORT_TIMEOUT: '200',
      ...env,
    };
    const app = startProcess(
      process.execPath,
      ['--import', 'agent-vitals/register', 'canaries.mjs', `--api-key=canary-argument-${canary}`],
      {
        cwd: join(import.meta.dirname, 'apps'),
        env: {
          ...settings,
          CANARY: canary,
          OPENAI_BASE_URL: `${provider.url}/v1`,
          ANTHROPIC_BASE_URL: provider.url,
          LEAKY_URL: `http://127.0.0.1:${(leaky.address() as AddressInfo).port}`,
        },
      },
    );
    await app.printed('ready');
    await eventually(
      'traces, logs and metrics are sent',
      () => new Set(collector.taken.map(({ path }) => path)).size === 3,
    );
    const scraped = await (await fetch(new URL('/metrics', await scrapeAddress(dir)))).text();
    const live = allFiles(dir);
    app.child.stdin?.end();
    const { code, stdout, stderr } = await app.ended;
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: 'ready\n', stderr: '' });
    expect(inferenceSpans(dir)).to.have.length(CALLS);

    const places = new Map([['/metrics', scraped]]);
    for (const { path, text } of [...live, ...allFiles(dir)]) places.set(path, (places.get(path) ?? '') + text);
    // The collector's key goes to the collector, in the header it was given for.
    for (const { path, body } of collector.taken) places.set(`OTLP ${path}`, (places.get(`OTLP ${path}`) ?? '') + body);
    for (const command of commands) {
      for (const format of [[], ['--json']]) {
        const args = [command, ...format, '--dir', dir];
        const result = await runProcess(process.execPath, [join(root, 'dist/bin/agent-vitals.cjs'), ...args], {
          env: settings,
        });
        expect(result.code, `${args.join(' ')}: ${result.stderr}`).to.equal(0);
        places.set(`agent-vitals ${args.slice(0, -2).join(' ')}`, result.stdout + result.stderr);
      }
    }
    return places;
  }

  it('are found nowhere', async () => {
    const canary = randomBytes(8).toString('hex');
    const places = await run(canary);
    expect([...places.keys()].join(' '))
      .to.include('/journal/traces-')
      .and.include('/status/')
      .and.include('OTLP /v1/metrics');
    for (const [place, text] of places) {
      expect(text, place).to.not.equal('');
      expect(text.match(new RegExp(`canary-[a-z-]*${canary}`))?.[0], place).to.equal(undefined);
      expect(text, place).to.not.include(canary);
    }
  });

  it('are found where content was asked for, but no key and no user id', async () => {
    const canary = randomBytes(8).toString('hex');
    const places = await run(canary, { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'both' });
    const written = [...places].filter(([place]) => /journal\/traces-|OTLP \/v1\/traces/.test(place));
    expect(written).to.have.length(2);
    for (const [place, text] of written) {
      for (const kind of ['prompt', 'system', 'tool-argument', 'tool-result'])
        expect(text, place).to.include(`canary-${kind}-${canary}`);
    }
    for (const [place, text] of places) {
      for (const kind of [
        'openai-key',
        'anthropic-key',
        'collector-key',
        'foreign-key',
        'model-key',
        'argument',
        'user-id',
        'own-error',
        'organization',
      ]) {
        expect(text, place).to.not.include(`canary-${kind}-${canary}`);
      }
    }
  });
});
