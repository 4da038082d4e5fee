// The host must not notice us: same stdout, stderr, exit code and signal however it ends, and every call that ended is in the journal.

import { join } from 'node:path';
import { expect } from 'chai';
import { type Provider, startProvider } from '../../examples/quickstart/provider/start-provider.js';
import { FakeCollector } from '../support/fake-collector.ts';
import { inferenceSpans } from '../support/journal-files.ts';
import { type ProcessResult, type RunningProcess, startProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const apps = join(import.meta.dirname, 'apps');
const flags: Record<string, string[]> = {
  'host.mjs': ['--import', 'agent-vitals/register'],
  'host.cjs': ['--require', 'agent-vitals/register'],
};

interface Way {
  /** Spans that must be in the journal. */
  readonly calls?: number;
  /** What is done to the app once it says `ready`. */
  readonly meanwhile?: (app: RunningProcess) => void;
  /** Lines of different processes come in any order. */
  readonly unordered?: boolean;
}

const ways: Record<string, Way> = {
  natural: {},
  'exit-code': {},
  'before-exit': {},
  'work-in-before-exit': {},
  exit: {},
  // The call under way is given up with the process, and says so.
  'exit-in-flight': { calls: 4 },
  throw: {},
  'throw-handled': {},
  unsettled: {},
  reject: {},
  'reject-vendor-error': { calls: 4 },
  abort: {},
  stay: { meanwhile: (app) => app.child.kill('SIGTERM') },
  'stay and SIGINT': { meanwhile: (app) => app.child.kill('SIGINT') },
  'stay and SIGHUP': { meanwhile: (app) => app.child.kill('SIGHUP') },
  'stay and SIGKILL': { meanwhile: (app) => app.child.kill('SIGKILL') },
  'own-handler': { meanwhile: (app) => app.child.kill('SIGTERM') },
  'own-handler-once': { meanwhile: (app) => app.child.kill('SIGTERM') },
  'ignored-signal': {
    meanwhile: (app) => {
      app.child.kill('SIGTERM');
      void app.printed('not now').then(() => app.child.kill('SIGINT'));
    },
  },
  worker: { calls: 6, unordered: true },
  'worker-terminated': { calls: 6, unordered: true },
  cluster: { calls: 6, unordered: true },
};

/** Ends that come by themselves: then a collector that answers has got everything. */
const endings = new Set([
  'natural',
  'exit-code',
  'before-exit',
  'work-in-before-exit',
  'own-handler',
  'ignored-signal',
  'worker',
]);

describe('a host under the flag', () => {
  // Fresh for each run, with a clock that stands: ids and dates in the answers are then the same with and without us.
  let provider: Provider;
  beforeEach(async () => {
    provider = await startProvider({ now: () => 1_760_000_000_000 });
  });
  afterEach(() => provider.close());
  after(removeTempDirs);

  async function run(
    file: string,
    name: string,
    dir: string,
    nodeOptions: readonly string[],
    env: Record<string, string>,
  ): Promise<ProcessResult> {
    const [way = ''] = name.split(' ');
    const app = startProcess(process.execPath, [...nodeOptions, file, way], {
      cwd: apps,
      env: {
        OPENAI_BASE_URL: `${provider.url}/v1`,
        AGENT_VITALS_DIR: dir,
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        ...env,
      },
    });
    const { meanwhile, unordered } = ways[name] as Way;
    if (meanwhile) {
      await app.printed('ready');
      meanwhile(app);
    }
    const result = await app.ended;
    const tidy = (text: string) => {
      // A native stack trace holds addresses that differ from run to run.
      const lines = text
        .replaceAll(provider.url, 'http://provider')
        .replaceAll(/0x[0-9a-f]+/g, '0x')
        .split('\n');
      return (unordered ? lines.sort() : lines).join('\n');
    };
    return { ...result, stdout: tidy(result.stdout), stderr: tidy(result.stderr) };
  }

  /** Runs the app with and without us, each time on a fresh provider. */
  async function compare(file: string, name: string, env: Record<string, string> = {}): Promise<void> {
    const dir = tempDir();
    const { millisToEnd: _without, ...without } = await run(file, name, dir, [], env);
    expect(without.stdout).to.include('answer: ');
    expect(inferenceSpans(dir)).to.have.length(0);
    await provider.close();
    provider = await startProvider({ now: () => 1_760_000_000_000 });

    const { millisToEnd: _with, ...withFlag } = await run(file, name, dir, flags[file] ?? [], env);
    expect(withFlag).to.deep.equal(without);
    expect(inferenceSpans(dir)).to.have.length(ways[name]?.calls ?? 3);
  }

  for (const file of Object.keys(flags)) {
    for (const name of Object.keys(ways)) it(`${file}: ${name}`, () => compare(file, name));
  }

  // Then there is something to be sent at the end.
  for (const name of Object.keys(ways)) {
    it(`host.mjs with a collector: ${name}`, async () => {
      const collector = await FakeCollector.start();
      try {
        await compare('host.mjs', name, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
        if (endings.has(name))
          expect(new Set(collector.taken.map(({ path }) => path)))
            .to.include('/v1/traces')
            .and.include('/v1/metrics');
      } finally {
        await collector.stop();
      }
    });
  }
});
