// The scrape endpoint over real HTTP: what it answers, and what it does when a port or a metric fails.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { PrometheusBackend, type PrometheusOptions } from '../../../src/backends/prometheus/prometheus-backend.ts';
import { problems } from '../../../src/internal/log.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { runProcess } from '../../support/run-process.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

describe('PrometheusBackend', () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  after(removeTempDirs);
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  async function started(
    options: Partial<PrometheusOptions> = {},
  ): Promise<{ backend: PrometheusBackend; provider: MeterProvider; url: string }> {
    const backend = new PrometheusBackend({ host: '127.0.0.1', port: 0, ...options });
    const provider = new MeterProvider({ readers: [backend.reader] });
    cleanUps.push(
      () => backend.shutdown(),
      () => provider.shutdown(),
    );
    backend.start();
    const url = await eventually('an address', () => backend.status().details?.['address'] as string | undefined);
    return { backend, provider, url };
  }

  it('answers with the metrics and the right content type', async () => {
    const { backend, provider, url } = await started();
    provider.getMeter('m').createCounter('calls').add(3);
    const answer = await fetch(url);
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).to.include('calls_total{otel_scope_name="m"} 3\n');
    expect((await fetch(`${url}?collect[]=x`)).status).to.equal(200);
    expect(backend.status()).to.deep.include({ state: 'healthy', dropped: {} });
    expect(backend.status().details?.['scrapes']).to.equal(2);
  });

  it('answers HEAD without a body, other paths with 404 and other methods with 405', async () => {
    const { url } = await started();
    const head = await get(url, { method: 'HEAD' });
    expect(head.status).to.equal(200);
    expect(head.body).to.have.length(0);
    expect(Number(head.headers['content-length'])).to.be.above(10);
    expect((await fetch(url.replace('/metrics', '/'))).status).to.equal(404);
    expect((await fetch(`${url}/more`)).status).to.equal(404);
    const post = await fetch(url, { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
  });

  it('sends gzip to those who take it, and to nobody else', async () => {
    const { url } = await started();
    const plain = await get(url);
    expect(plain.headers).not.to.have.property('content-encoding');
    for (const accepted of ['gzip', 'deflate, gzip;q=0.5', '*']) {
      const zipped = await get(url, { headers: { 'accept-encoding': accepted } });
      expect(zipped.headers['content-encoding'], accepted).to.equal('gzip');
      expect(gunzipSync(zipped.body).toString()).to.equal(plain.body.toString());
    }
    for (const refused of ['identity', 'gzip;q=0', 'gzipped', 'br, gzip; q=0.0']) {
      const answer = await get(url, { headers: { 'accept-encoding': refused } });
      expect(answer.headers, refused).not.to.have.property('content-encoding');
    }
  });

  it('collects once for scrapes that come together', async () => {
    const { provider, url } = await started();
    let collections = 0;
    provider
      .getMeter('m')
      .createObservableGauge('slow')
      .addCallback(async (result) => {
        collections += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
        result.observe(collections);
      });
    const texts = await Promise.all(Array.from({ length: 5 }, async () => (await fetch(url)).text()));
    expect(collections).to.equal(1);
    expect(new Set(texts).size).to.equal(1);
    await fetch(url);
    expect(collections).to.equal(2);
  });

  it('answers 500 with a reason when collecting fails, says no secret, and recovers', async () => {
    const { backend, url } = await started();
    const collect = backend.reader.collect.bind(backend.reader);
    backend.reader.collect = () => Promise.reject(new RangeError('sk-secret'));
    const answer = await fetch(url);
    expect([answer.status, await answer.text()]).to.deep.equal([500, 'collecting metrics failed: RangeError\n']);
    expect(backend.status()).to.include({ state: 'degraded', reason: 'collecting metrics failed: RangeError' });
    backend.reader.collect = async () => ({ resourceMetrics: {} as any, errors: [] });
    expect((await fetch(url)).status, 'serialising fails').to.equal(500);
    backend.reader.collect = collect;
    expect((await fetch(url)).status).to.equal(200);
    expect(backend.status()).to.include({ state: 'healthy' });
  });

  it('answers 500 when a metric callback hangs', async function () {
    this.timeout(15_000);
    const { provider, url } = await started();
    provider
      .getMeter('m')
      .createObservableGauge('hanging')
      .addCallback(() => new Promise<void>(() => {}));
    const begun = performance.now();
    const answer = await fetch(url);
    expect([answer.status, await answer.text()]).to.deep.equal([500, 'collecting metrics failed: TimeoutError\n']);
    expect(performance.now() - begun).to.be.within(4500, 8000);
  });

  it('leaves out what a throwing callback should have given, and serves the rest', async () => {
    const { backend, provider, url } = await started();
    const meter = provider.getMeter('m');
    meter.createCounter('good').add(1);
    meter.createObservableGauge('bad').addCallback(() => {
      throw new TypeError('sk-secret');
    });
    const answer = await fetch(url);
    expect(answer.status).to.equal(200);
    expect(await answer.text())
      .to.include('good_total')
      .and.not.to.include('bad');
    expect(backend.status()).to.include({ state: 'degraded', reason: '1 metric callbacks failed: TypeError' });
  });

  it('is degraded while its port is taken, says so once, and takes it when it is free', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const backend = new PrometheusBackend({ host: '127.0.0.1', port, retryMillis: 20 });
    const provider = new MeterProvider({ readers: [backend.reader] });
    cleanUps.push(
      () => backend.shutdown(),
      () => provider.shutdown(),
    );
    backend.start();
    await eventually('two tries', () => (problems().get('backend:prometheus')?.times ?? 0) >= 2);
    expect(backend.status()).to.include({ state: 'degraded', reason: `port ${port} is taken` });
    expect(backend.status().details).not.to.have.property('address');
    other.close();
    await once(other, 'close');
    await eventually('the port', () => backend.status().state === 'healthy');
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).to.equal(200);
  });

  it('closes fully, with requests and connections open', async () => {
    const { backend, provider, url } = await started();
    let reached = (): void => {};
    const collecting = new Promise<void>((resolve) => (reached = resolve));
    provider
      .getMeter('m')
      .createObservableGauge('hanging')
      .addCallback(() => {
        reached();
        return new Promise<void>(() => {});
      });
    const broken = fetch(url).then(
      () => 'answered',
      () => 'broken',
    );
    await collecting;
    await backend.shutdown();
    expect(await broken).to.equal('broken');
    expect(backend.status()).to.include({ state: 'stopped' });
    const refused = await fetch(url).catch((error: Error) => (error.cause as NodeJS.ErrnoException).code);
    expect(refused).to.equal('ECONNREFUSED');
  });

  it('does not keep a process alive', async () => {
    const script = `
      import { PrometheusBackend } from './src/backends/prometheus/prometheus-backend.ts';
      const backend = new PrometheusBackend({ host: '127.0.0.1', port: 0 });
      backend.start();
      setTimeout(() => console.log(backend.status().state), 200);
    `;
    const { code, stdout, stderr, millisToEnd } = await runProcess(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      script,
    ]);
    expect([code, stdout, stderr]).to.deep.equal([0, 'healthy\n', '']);
    expect(millisToEnd).to.be.below(1000);
  });

  it('says nothing of a taken port in a worker thread', async () => {
    const script = `
      import { isMainThread, Worker } from 'node:worker_threads';
      import { PrometheusBackend } from './src/backends/prometheus/prometheus-backend.ts';
      const backend = new PrometheusBackend({ host: '127.0.0.1', port: Number(process.env.PORT) });
      backend.start();
      setTimeout(() => {
        console.log(isMainThread, backend.status().state);
        if (isMainThread) new Worker(new URL(process.argv[1], 'file://'));
      }, 300);
      setTimeout(() => {}, 1500);
    `;
    const main = join(tempDir(), 'main.ts');
    writeFileSync(main, script.replace('./src/', join(import.meta.dirname, '../../../src/')));
    const { stdout, stderr } = await runProcess(process.execPath, ['--import', 'tsx', main], {
      env: { PORT: String(await freePort()) },
    });
    expect([stdout, stderr]).to.deep.equal(['true healthy\nfalse degraded\n', '']);
  });
});

function get(
  url: string,
  options: object = {},
): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}
