// `shutdown()` has one deadline over all backends, whatever they do; afterwards nothing of ours is alive, and the process ends by itself.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { FakeCollector } from '../support/fake-collector.ts';
import { freePort } from '../support/free-port.ts';
import { type ProcessResult, type RunningProcess, startProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { expectAllJournaled, FLAG, settings } from './app.ts';

const DEFAULT_MILLIS = 2000;
const DEADLINE_MILLIS = 600;
/** For a busy machine. */
const SLACK_MILLIS = 700;

interface Collector {
  readonly endpoint: string;
  close(): unknown;
}

interface Report {
  /** Milliseconds of `shutdown()`. */
  readonly took: number;
  /** Resources that hold the process open and did not before. */
  readonly held: string[];
  /** Resources of any kind that were made since the start and live. */
  readonly alive: string[];
  /** Files of the data directory. */
  readonly open: string[];
  readonly isRunning: boolean;
}

const collectors: Record<string, () => Promise<Collector>> = {
  answers: () => fakeCollector(() => ({})),
  'never answers': () => fakeCollector(() => 'hang'),
  'answers 503': () => fakeCollector(() => ({ status: 503, headers: { 'retry-after': '1' } })),
  'is not there': async () => ({ endpoint: `http://127.0.0.1:${await freePort()}`, close: () => undefined }),
  'answers by half': () =>
    bareServer((socket) => {
      socket.on('data', () =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{'),
      );
    }),
  'says nothing of TLS': async () => {
    const server = await bareServer(() => undefined);
    return { ...server, endpoint: server.endpoint.replace('http:', 'https:') };
  },
  'takes no connection': unacceptingServer,
};
/** Those that the deadline has to end. */
const hanging = new Set([
  'never answers',
  'answers by half',
  'says nothing of TLS',
  'takes no connection',
  'answers 503',
]);

async function fakeCollector(answer: FakeCollector['answer']): Promise<Collector> {
  const collector = await FakeCollector.start({ answer });
  return { endpoint: collector.endpoint, close: () => collector.stop() };
}

async function bareServer(onSocket: (socket: Socket) => void): Promise<Collector> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    onSocket(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Its queue of connections is full and nobody takes one: a further one is neither made nor refused. */
async function unacceptingServer(): Promise<Collector> {
  const script = `
    const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, 'port ' + server.address().port + '.');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const server = startProcess(process.execPath, ['-e', script]);
  await server.printed('.');
  const port = Number(/port (\d+)/.exec(server.stdout())?.[1]);
  const fillers = [1, 2].map(() => connect(port, '127.0.0.1'));
  await Promise.all(fillers.map((socket) => once(socket, 'connect')));
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of fillers) socket.destroy();
      await server.stop('SIGKILL');
    },
  };
}

interface Closed extends ProcessResult, Partial<Report> {
  readonly dir: string;
}

/** Runs the app and reads what it found; `millisToEnd` is from then on. */
async function closing(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
  meanwhile?: (app: RunningProcess) => Promise<unknown>,
): Promise<Closed> {
  const dir = tempDir();
  const app = startProcess(
    process.execPath,
    ['closing.cjs', ...args],
    settings(dir, {
      AGENT_VITALS_PROMETHEUS_ENABLED: 'true',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      AGENT_VITALS_SHUTDOWN_TIMEOUT_MILLIS: String(DEADLINE_MILLIS),
      ...env,
    }),
  );
  await meanwhile?.(app);
  const result = await app.ended;
  const report = /^~(.*)$/m.exec(result.stdout)?.[1];
  return { ...result, ...(report !== undefined && (JSON.parse(report) as Report)), dir };
}

const NOTHING_LEFT = { held: [], alive: [], open: [], isRunning: false, code: 0 };

describe('shutdown()', () => {
  after(removeTempDirs);

  for (const [what, begin] of Object.entries(collectors)) {
    it(`leaves nothing alive when the collector ${what}`, async () => {
      const collector = await begin();
      try {
        const result = await closing([], { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
        expect(result).to.deep.include(NOTHING_LEFT);
        expect(result.took).to.be.below(hanging.has(what) ? DEADLINE_MILLIS + SLACK_MILLIS : 1000);
        expect(result.millisToEnd).to.be.below(SLACK_MILLIS);
        expectAllJournaled(result.dir, result.stdout);
      } finally {
        await collector.close();
      }
    });
  }

  for (const [way, least] of Object.entries({
    none: 0,
    throws: 0,
    'never flushes': DEADLINE_MILLIS - 100,
    'never shuts down': DEADLINE_MILLIS - 100,
    'fails late': DEADLINE_MILLIS - 100,
  })) {
    it(`leaves nothing alive when a backend of the user ${way}`, async () => {
      const result = await closing([way]);
      expect(result).to.deep.include(NOTHING_LEFT);
      expect(result.took).to.be.within(least, least + 100 + SLACK_MILLIS);
      expect(result.millisToEnd).to.be.below(SLACK_MILLIS);
      expectAllJournaled(result.dir, result.stdout);
    });
  }

  it('has one deadline of two seconds for a collector and a backend that both hang', async () => {
    const collector = await fakeCollector(() => 'hang');
    try {
      const result = await closing(['never shuts down'], {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        AGENT_VITALS_SHUTDOWN_TIMEOUT_MILLIS: undefined,
      });
      expect(result).to.deep.include(NOTHING_LEFT);
      expect(result.took).to.be.within(DEFAULT_MILLIS - 100, DEFAULT_MILLIS + SLACK_MILLIS);
    } finally {
      await collector.close();
    }
  });

  it('leaves nothing alive when somebody is connected to /metrics', async () => {
    const port = await freePort();
    const result = await closing(
      ['none', 'when told'],
      { OTEL_EXPORTER_PROMETHEUS_PORT: String(port), OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1' },
      async (app) => {
        await app.printed('ended');
        const scraper = connect(port, '127.0.0.1').on('error', () => undefined);
        scraper.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
        await once(scraper, 'data');
        app.child.kill('SIGUSR2');
      },
    );
    expect(result).to.deep.include(NOTHING_LEFT);
    expect(result.took).to.be.below(1000);
  });

  for (const [end, most] of Object.entries({ exit: SLACK_MILLIS, 'no await': DEADLINE_MILLIS + SLACK_MILLIS })) {
    it(`that is not awaited (${end}) holds the process no longer than it may`, async () => {
      const collector = await fakeCollector(() => 'hang');
      try {
        const result = await closing(['never shuts down', end], { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
        expect(result.code).to.equal(0);
        expect(result.millisToEnd).to.be.below(most);
        expectAllJournaled(result.dir, result.stdout);
      } finally {
        await collector.close();
      }
    });
  }
});

describe('The natural end, while the collector takes nothing,', () => {
  const ROOMY_DEADLINE_MILLIS = 1500;
  after(removeTempDirs);

  for (const [what, way, answer] of [
    ['of worker threads one after the other, without an answer', 'workers-in-turn', 'hang'],
    ['of worker threads one after the other, who are asked for time', 'workers-in-turn', { status: 503 }],
    ['that the app puts off twice', 'before-exit-rounds', 'hang'],
  ] as const) {
    it(`${what}: has one deadline in all`, async () => {
      const collector = await fakeCollector(() => answer);
      try {
        const dir = tempDir();
        const env = {
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
          AGENT_VITALS_SHUTDOWN_TIMEOUT_MILLIS: String(ROOMY_DEADLINE_MILLIS),
        };
        const begunAt = performance.now();
        const result = await startProcess(process.execPath, [...FLAG, 'ends.cjs', way], settings(dir, env)).ended;
        expect(result.code).to.equal(0);
        // What it takes without us, and no second time.
        const took = performance.now() - begunAt;
        expect(took).to.be.within(answer === 'hang' ? ROOMY_DEADLINE_MILLIS : 0, 2.8 * ROOMY_DEADLINE_MILLIS);
        expectAllJournaled(dir, result.stdout);
      } finally {
        await collector.close();
      }
    });
  }
});
