// The journal is the standard's format and not ours: each line, POSTed as it stands to a real collector, comes out as the same records.

import { join } from 'node:path';
import { expect } from 'chai';
import { type Provider, startProvider } from '../../examples/quickstart/provider/start-provider.js';
import { type Collector, findCollector, startCollector } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { journalLines } from '../support/journal-files.ts';
import { comparable, differences, recordsOf } from '../support/otlp-records.ts';
import { runProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('a journal line sent to a collector as it stands', function () {
  this.timeout(600_000);
  let provider: Provider;
  let collector: Collector;
  let dir: string;

  before(async function () {
    const binary = findCollector();
    if (binary === undefined) this.skip();
    dir = tempDir();
    collector = await startCollector(binary, tempDir());
    provider = await startProvider();
    const { code, stderr } = await runProcess(
      process.execPath,
      ['--import', 'agent-vitals/register', 'odd-telemetry.mjs'],
      {
        cwd: join(import.meta.dirname, 'apps'),
        env: {
          OPENAI_BASE_URL: `${provider.url}/v1`,
          AGENT_VITALS_DIR: dir,
          OTEL_EXPORTER_PROMETHEUS_PORT: '0',
          OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=t%C3%A9st',
          OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'both',
        },
      },
    );
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  });
  after(async () => {
    await collector?.process.stop();
    await provider?.close();
    removeTempDirs();
  });

  const leastRecords = { traces: 12, logs: 12, metrics: 10 };
  for (const signal of ['traces', 'logs', 'metrics'] as const) {
    it(`is the same in ${signal}`, async () => {
      const lines = journalLines(dir, signal);
      expect(recordsOf(lines)).to.have.length.of.at.least(leastRecords[signal]);
      for (const line of lines) {
        const answer = await fetch(`${collector.endpoint}/v1/${signal}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: line,
        });
        const text = await answer.text();
        expect(answer.status, `${text} for ${line}`).to.equal(200);
        expect(JSON.parse(text).partialSuccess ?? {}, line).to.deep.equal({});
      }
      const sent = comparable(lines);
      const received = await eventually('all came out', () => {
        const out = comparable(collector.lines(signal));
        return out.length >= sent.length && out;
      });
      expect(differences(received, sent)).to.equal('');
    });
  }
});
