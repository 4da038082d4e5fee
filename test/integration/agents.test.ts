// The example of three agents in three processes: whatever the store, all they do is one trace, in the journal and at the collector.
import { join } from 'node:path';
import { expect } from 'chai';
import { type Collector, findCollector, startCollector } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { journalLines } from '../support/journal-files.ts';
import { nodeVersion } from '../support/node-version.ts';
import { attribute, comparable, differences, type OtlpRecord, recordsOf } from '../support/otlp-records.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { runProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const root = join(import.meta.dirname, '../..');
/** What the journal keeps of the resource; the collector gets all of it. */
const SERVICE = /^service\./;

/** Each span by its parent's name, and the names of those it links to. */
function familyOf(lines: readonly string[]): string[] {
  const spans = recordsOf(lines).map(({ record }) => record as OtlpRecord & Record<string, unknown>);
  const nameOf = (id: unknown): string =>
    (spans.find((span) => span['spanId'] === id)?.['name'] ?? 'nothing') as string;
  const linksOf = (span: Record<string, unknown>): string =>
    ((span['links'] ?? []) as { spanId: string }[]).map(({ spanId }) => ` -> ${nameOf(spanId)}`).join('');
  return spans.map((span) => `${span['name'] as string} under ${nameOf(span['parentSpanId'])}${linksOf(span)}`).sort();
}

describe('the store of agents', () => {
  it('is used on the oldest Node there is to be, without a word on stderr', async () => {
    const node = join(nodeVersion('22.15.0'), 'node');
    const { code, stdout, stderr } = await runProcess(node, ['member.mjs', 'hammer', 'm-1', '1'], {
      cwd: join(root, 'test/coordination/apps'),
      env: { AGENT_VITALS_DIR: tempDir() },
    });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const { sent, taken, followed } = JSON.parse(stdout) as Record<string, string[]>;
    expect(taken!.sort()).to.deep.equal(sent!.sort());
    expect(followed).to.have.length(8);
  });
});

describe('three agents in three processes', function () {
  this.timeout(600_000);
  let collector: Collector;
  let redis: RedisServer;

  before(async function () {
    const binary = findCollector();
    if (binary === undefined) this.skip();
    redis = await startRedis();
  });
  beforeEach(async () => {
    collector = await startCollector(findCollector()!, tempDir());
  });
  afterEach(() => collector.process.stop());
  after(async () => {
    await redis?.stop();
    removeTempDirs();
  });

  for (const engine of ['SQLite', 'Redis']) {
    it(`signal, wait for an approval and are rated as one trace, over ${engine}`, async () => {
      const dir = tempDir();
      const { code, stdout, stderr } = await runProcess(
        process.execPath,
        [join(root, 'examples/agents/run.mjs'), dir],
        {
          env: {
            OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
            ...(engine === 'Redis' && { AGENT_VITALS_REDIS_URL: redis.url }),
          },
          timeoutMillis: 120_000,
        },
      );
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.include('planner: the text is approved').and.include('reviewer: the draft was approved');

      const journal = journalLines(dir, 'traces');
      const traces = new Set(recordsOf(journal).map(({ record }) => String(record['traceId'])));
      expect(traces.size, stdout).to.equal(1);
      expect(familyOf(journal)).to.deep.equal([
        'approval under invoke_agent reviewer',
        'chat paragraphs-1 under invoke_agent writer',
        'invoke_agent planner under nothing',
        'invoke_agent reviewer under send draft',
        'invoke_agent writer under send write',
        'receive done under invoke_agent planner -> send done',
        'receive draft under send draft -> send draft',
        'receive write under send write -> send write',
        'send done under invoke_agent reviewer',
        'send draft under invoke_agent writer',
        'send write under invoke_agent planner',
      ]);

      const rating = recordsOf(journalLines(dir, 'logs')).find(
        ({ record }) => record['eventName'] === 'gen_ai.evaluation.result',
      )!;
      const reviewer = recordsOf(journal).find(({ record }) => record['name'] === 'invoke_agent reviewer')!;
      expect(rating.record['traceId']).to.equal([...traces][0]);
      expect(rating.record['spanId']).to.equal(reviewer.record['spanId']);
      expect(attribute(rating.record, 'gen_ai.evaluation.score.value')).to.equal(0.9);

      for (const signal of ['traces', 'logs'] as const) {
        const inJournal = comparable(journalLines(dir, signal), SERVICE);
        const received = await eventually(`all ${signal}`, () => {
          const out = comparable(collector.lines(signal), SERVICE);
          return out.length >= inJournal.length && out;
        });
        expect(differences(received, inJournal)).to.equal('');
      }
      expect(familyOf(collector.lines('traces'))).to.deep.equal(familyOf(journal));
    });
  }
});
