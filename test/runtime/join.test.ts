import { expect } from 'chai';
import { freePort } from '../support/free-port.ts';
import { inferenceSpans } from '../support/journal-files.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { ONE_CALL, runModule } from './run-module.ts';

const OWN_SDK = `
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
const exporter = new InMemorySpanExporter();
const mine = new SimpleSpanProcessor({ exporter });
const parts = { metricReaders: [], logRecordProcessors: [], autoDetectResources: false };
`;

describe('beside an OpenTelemetry SDK of the app', () => {
  let dir: string;
  beforeEach(() => {
    dir = tempDir();
  });
  after(removeTempDirs);

  it('joins it: cost on its spans, the journal, and /metrics', async () => {
    const port = await freePort();
    const result = await runModule(
      `${OWN_SDK}
      import { createMetricReader, createSpanProcessor } from 'agent-vitals';
      const sdk = new NodeSDK({ ...parts, spanProcessors: [createSpanProcessor(), mine], metricReaders: [createMetricReader()] });
      sdk.start();
      ${ONE_CALL}
      oneCall();
      const page = await fetch('http://localhost:${port}/metrics').then((response) => response.text());
      console.log(exporter.getFinishedSpans()[0].attributes['agent_vitals.cost.usd'], /agent_vitals_cost_usd_total\\{/.test(page));
      await sdk.shutdown();
      console.log(await fetch('http://localhost:${port}/metrics').then(() => 'open', () => 'closed'));`,
      { dir, env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) } },
    );
    expect(result.stderr).to.equal('');
    expect(result.stdout).to.equal('0.00035 true\nclosed\n');
    expect(inferenceSpans(dir)).to.have.length(1);
  });

  it('says in one line how to join one that was registered before the flag', async () => {
    const result = await runModule(
      `${OWN_SDK}
      new NodeSDK({ ...parts, spanProcessors: [mine] }).start();
      const { start } = await import('agent-vitals');
      start();
      ${ONE_CALL}
      oneCall();
      console.log(exporter.getFinishedSpans().length);`,
      { dir },
    );
    expect(result.stderr).to.match(/^agent-vitals: [^\n]*registered already[^\n]*createSpanProcessor\(\)[^\n]*\n$/);
    expect(result.stdout).to.equal('1\n');
  });

  it('says in one line how to join one that the app starts under the flag', async () => {
    const result = await runModule(`${OWN_SDK} new NodeSDK({ ...parts, spanProcessors: [mine] }).start();`, {
      dir,
      register: true,
    });
    expect(result.stderr).to.match(/^agent-vitals: [^\n]*SDK of its own[^\n]*createSpanProcessor\(\)[^\n]*\n$/);
  });
});
