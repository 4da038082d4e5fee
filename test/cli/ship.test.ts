// `agent-vitals ship`: what others have left reaches the collector once; what cannot be is said, and stays.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { runBuiltCli, startBuiltCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { FakeCollector } from '../support/fake-collector.ts';
import { freePort } from '../support/free-port.ts';
import { runProcess, startProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const register = join(import.meta.dirname, '../../dist/register.cjs');
/** Ends as many spans as it is told on its input, and says so a turn later. */
const app = `
  const { trace } = require('@opentelemetry/api');
  const tracer = trace.getTracer('app');
  let next = 0;
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'kill') process.kill(process.pid, 'SIGKILL');
    for (const end = next + Number(line); next < end; next++) tracer.startSpan('span ' + next).end();
    setImmediate(() => setImmediate(() => console.log('ended ' + next)));
  });`;

describe('agent-vitals ship', function () {
  this.timeout(60_000);
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });
  after(removeTempDirs);

  async function collector(): Promise<FakeCollector> {
    const fake = await FakeCollector.start();
    cleanUps.push(() => fake.stop());
    return fake;
  }

  /** An app that has ended so many spans and is gone, its collector never having been there. */
  async function leave(dir: string, spans: number, way: 'kill' | 'end'): Promise<void> {
    const running = startProcess(process.execPath, ['--require', register, '-e', app], {
      env: {
        AGENT_VITALS_DIR: dir,
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      },
    });
    running.child.stdin?.write(`${spans}\n`);
    await running.printed(`ended ${spans}`);
    if (way === 'kill') running.child.stdin?.write('kill\n');
    else running.child.stdin?.end();
    await running.ended;
  }

  it('sends what processes have left, however they ended, and nothing a second time', async () => {
    const dir = tempDir();
    for (const way of ['kill', 'end', 'kill'] as const) await leave(dir, 1000, way);
    const fake = await collector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint, OTEL_METRICS_EXPORTER: 'none' };
    const first = await runBuiltCli(['ship', '--json', '--dir', dir], { env });
    expect(JSON.parse(first.stdout)).to.deep.equal({ dir, shipped: 3000, dropped: {}, waitingBytes: 0 });
    const ids = spanIds(fake);
    expect([ids.length, new Set(ids).size]).to.deep.equal([3000, 3000]);
    const second = await runBuiltCli(['ship', '--dir', dir], { env });
    expect([second.code, second.stdout]).to.deep.equal([0, 'Nothing waits for the collector.\n']);
    expect(fake.received).to.have.length(fake.taken.length);
    expect(spanIds(fake)).to.have.length(3000);
  });

  it('is done once by many at a time', async () => {
    const dir = tempDir();
    for (const _ of [1, 2, 3]) await leave(dir, 1000, 'kill');
    const fake = await collector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint };
    await Promise.all(Array.from({ length: 5 }, () => runBuiltCli(['ship', '--dir', dir], { env })));
    const ids = spanIds(fake);
    expect([ids.length, new Set(ids).size]).to.deep.equal([3000, 3000]);
  });

  it('is done by the next process that has a collector, before it ends', async () => {
    const dir = tempDir();
    await leave(dir, 500, 'kill');
    const fake = await collector();
    await runProcess(process.execPath, ['--require', register, '-e', "console.log('no span of its own')"], {
      env: { AGENT_VITALS_DIR: dir, OTEL_EXPORTER_PROMETHEUS_PORT: '0', OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint },
    });
    expect(new Set(spanIds(fake)).size).to.equal(500);
  });

  it('follows apps that ship nothing themselves, until it is interrupted', async () => {
    const dir = tempDir();
    const fake = await collector();
    const running = startProcess(process.execPath, ['--require', register, '-e', app], {
      env: { AGENT_VITALS_DIR: dir, OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
    });
    cleanUps.push(() => running.stop('SIGKILL'));
    const sidecar = startBuiltCli(['ship', '--follow', '--json', '--dir', dir], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint },
    });
    cleanUps.push(() => sidecar.stop('SIGKILL'));
    for (const count of [10, 20, 30]) {
      const before = spanIds(fake).length;
      running.child.stdin?.write(`${count}\n`);
      await eventually(`${count} more`, () => spanIds(fake).length === before + count);
    }
    const { code, stdout } = await sidecar.stop('SIGINT');
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ shipped: 60, waitingBytes: 0 });
    expect(new Set(spanIds(fake)).size).to.equal(60);
  });

  it('sends again what was set aside, when asked', async () => {
    const dir = tempDir();
    await leave(dir, 20, 'kill');
    const fake = await collector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: fake.endpoint };
    fake.answer = () => ({ status: 401 });
    const refused = await runBuiltCli(['ship', '--dir', dir], { env });
    expect(refused.stdout).to.match(/^Shipped 0 records/);
    expect(refused.stderr).to.include('note: 20 records not taken: http_401');
    expect((await runBuiltCli(['doctor', '--dir', dir])).stdout).to.match(
      /1 request that the collector refused is set aside/,
    );
    fake.answer = () => ({});
    expect((await runBuiltCli(['ship', '--dir', dir], { env })).stdout).to.equal('Nothing waits for the collector.\n');
    const again = await runBuiltCli(['ship', '--rejected', '--json', '--dir', dir], { env });
    expect(JSON.parse(again.stdout)).to.include({ shipped: 20 });
    expect(new Set(spanIds(fake)).size).to.equal(20);
    expect(readdirSync(join(dir, 'journal/rejected'))).to.deep.equal([]);
  });

  it('says what waits and why, when the collector is not there', async () => {
    const dir = tempDir();
    await leave(dir, 20, 'kill');
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` };
    const { code, stdout, stderr } = await runBuiltCli(['ship', '--dir', dir], { env });
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.match(
      /error: cannot reach the collector: ECONNREFUSED\. [\d.]+ kB wait in the journal and can be shipped later\./,
    );
    expect((await runBuiltCli(['doctor', '--dir', dir])).stdout).to.match(/kB in 1 file wait for the collector, since/);
  });

  it('says how to name a collector', async () => {
    const { code, stderr } = await runBuiltCli(['ship', '--dir', tempDir()]);
    expect(code).to.equal(2);
    expect(stderr).to.equal(
      'error: No collector is named. Set OTEL_EXPORTER_OTLP_ENDPOINT, for example to http://localhost:4318.\n',
    );
  });
});

function spanIds(fake: FakeCollector): string[] {
  return fake.taken
    .filter(({ path }) => path === '/v1/traces')
    .flatMap(({ body }) => [...body.matchAll(/"spanId":"([0-9a-f]{16})"/g)].map((match) => match[1] as string));
}
