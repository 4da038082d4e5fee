// A collector that is away, silent, refusing or killed must change nothing for the app: neither its output, nor its end, nor the other backends.

import { join } from 'node:path';
import { expect } from 'chai';
import { type Provider, startProvider } from '../../examples/quickstart/provider/start-provider.js';
import { findCollector, startCollector } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, FakeCollector } from '../support/fake-collector.ts';
import { freePort } from '../support/free-port.ts';
import { inferenceSpans } from '../support/journal-files.ts';
import { type RunningProcess, startProcess } from '../support/run-process.ts';
import { scrapeAddress } from '../support/scrape-address.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const apps = join(import.meta.dirname, 'apps');
/** What an app may take for its own end on a busy machine, beside the 2 s we may hold it. */
const OWN_END_MILLIS = 700;
const CALLS = 5;

/** A collector of some kind, and what happens to it while the app runs. */
type Outage = () => Promise<{ endpoint: string; meanwhile?: () => Promise<unknown>; close(): unknown }>;

async function fakeCollector(answer: Answer | 'hang'): ReturnType<Outage> {
  const collector = await FakeCollector.start({ answer: () => answer });
  return { endpoint: collector.endpoint, close: () => collector.stop() };
}

const outages: Record<string, Outage> = {
  'is not there': async () => ({ endpoint: `http://127.0.0.1:${await freePort()}`, close: () => undefined }),
  'has a name that does not exist': async () => ({ endpoint: 'http://collector.invalid:4318', close: () => undefined }),
  'never answers': () => fakeCollector('hang'),
  'answers 503': () => fakeCollector({ status: 503 }),
  'answers 400': () => fakeCollector({ status: 400 }),
  redirects: () => fakeCollector({ status: 302 }),
  'is killed in the middle': async () => {
    const collector = await startCollector(findCollector() as string, tempDir());
    return {
      endpoint: collector.endpoint,
      meanwhile: () => collector.process.stop('SIGKILL'),
      close: () => collector.process.stop('SIGKILL'),
    };
  },
  'is stopped in the middle': async () => {
    const collector = await startCollector(findCollector() as string, tempDir());
    return {
      endpoint: collector.endpoint,
      // It goes on taking connections and answers none: the kernel's doing.
      meanwhile: async () => collector.process.child.kill('SIGSTOP'),
      close: () => collector.process.stop('SIGKILL'),
    };
  },
};

describe('an app whose collector', function () {
  this.timeout(600_000);
  let provider: Provider;
  before(async () => {
    provider = await startProvider();
  });
  after(async () => {
    await provider.close();
    removeTempDirs();
  });

  function start(dir: string, flag: string[], endpoint: string): RunningProcess {
    return startProcess(process.execPath, [...flag, 'caller.mjs'], {
      cwd: apps,
      env: {
        OPENAI_BASE_URL: `${provider.url}/v1`,
        AGENT_VITALS_DIR: dir,
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        OTEL_METRIC_EXPORT_TIMEOUT: '200',
      },
    });
  }

  /** Calls before and after `meanwhile`, then the end of its input. */
  async function use(app: RunningProcess, meanwhile: () => Promise<unknown>): Promise<void> {
    for (let call = 0; call < CALLS; call++) {
      app.child.stdin?.write(`gpt-4.1+call-${call}\n`);
      await app.printed(`call-${call}:`);
      if (call === 1) await meanwhile();
    }
  }

  for (const [what, begin] of Object.entries(outages)) {
    it(`${what}: runs and ends as ever, with journal and /metrics`, async function () {
      if (what.includes('in the middle') && findCollector() === undefined) this.skip();
      const plain = start(tempDir(), [], '');
      await use(plain, async () => undefined);
      plain.child.stdin?.end();
      const { millisToEnd: plainMillis, ...expected } = await plain.ended;

      const dir = tempDir();
      const { endpoint, meanwhile = async () => undefined, close } = await begin();
      try {
        const app = start(dir, ['--import', 'agent-vitals/register'], endpoint);
        await use(app, meanwhile);
        const metrics = await scrapeAddress(dir);
        const scraped = await eventually('all calls on /metrics', async () => {
          const text = await (await fetch(new URL('/metrics', metrics), { signal: AbortSignal.timeout(1000) })).text();
          return text.includes(`duration_seconds_count`) && text;
        });
        const counts = [...scraped.matchAll(/^gen_ai_client_operation_duration_seconds_count\{.*\} (\d+)$/gm)];
        expect(counts.reduce((sum, [, count]) => sum + Number(count), 0)).to.equal(CALLS);

        app.child.stdin?.end();
        const { millisToEnd, stderr, ...result } = await app.ended;
        expect({ ...result, stderr: '' }).to.deep.equal(expected);
        // Something is wrong: that may be said, in one line.
        expect(stderr).to.match(/^(agent-vitals: [^\n]+\n)?$/);
        expect(millisToEnd - plainMillis).to.be.below(2000 + OWN_END_MILLIS);
        expect(inferenceSpans(dir)).to.have.length(CALLS);
      } finally {
        await close();
      }
    });
  }

  it('never answers: ends by process.exit, an uncaught error or a signal without delay', async () => {
    const collector = await fakeCollector('hang');
    try {
      for (const way of ['exit', 'throw', 'stay']) {
        const dir = tempDir();
        const app = startProcess(process.execPath, ['--import', 'agent-vitals/register', 'host.mjs', way], {
          cwd: apps,
          env: {
            OPENAI_BASE_URL: `${provider.url}/v1`,
            AGENT_VITALS_DIR: dir,
            OTEL_EXPORTER_PROMETHEUS_PORT: '0',
            OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
          },
        });
        if (way === 'stay') {
          await app.printed('ready');
          app.child.kill('SIGTERM');
        }
        const { millisToEnd, code, signal } = await app.ended;
        expect({ code, signal }).to.deep.equal(
          {
            exit: { code: 3, signal: null },
            throw: { code: 1, signal: null },
            stay: { code: null, signal: 'SIGTERM' },
          }[way],
        );
        expect(millisToEnd, way).to.be.below(2000 + OWN_END_MILLIS);
        expect(inferenceSpans(dir), way).to.have.length(3);
      }
    } finally {
      await collector.close();
    }
  });
});
