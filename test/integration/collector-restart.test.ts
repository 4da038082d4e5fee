// The real collector, killed in the middle of an app's life and started again: its files hold every span of the journal.
import { join } from 'node:path';
import { expect } from 'chai';
import { findCollector, startCollector } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { journalLines } from '../support/journal-files.ts';
import { recordsOf } from '../support/otlp-records.ts';
import { startProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const register = join(import.meta.dirname, '../../dist/register.cjs');
const app = `
  const { trace } = require('@opentelemetry/api');
  const tracer = trace.getTracer('app');
  let next = 0;
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    for (const end = next + Number(line); next < end; next++) {
      tracer.startSpan('span ' + next, { attributes: { text: 'x'.repeat(2000) } }).end();
    }
    setImmediate(() => setImmediate(() => console.log('ended ' + next)));
  });`;

describe('a collector that is killed and started again', function () {
  this.timeout(120_000);
  after(removeTempDirs);

  it('has every span of the journal in the end', async function () {
    const binary = findCollector();
    if (binary === undefined) return this.skip();
    const [dir, port] = [tempDir(), await freePort()];
    const first = await startCollector(binary, tempDir(), port);
    const running = startProcess(process.execPath, ['--require', register, '-e', app], {
      env: {
        AGENT_VITALS_DIR: dir,
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        OTEL_EXPORTER_OTLP_ENDPOINT: first.endpoint,
      },
    });
    const end = async (count: number, total: number): Promise<void> => {
      running.child.stdin?.write(`${count}\n`);
      await running.printed(`ended ${total}\n`);
    };
    await end(1000, 1000);
    await eventually('all so far', () => ids(first.lines('traces')).length === 1000);
    const before = ids(first.lines('traces'));
    await first.process.stop('SIGKILL');
    await end(4000, 5000);
    const second = await startCollector(binary, tempDir(), port);
    await end(100, 5100);
    await eventually('the rest', () => before.length + ids(second.lines('traces')).length >= 5100, 60_000);
    running.child.stdin?.end();
    expect((await running.ended).code).to.equal(0);
    expect([...before, ...ids(second.lines('traces'))]).to.deep.equal(ids(journalLines(dir, 'traces')));
    await second.process.stop('SIGKILL');
  });
});

function ids(lines: readonly string[]): unknown[] {
  return recordsOf(lines).map(({ record }) => record['spanId']);
}
