// With a real collector: it gets the very spans, events and metrics that the journal has.

import { join } from 'node:path';
import { expect } from 'chai';
import { type Provider, startProvider } from '../../examples/quickstart/provider/start-provider.js';
import { type Collector, findCollector, startCollector } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { journalLines } from '../support/journal-files.ts';
import { attribute, comparable, differences, type OtlpRecord, recordsOf } from '../support/otlp-records.ts';
import { runProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

/** What the journal keeps of the resource; the collector gets all of it. */
const SERVICE = /^service\./;

describe('a collector', function () {
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
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
          OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
          OTEL_SERVICE_NAME: 'odd-app',
          OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=t%C3%A9st,service.version=1.2.3',
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

  for (const signal of ['traces', 'logs'] as const) {
    it(`has the very ${signal} of the journal, each once`, async () => {
      const inJournal = comparable(journalLines(dir, signal), SERVICE);
      const received = await eventually('all arrived', () => {
        const out = comparable(collector.lines(signal), SERVICE);
        return out.length >= inJournal.length && out;
      });
      expect(inJournal).to.have.length.above(10);
      expect(differences(received, inJournal)).to.equal('');
      for (const { resource } of recordsOf(collector.lines(signal))) {
        expect(attribute(resource, 'telemetry.sdk.language')).to.equal('nodejs');
        expect(attribute(resource, 'deployment.environment.name')).to.equal('tést');
      }
    });
  }

  it('has the metrics of the journal, with the same totals', async () => {
    const inJournal = totals(journalLines(dir, 'metrics'));
    expect([...inJournal.keys()].join())
      .to.include('gen_ai.client.token.usage')
      .and.include('agent_vitals.cost.usd');
    await eventually('the metrics arrived', () => collector.lines('metrics').length > 0);
    const received = totals(collector.lines('metrics'));
    for (const [series, total] of inJournal) expect(received.get(series), series).to.deep.equal(total);
  });
});

/** Last value of each series of ours over its whole life, whether written as deltas or as running totals. What a backend counts about itself still moves. */
function totals(lines: readonly string[]): Map<string, { value: number; count: number }> {
  const series = new Map<string, { value: number; count: number }>();
  for (const { record, scope } of recordsOf(lines)) {
    if (record['name'].startsWith('agent_vitals.backend.')) continue;
    const { data } = record;
    const key = `${scope['name']} ${record['name']} ${record['unit'] ?? ''} ${record['kind']} ${attributesOf(data)}`;
    const value = Number(data['asInt'] ?? data['asDouble'] ?? data['sum']);
    const before = record['aggregationTemporality'] === 1 ? series.get(key) : undefined;
    series.set(key, { value: (before?.value ?? 0) + value, count: (before?.count ?? 0) + Number(data['count'] ?? 0) });
  }
  return series;
}

function attributesOf(data: OtlpRecord['record']): string {
  return (data['attributes'] ?? [])
    .map((each: unknown) => JSON.stringify(each))
    .sort()
    .join();
}
