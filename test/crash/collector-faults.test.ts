// An app whose collector fails in every way there is, and gets well: every span that ended arrives, and those of the app that died meanwhile too.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Cursors } from '../../src/backends/shipping/cursors.ts';
import { eventually } from '../support/eventually.ts';
import { FakeCollector } from '../support/fake-collector.ts';
import { freePort } from '../support/free-port.ts';
import { journalFiles } from '../support/journal-files.ts';
import { type RunningProcess, startProcess } from '../support/run-process.ts';
import { selfSigned } from '../support/self-signed.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const register = join(import.meta.dirname, '../../dist/register.cjs');
const app = `
  const { trace } = require('@opentelemetry/api');
  const tracer = trace.getTracer('app');
  const text = 'x'.repeat(2000);
  let next = 0;
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    for (const end = next + Number(line); next < end; next++) tracer.startSpan(process.argv[1] + next, { attributes: { text } }).end();
    setImmediate(() => setImmediate(() => console.log('ended ' + next)));
  });`;

interface Fault {
  readonly begin: (collector: FakeCollector) => unknown;
  readonly end: (collector: FakeCollector) => unknown;
  /** More than once is allowed where it was taken and the answer never came. */
  readonly mayDouble?: boolean;
}

const answering = (answer: ReturnType<FakeCollector['answer']>): Fault => ({
  begin: (collector) => (collector.answer = () => answer),
  end: (collector) => {
    collector.answer = () => ({});
    collector.cutConnections();
  },
});
const connecting = (connection: FakeCollector['connection']): Fault => ({
  begin: (collector) => {
    collector.connection = connection;
    collector.cutConnections();
  },
  end: (collector) => {
    collector.connection = 'sound';
    collector.cutConnections();
  },
});

const faults: Readonly<Record<string, Fault>> = {
  'answers 503': answering({ status: 503 }),
  'answers 429 with Retry-After': answering({ status: 429, headers: { 'retry-after': '1' } }),
  'answers nothing': answering('hang'),
  'cuts connections when a request has come': answering('reset'),
  'cuts connections in the middle of its answer': { ...answering('reset-answer'), mayDouble: true },
  'cuts connections in the middle of a request': connecting('cut'),
  'reads nothing from its connections': connecting('deaf'),
  'takes small requests only': {
    begin: (collector) => (collector.answer = ({ body }) => (body.length > 20_000 ? { status: 413 } : {})),
    end: () => undefined,
  },
  'is slow': { ...answering({ delayMillis: 300 }), mayDouble: true },
};

describe('a collector that fails and gets well', function () {
  this.timeout(90_000);
  const cleanUps: (() => unknown)[] = [];
  after(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
    removeTempDirs();
  });

  function start(dir: string, endpoint: string, prefix: string, env: Record<string, string> = {}): RunningProcess {
    const running = startProcess(process.execPath, ['--require', register, '-e', app, prefix], {
      env: {
        AGENT_VITALS_DIR: dir,
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
        AGENT_VITALS_OTLP_CATCH_UP_BYTES_PER_SECOND: '1000000000',
        ...env,
      },
    });
    cleanUps.push(() => running.stop('SIGKILL'));
    return running;
  }

  async function endSpans(running: RunningProcess, count: number, total: number): Promise<void> {
    running.child.stdin?.write(`${count}\n`);
    await running.printed(`ended ${total}\n`);
  }

  async function survive({ begin, end, mayDouble = false }: Fault): Promise<void> {
    const dir = tempDir();
    const collector = await FakeCollector.start();
    cleanUps.push(() => collector.stop());
    const one = start(dir, collector.endpoint, 'one ');
    await endSpans(one, 100, 100);
    await eventually('the first', () => names(collector).length === 100);
    // An answer that is lost with its connection would make them come twice.
    await eventually('it knows', () => hasCursor(dir));
    begin(collector);
    const two = start(dir, collector.endpoint, 'two ');
    // More than memory takes.
    for (let total = 1000; total <= 3000; total += 1000) {
      await endSpans(one, total === 1000 ? 900 : 1000, total);
      await endSpans(two, 1000, total);
    }
    await two.stop('SIGKILL');
    end(collector);
    await endSpans(one, 100, 3100);
    await eventually('all of the one that lives', () => distinct(collector, 'one ') === 3100, 30_000);
    const three = start(dir, collector.endpoint, 'three ');
    await eventually('all of the one that died', () => distinct(collector, 'two ') === 3000, 30_000);
    expect((await three.stop('SIGKILL')).stdout).to.equal('');
    expect((await one.stop('SIGTERM')).signal).to.equal('SIGTERM');
    const arrived = names(collector).filter((name) => name.startsWith('one '));
    if (!mayDouble) expect(arrived).to.deep.equal(Array.from({ length: 3100 }, (_, index) => `one ${index}`));
  }

  // All at once: most of the time is waiting for the next try.
  const running = new Map<string, Promise<void>>();
  before(() => {
    for (const [what, fault] of Object.entries(faults)) {
      const survived = survive(fault);
      survived.catch(() => undefined);
      running.set(what, survived);
    }
  });
  for (const what of Object.keys(faults)) it(`${what}: has every span in the end`, () => running.get(what));

  it('has a certificate that is not trusted: is told once, and has every span when it is', async () => {
    const dir = tempDir();
    const files = selfSigned();
    const port = await freePort();
    const collector = await FakeCollector.start({
      port,
      tls: { key: readFileSync(files.key), cert: readFileSync(files.cert) },
    });
    cleanUps.push(() => collector.stop());
    const endpoint = `https://localhost:${port}`;
    const wary = start(dir, endpoint, 'wary ');
    await endSpans(wary, 500, 500);
    wary.child.stdin?.end();
    const { code, stderr } = await wary.ended;
    expect(code).to.equal(0);
    expect(stderr).to.match(
      /^agent-vitals: traces do not reach the collector at https:\/\/localhost:\d+: .*its certificate is not trusted, see OTEL_EXPORTER_OTLP_CERTIFICATE\)\n$/,
    );
    const trusting = start(dir, endpoint, 'trusting ', { OTEL_EXPORTER_OTLP_CERTIFICATE: files.cert });
    await eventually('all', () => distinct(collector, 'wary ') === 500);
    await trusting.stop('SIGKILL');
  });
});

function names(collector: FakeCollector): string[] {
  return collector.taken.flatMap(({ body }) =>
    [...body.matchAll(/"name":"((?:one|two|three|wary|trusting) \d+)"/g)].map((match) => match[1] as string),
  );
}

function distinct(collector: FakeCollector, prefix: string): number {
  return new Set(names(collector).filter((name) => name.startsWith(prefix))).size;
}

/** Whether some of the spans of a directory are known to have arrived. */
function hasCursor(dir: string): boolean {
  return journalFiles(dir, 'traces').some((path) => new Cursors(dir).read(path, Number.MAX_SAFE_INTEGER) > 0);
}
