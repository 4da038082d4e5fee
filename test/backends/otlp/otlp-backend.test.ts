// The OTLP backend against a collector that behaves and one that does not. Every record must arrive or be counted, and nothing may wait.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import type { BackendStatus } from '../../../src/backends/backend.ts';
import { batchOf } from '../../../src/backends/batch.ts';
import { createOtlpBackend, type OtlpBackend, type OtlpOptions } from '../../../src/backends/otlp/otlp-backend.ts';
import { encodeLogRecord } from '../../../src/exporters/otlp-json/log-record.ts';
import { problems } from '../../../src/internal/log.ts';
import { RandomRecords } from '../../exporters/otlp-json/random-records.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeCollector, type Received } from '../../support/fake-collector.ts';
import { freePort } from '../../support/free-port.ts';
import { attribute, recordsOf } from '../../support/otlp-records.ts';
import { runProcess } from '../../support/run-process.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

const FAST = { retryMillis: 20, batchMillis: 20 };

describe('OtlpBackend', () => {
  const cleanUps: (() => unknown)[] = [];
  const savedEnv = { ...process.env };
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
    for (const name of Object.keys(process.env)) if (!(name in savedEnv)) delete process.env[name];
    Object.assign(process.env, savedEnv);
  });
  after(removeTempDirs);

  async function collector(options?: Parameters<typeof FakeCollector.start>[0]): Promise<FakeCollector> {
    const started = await FakeCollector.start(options);
    cleanUps.push(() => started.stop());
    return started;
  }

  /** A backend with these environment variables. */
  function backend(env: Record<string, string>, options: OtlpOptions = {}): OtlpBackend {
    Object.assign(process.env, env);
    const made = createOtlpBackend(process.env, { ...options, limits: { ...FAST, ...options.limits } });
    if (!made) throw new Error('no backend');
    cleanUps.unshift(() => made.shutdown(0));
    made.start();
    return made;
  }

  describe('is on', () => {
    const cases: [what: string, env: Record<string, string>, signals: string[] | undefined][] = [
      ['not without an endpoint', {}, undefined],
      ['not with an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, undefined],
      ['with an endpoint, for all signals', { OTEL_EXPORTER_OTLP_ENDPOINT: 'X' }, ['logs', 'metrics', 'traces']],
      ['with the endpoint of a signal, for that', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'X' }, ['traces']],
      ['with otlp as exporter, without an endpoint', { OTEL_LOGS_EXPORTER: 'console, otlp' }, ['logs']],
      [
        'not for signals with none',
        { OTEL_EXPORTER_OTLP_ENDPOINT: 'X', OTEL_METRICS_EXPORTER: 'none' },
        ['logs', 'traces'],
      ],
      [
        'not for signals with another exporter',
        { OTEL_EXPORTER_OTLP_ENDPOINT: 'X', OTEL_TRACES_EXPORTER: 'console' },
        ['logs', 'metrics'],
      ],
    ];
    for (const [what, env, signals] of cases) {
      it(what, async () => {
        const fake = await collector();
        const given = Object.fromEntries(
          Object.entries(env).map(([name, value]) => [name, value === 'X' ? fake.endpoint : value]),
        );
        if (signals === undefined) {
          expect(createOtlpBackend(given)).to.equal(undefined);
          return;
        }
        if (!Object.keys(env).some((name) => name.includes('ENDPOINT')))
          Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
        Object.assign(process.env, given);
        const made = createOtlpBackend(given, { limits: FAST }) as OtlpBackend;
        cleanUps.unshift(() => made.shutdown(0));
        accept(made, 'traces', 1);
        accept(made, 'logs', 1);
        if (made.metricReader) {
          const provider = new MeterProvider({ readers: [made.metricReader] });
          provider.getMeter('m').createCounter('c').add(1);
          await provider.shutdown();
        }
        await made.flush(2000);
        expect(
          fake.taken.map(({ path }) => path.split('/').at(-1) as string).sort((a, b) => (a < b ? -1 : 1)),
        ).to.deep.equal(
          signals.map((signal) => (env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`] ? '' : signal)),
        );
      });
    }
  });

  it('sends what it is given, in order, with the whole resource', async () => {
    const fake = await collector();
    const resource = resourceFromAttributes({ 'service.name': 'shop', 'deployment.environment.name': 'prod' });
    const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: `${fake.endpoint}/base/` }, { resource });
    const random = new RandomRecords(1);
    const lines = Array.from({ length: 3 }, (_, index) =>
      encodeLogRecord({ ...random.logRecord(), resource, eventName: `e${index}`, instrumentationScope: { name: 's' } }),
    );
    made.accept(batchOf('logs', lines));
    await made.flush(2000);
    expect(fake.taken.map(({ path }) => path)).to.deep.equal(['/base/v1/logs']);
    const records = recordsOf(fake.taken.map(({ body }) => body));
    expect(records.map(({ record }) => record['eventName'])).to.deep.equal(['e0', 'e1', 'e2']);
    expect(attribute(records[0]?.resource as object, 'deployment.environment.name')).to.equal('prod');
    expect(made.status()).to.deep.include({ state: 'healthy', accepted: 3, dropped: {} });
  });

  it('obeys the variables for headers, compression and the endpoint of a signal', async () => {
    const fake = await collector();
    const made = backend({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${fake.endpoint}/custom?x=1`,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=base,shared=yes',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'api-key=secret%20key',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    });
    accept(made, 'traces', 2);
    await made.flush(2000);
    const [request] = fake.taken as [Received];
    expect(request.path).to.equal('/custom?x=1');
    expect(request.headers).to.include({
      'api-key': 'secret key',
      shared: 'yes',
      'content-encoding': 'gzip',
      'content-type': 'application/json',
    });
    expect(names([request])).to.deep.equal(['0', '1']);
  });

  it('sends to a collector with its own certificate authority, and wants a certificate it can trust', async () => {
    const files = selfSigned();
    const fake = await collector({ tls: { key: readFileSync(files.key), cert: readFileSync(files.cert) } });
    const trusting = backend({
      OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint,
      OTEL_EXPORTER_OTLP_CERTIFICATE: files.cert,
    });
    accept(trusting, 'traces', 1);
    await trusting.flush(2000);
    expect(names(fake.taken)).to.deep.equal(['0']);
    delete process.env['OTEL_EXPORTER_OTLP_CERTIFICATE'];
    const wary = backend({});
    accept(wary, 'traces', 1);
    await wary.flush(2000);
    expect(fake.taken).to.have.length(1);
    expect(wary.status()).to.include({ state: 'degraded' });
    expect(wary.status().reason).to.match(/SELF_SIGNED_CERT/);
  });

  it('sends one request at a time, a full batch at once and a rest after a while', async () => {
    const fake = await collector();
    fake.answer = () => ({ delayMillis: 20 });
    const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
    accept(made, 'traces', 1200);
    await eventually('all', () => names(fake.taken).length === 1200);
    expect(fake.mostAtOnce).to.equal(1);
    expect(fake.taken.map((request) => names([request]).length)).to.deep.equal([512, 512, 176]);
    expect(names(fake.taken)).to.deep.equal(Array.from({ length: 1200 }, (_, index) => String(index)));
  });

  it('cuts batches by size too', async () => {
    const fake = await collector();
    const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint }, { limits: { maxBatchBytes: 5000 } });
    accept(made, 'traces', 10, 'x'.repeat(2000));
    await made.flush(5000);
    expect(fake.taken.map((request) => names([request]).length)).to.deep.equal([2, 2, 2, 2, 2]);
  });

  describe('when the collector fails', () => {
    it('keeps what waits, says why, and sends it when the collector is there', async () => {
      const port = await freePort();
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
      accept(made, 'traces', 600);
      await eventually('degraded', () => made.status().state === 'degraded');
      expect(made.status().reason).to.equal('cannot reach the collector: ECONNREFUSED');
      const fake = await collector({ port });
      await eventually('all', () => new Set(names(fake.taken)).size === 600);
      await eventually('healthy', () => made.status().state === 'healthy');
      expect(made.status()).to.deep.include({ accepted: 600, dropped: {} });
    });

    for (const [what, answer] of [
      ['503', { status: 503 }],
      ['429', { status: 429 }],
      ['502', { status: 502, body: 'not JSON' }],
      ['504', { status: 504 }],
      ['a reset connection', 'reset'],
    ] as const) {
      it(`sends again after ${what}, once and in order`, async () => {
        const fake = await collector();
        let failures = 3;
        fake.answer = () => (failures-- > 0 ? answer : {});
        const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
        accept(made, 'traces', 5);
        await eventually('healthy', () => made.status().state === 'healthy');
        expect(names(fake.taken)).to.deep.equal(['0', '1', '2', '3', '4']);
        expect(made.status().dropped).to.deep.equal({});
      });
    }

    it('waits as long as Retry-After says', async () => {
      const fake = await collector();
      const times: number[] = [];
      fake.answer = () => (times.push(performance.now()) === 1 ? { status: 429, headers: { 'retry-after': '1' } } : {});
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
      accept(made, 'traces', 1);
      await eventually('the second try', () => times.length === 2);
      expect((times[1] as number) - (times[0] as number)).to.be.within(990, 3000);
    });

    for (const [status, advice] of [
      [400, ''],
      [401, ' (it refuses the credentials, see OTEL_EXPORTER_OTLP_HEADERS)'],
      [404, ' (there is no OTLP receiver at this address, see OTEL_EXPORTER_OTLP_ENDPOINT)'],
      [500, ''],
    ] as const) {
      it(`drops and counts what is answered with ${status}, and sends the next`, async () => {
        const fake = await collector();
        fake.answer = ({ body }) => (body.includes('"bad') ? { status, body: 'sk-secret' } : {});
        const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
        accept(made, 'traces', 2, 'bad');
        await eventually('degraded', () => made.status().state === 'degraded');
        expect(made.status()).to.deep.include({
          reason: `the collector answers HTTP ${status}${advice}`,
          dropped: { [`http_${status}`]: 2 },
        });
        accept(made, 'traces', 1);
        await eventually('healthy', () => made.status().state === 'healthy');
        expect(names(fake.taken)).to.deep.equal(['0']);
      });
    }

    it('keeps what is answered with a redirect, which it does not follow', async () => {
      const fake = await collector();
      fake.answer = () => ({ status: 307, headers: { location: `${fake.endpoint}/elsewhere` } });
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
      accept(made, 'traces', 2);
      await eventually('degraded', () => made.status().state === 'degraded');
      expect(made.status().reason).to.match(/^the collector answers HTTP 307 \(redirects are not followed/);
      expect(new Set(fake.received.map(({ path }) => path))).to.deep.equal(new Set(['/v1/traces']));
      fake.answer = () => ({});
      await eventually('healthy', () => made.status().state === 'healthy');
      expect(names(fake.taken)).to.deep.equal(['0', '1']);
    });

    it('sends in smaller parts what is too large, and drops only what is too large alone', async () => {
      const fake = await collector();
      fake.answer = ({ body }) => (names([{ body }]).length > 10 || body.includes('"huge') ? { status: 413 } : {});
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
      accept(made, 'traces', 60);
      accept(made, 'traces', 1, 'huge');
      accept(made, 'traces', 60);
      await made.flush(5000);
      expect(names(fake.taken)).to.deep.equal(
        [...Array(2)].flatMap(() => Array.from({ length: 60 }, (_, index) => String(index))),
      );
      expect(made.status().dropped).to.deep.equal({ http_413: 1 });
    });

    for (const [signal, field] of [
      ['traces', 'rejectedSpans'],
      ['logs', 'rejectedLogRecords'],
    ] as const) {
      it(`counts the ${signal} that a partial success rejects, and does not send them again`, async () => {
        const fake = await collector();
        fake.answer = () => ({ body: JSON.stringify({ partialSuccess: { [field]: '2', errorMessage: 'too old' } }) });
        const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
        accept(made, signal, 5);
        await made.flush(2000);
        expect(fake.taken).to.have.length(1);
        expect(made.status()).to.deep.include({ state: 'healthy', accepted: 5, dropped: { rejected: 2 } });
      });
    }

    it('takes a success it cannot read for a success', async () => {
      const fake = await collector();
      fake.answer = () => ({ body: '<html>' });
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
      accept(made, 'traces', 1);
      await made.flush(2000);
      expect(made.status()).to.deep.include({ state: 'healthy', dropped: {} });
    });

    it('gives a request up after its time, and sends it again', async () => {
      const fake = await collector();
      let hangs = true;
      fake.answer = () => (hangs ? 'hang' : {});
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '200' });
      accept(made, 'traces', 1);
      await eventually('degraded', () => made.status().state === 'degraded');
      expect(made.status().reason).to.equal('no answer within 200 ms');
      hangs = false;
      await eventually('healthy', () => made.status().state === 'healthy');
      expect(names(fake.taken)).to.deep.equal(['0']);
    });

    it('does not take a connection that the collector closed between two requests for a failure', async () => {
      const fake = await collector();
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint }, { limits: { retryMillis: 60_000 } });
      accept(made, 'traces', 1);
      await made.flush(2000);
      fake.cutConnections();
      accept(made, 'traces', 1);
      await made.flush(2000);
      expect(fake.taken).to.have.length(2);
      expect(made.status()).to.include({ state: 'healthy' });
    });

    it('bounds what waits, by number and by size, and counts the rest', async () => {
      const made = backend(
        { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` },
        { limits: { maxQueueRecords: 100, maxQueueBytes: 1e6 } },
      );
      accept(made, 'traces', 150);
      accept(made, 'logs', 3, 'x'.repeat(400_000));
      expect(made.status()).to.deep.include({ accepted: 102, dropped: { queue_full: 51 } });
      expect(made.status().details?.['waiting']).to.equal(102);
    });

    it('tells no secret of its address, headers or answers', async () => {
      const fake = await collector();
      fake.answer = () => ({ status: 401, body: 'sk-secret' });
      const made = backend({
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:sk-secret@127.0.0.1:${fake.port}/sk-secret?key=sk-secret`,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=sk-secret',
      });
      accept(made, 'traces', 1);
      await eventually('degraded', () => made.status().state === 'degraded');
      expect(fake.received[0]?.headers.authorization).to.equal('sk-secret');
      expect(JSON.stringify([made.status(), [...problems().values()]])).not.to.include('sk-secret');
      expect(made.status().details?.['endpoint']).to.equal(fake.endpoint);
    });
  });

  describe('metrics', () => {
    it('come from its own reader, cumulative by default, with the whole resource', async () => {
      const fake = await collector();
      const resource = resourceFromAttributes({ 'service.name': 'shop', 'host.name': 'h' });
      const made = backend(
        { OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint, OTEL_METRIC_EXPORT_INTERVAL: '100' },
        { resource },
      );
      const provider = new MeterProvider({ resource, readers: [made.metricReader as never] });
      cleanUps.unshift(() => provider.shutdown());
      provider.getMeter('m').createCounter('calls').add(2);
      made.accept(batchOf('metrics', ['{"the journal’s":1}']));
      await eventually('two requests', () => fake.taken.length >= 2);
      const [first, second] = recordsOf(fake.taken.map(({ body }) => body)) as [any, any];
      expect([
        first.record.aggregationTemporality,
        first.record.data.asDouble,
        second.record.data.asDouble,
      ]).to.deep.equal([2, 2, 2]);
      expect(attribute(first.resource, 'host.name')).to.equal('h');
    });

    it('obey the temporality preference', async () => {
      const fake = await collector();
      const made = backend({
        OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint,
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      });
      const provider = new MeterProvider({ readers: [made.metricReader as never] });
      provider.getMeter('m').createCounter('calls').add(2);
      await provider.shutdown();
      await made.flush(2000);
      expect(recordsOf(fake.taken.map(({ body }) => body))[0]?.record['aggregationTemporality']).to.equal(1);
    });

    it('do not make the SDK’s reader wait for a collector that hangs', async () => {
      const fake = await collector();
      fake.answer = () => 'hang';
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
      const provider = new MeterProvider({ readers: [made.metricReader as never] });
      provider.getMeter('m').createCounter('calls').add(2);
      const begun = performance.now();
      await provider.forceFlush();
      await provider.shutdown();
      expect(performance.now() - begun).to.be.below(500);
    });
  });

  describe('at the end', () => {
    it('sends what waits and closes its connections', async () => {
      const fake = await collector();
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
      accept(made, 'traces', 700);
      await made.shutdown(5000);
      expect(names(fake.taken)).to.have.length(700);
      expect(made.status()).to.deep.include({ state: 'stopped', dropped: {} });
      accept(made, 'traces', 1);
      expect(made.status().dropped).to.deep.equal({ stopped: 1 });
    });

    it('keeps the deadline with a collector that hangs, and counts what was lost', async () => {
      const fake = await collector();
      fake.answer = () => 'hang';
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
      accept(made, 'traces', 700);
      accept(made, 'logs', 3);
      const begun = performance.now();
      await made.shutdown(300);
      expect(performance.now() - begun).to.be.within(290, 800);
      expect(made.status()).to.deep.include({ state: 'stopped', dropped: { shutdown: 703 } });
    });

    it('does not wait for a collector that is not there', async () => {
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
      accept(made, 'traces', 3);
      const begun = performance.now();
      await made.shutdown(5000);
      expect(performance.now() - begun).to.be.below(1000);
    });

    it('tries again within the deadline when the collector asks for time', async () => {
      const fake = await collector();
      let failures = 2;
      fake.answer = () => (failures-- > 0 ? { status: 503 } : {});
      const made = backend({ OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint });
      accept(made, 'traces', 3);
      await made.shutdown(5000);
      expect(names(fake.taken)).to.have.length(3);
    });
  });

  describe('lets the process end', () => {
    // A span is pushed, then the program has nothing more to do. `flush` as the runtime does it, or none as at `process.exit`.
    const script = (flush: boolean): string => `
      import { FanOut } from './src/backends/fan-out.ts';
      import { createOtlpBackend } from './src/backends/otlp/otlp-backend.ts';
      import { MeterProvider } from '@opentelemetry/sdk-metrics';
      const backend = createOtlpBackend(process.env, { limits: { batchMillis: 1 } });
      const fanOut = new FanOut([backend]);
      const provider = new MeterProvider({ readers: [backend.metricReader] });
      provider.getMeter('m').createCounter('c').add(1);
      fanOut.start();
      fanOut.push('traces', '{"resourceSpans":[{"scopeSpans":[{"scope":{},"spans":[{"name":"0"}]}]}]}');
      setTimeout(() => console.log('done'), 400);
      if (${flush}) process.once('beforeExit', async () => {
        await provider.forceFlush();
        await fanOut.flush(2000);
      });
    `;
    const run = (endpoint: string, flush: boolean) =>
      runProcess(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script(flush)], {
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_METRIC_EXPORT_INTERVAL: '150' },
        timeoutMillis: 20_000,
      });
    for (const [what, answer] of [
      ['hangs', 'hang'],
      ['answers 503', { status: 503 }],
      ['resets', 'reset'],
      ['is slow', { delayMillis: 600 }],
    ] as const) {
      it(`while the collector ${what}`, async () => {
        const fake = await collector();
        fake.answer = () => answer;
        const unflushed = await run(fake.endpoint, false);
        expect(unflushed.millisToEnd).to.be.below(500);
        const flushed = await run(fake.endpoint, true);
        // Our two seconds, and a busy machine; the official transport alone would take ten.
        expect(flushed.millisToEnd).to.be.below(5000);
        expect([unflushed.code, flushed.code]).to.deep.equal([0, 0]);
        expect(fake.received.some(({ path }) => path === '/v1/metrics')).to.equal(true);
      });
    }

    it('while there is no collector', async () => {
      const endpoint = `http://127.0.0.1:${await freePort()}`;
      expect((await run(endpoint, false)).millisToEnd).to.be.below(500);
      expect((await run(endpoint, true)).millisToEnd).to.be.below(1500);
      // `localhost` has two addresses, which are tried one after the other.
      expect((await run(endpoint.replace('127.0.0.1', 'localhost'), true)).millisToEnd).to.be.below(1500);
    });

    it('and what it flushes has arrived', async () => {
      const fake = await collector();
      fake.answer = () => ({ delayMillis: 300 });
      await run(fake.endpoint, true);
      expect(names(fake.taken.filter(({ path }) => path === '/v1/traces'))).to.deep.equal(['0']);
    });
  });

  it('says once that it sends JSON when another protocol is asked for', () => {
    backend({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    expect(problems().get('otlp:protocol')?.message).to.match(/JSON over HTTP.*"grpc".*4318/);
  });

  it('says which endpoint is no URL, without showing it', () => {
    backend({ OTEL_EXPORTER_OTLP_ENDPOINT: 'sk-secret.example.com:4318' });
    expect(problems().get('otlp:endpoint')?.message).to.equal(
      'OTEL_EXPORTER_OTLP_ENDPOINT is not a URL that begins with http:// or https://',
    );
  });
});

function accept(backend: OtlpBackend, signal: 'traces' | 'logs', count: number, prefix = ''): BackendStatus {
  const [resources, scopes, records] =
    signal === 'traces' ? ['resourceSpans', 'scopeSpans', 'spans'] : ['resourceLogs', 'scopeLogs', 'logRecords'];
  const lines = Array.from(
    { length: count },
    (_, index) =>
      `{"${resources}":[{"resource":{"attributes":[]},"${scopes}":[{"scope":{"name":"s"},"${records}":[{"name":"${prefix}${index}"}]}]}]}`,
  );
  backend.accept(batchOf(signal, lines));
  return backend.status();
}

function names(requests: readonly { readonly body: string }[]): string[] {
  return requests.flatMap(({ body }) =>
    JSON.parse(body).resourceSpans.flatMap((resource: any) =>
      resource.scopeSpans.flatMap((scope: any) => scope.spans.map((span: any) => span.name)),
    ),
  );
}

function selfSigned(): { key: string; cert: string } {
  const dir = tempDir();
  const files = { key: join(dir, 'key.pem'), cert: join(dir, 'cert.pem') };
  const { status, stderr } = spawnSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
      '-subj',
      '/CN=test',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      files.key,
      '-out',
      files.cert,
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`openssl: ${stderr}`);
  return files;
}
