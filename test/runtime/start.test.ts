import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../support/free-port.ts';
import { inferenceSpans } from '../support/journal-files.ts';
import { runProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { ONE_CALL, REGISTER, runModule } from './run-module.ts';

describe('start() and shutdown()', () => {
  let dir: string;
  beforeEach(() => {
    dir = tempDir();
  });
  after(removeTempDirs);

  for (const enabled of [true, false]) {
    it(`gives the live metrics of the process, with${enabled ? '' : 'out'} a scrape endpoint`, async () => {
      const result = await runModule(
        `import { collect, start, shutdown } from 'agent-vitals';
        const none = await collect();
        start({ prometheus: { enabled: ${enabled} } });
        ${ONE_CALL}
        oneCall();
        oneCall();
        const metrics = await collect();
        const { type, unit, points: [{ count, attributes }] } = metrics.find(({ name }) => name === 'gen_ai.client.operation.duration');
        console.log(JSON.stringify({ none, type, unit, count, model: attributes['gen_ai.request.model'] }));
        await shutdown();`,
        { dir },
      );
      expect(JSON.parse(result.stdout)).to.deep.equal({
        none: [],
        type: 'histogram',
        unit: 's',
        count: 2,
        model: 'gpt-4o',
      });
    });
  }

  it('answers a question with all that was made before it in the same turn, and removes that with the rest', async () => {
    const result = await runModule(
      `import { openJournal, shutdown, start, withPrompt } from 'agent-vitals';
      start();
      ${ONE_CALL}
      const journal = openJournal();
      const seen = [];
      for (let i = 0; i < 2; i++) {
        await withPrompt({ name: 'p' }, async () => oneCall());
        oneCall();
        const [{ totals }, { prompts: [{ totals: { runs } }] }] = await Promise.all([journal.stats(), journal.prompts()]);
        seen.push([totals.calls, runs]);
      }
      oneCall();
      let rows = 0;
      for await (const text of journal.export()) rows += text.trim().split('\\n').length;
      oneCall();
      await journal.reset();
      seen.push(rows, (await journal.stats()).totals.calls);
      await journal.close();
      console.log(JSON.stringify(seen));
      await shutdown();`,
      { dir },
    );
    expect(JSON.parse(result.stdout)).to.deep.equal([[2, 1], [4, 2], 5, 0]);
  });

  it('journals a call, hands it to a backend of the user, and ends with no handle of ours alive', async () => {
    const result = await runModule(
      `import { start, shutdown, status } from 'agent-vitals';
      const seen = [];
      const mine = { name: 'mine', start() {}, accept: (batch) => seen.push(batch), flush: async () => {}, shutdown: async () => {},
        status: () => ({ state: 'healthy', since: 0, accepted: seen.length, dropped: {} }) };
      start({ backends: [mine] });
      ${ONE_CALL}
      oneCall();
      const before = Object.keys(status().backends);
      await shutdown();
      // Those that just ended are still listed within their turn.
      await new Promise(setImmediate);
      const [{ signal, lines }] = seen;
      const [span] = JSON.parse(lines[0]).resourceSpans[0].scopeSpans[0].spans;
      const handles = process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY|FileHandle|^Immediate/.test(name));
      console.log(JSON.stringify({ before, signal, name: span.name, handles, after: status() ?? null }));`,
      { dir },
    );
    expect(result.stderr).to.equal('');
    expect(JSON.parse(result.stdout)).to.deep.equal({
      before: ['journal', 'prometheus', 'mine'],
      signal: 'traces',
      name: 'chat gpt-4o',
      handles: [],
      after: null,
    });
    expect(inferenceSpans(dir)).to.have.length(1);
  });

  it('keeps the others going when a backend of the user throws, and says so once', async () => {
    const result = await runModule(
      `import { start } from 'agent-vitals';
      const fail = () => { throw new TypeError('secret detail'); };
      start({ backends: [{ name: 'broken', start: fail, accept: fail, flush: fail, shutdown: fail, status: fail }] });
      ${ONE_CALL}
      oneCall(); oneCall();`,
      { dir },
    );
    expect(result.code).to.equal(0);
    expect(result.stderr.split('\n')).to.have.length(2);
    expect(result.stderr).to.include('backend broken').and.not.include('secret detail');
    expect(inferenceSpans(dir)).to.have.length(2);
  });

  it('starts again after it was shut down', async () => {
    const result = await runModule(
      `import { start, shutdown } from 'agent-vitals';
      ${ONE_CALL}
      for (let i = 0; i < 2; i++) { start(); oneCall(); await shutdown(); oneCall(); }`,
      { dir },
    );
    expect(result.stderr).to.equal('');
    expect(inferenceSpans(dir)).to.have.length(2);
  });

  it('throws for an option in code that cannot be used, and says what to write', async () => {
    const result = await runModule(
      `import { start, ConfigError } from 'agent-vitals';
      try { start({ maxSeries: 'many' }); } catch (error) { console.log(error instanceof ConfigError, error.message); }`,
      { dir },
    );
    expect(result.stdout).to.match(/^true start\(options\): "maxSeries" must be a whole number/);
  });

  it('says in one line that a second start has no effect', async () => {
    const result = await runModule(`import { start } from 'agent-vitals'; start(); start(); start();`, { dir });
    expect(result.stderr).to.match(/^agent-vitals: it is started already[^\n]*\n$/);
  });

  for (const name of ['AGENT_VITALS_DISABLED', 'OTEL_SDK_DISABLED']) {
    it(`does nothing at all with ${name}=true`, async () => {
      const code = `import { start, createSpanProcessor, createMetricReader } from 'agent-vitals';
      start(); createSpanProcessor(); createMetricReader();
      ${ONE_CALL}
      oneCall();
      console.log(process.getActiveResourcesInfo().includes('TCPServerWrap'), Symbol.for('agent-vitals.hook') in globalThis);`;
      for (const register of [false, true]) {
        const result = await runModule(code, { dir, env: { [name]: 'true' }, register });
        expect(result.stderr).to.equal('');
        expect(result.stdout).to.equal('false false\n');
        expect(existsSync(`${dir}/journal`)).to.equal(false);
      }
    });
  }

  it('leaves nothing behind when nothing was measured', async () => {
    const result = await runModule('console.log(1)', { dir: `${dir}/vitals`, register: true });
    expect(result).to.include({ stdout: '1\n', stderr: '', code: 0 });
    expect(existsSync(`${dir}/vitals`)).to.equal(false);
  });

  it('prints nothing on stdout whatever the log level', async () => {
    const result = await runModule(`${ONE_CALL} oneCall();`, { dir, register: true, env: { OTEL_LOG_LEVEL: 'all' } });
    expect(result).to.include({ stdout: '', stderr: '' });
  });

  it('says one line when several things in the environment are wrong, every line with OTEL_LOG_LEVEL=warn', async () => {
    const env = {
      AGENT_VITALS_MAX_SERIES: 'x',
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_NODE_RESOURCE_DETECTORS: 'moon',
    };
    const quiet = await runModule('', { dir, register: true, env });
    expect(quiet.stderr).to.match(/^agent-vitals: AGENT_VITALS_MAX_SERIES is ignored[^\n]*\n$/);
    const verbose = await runModule('', { dir, register: true, env: { ...env, OTEL_LOG_LEVEL: 'warn' } });
    expect(verbose.stderr.trim().split('\n')).to.have.length(3);
  });

  it('counts what is not sampled, and writes no span of it', async () => {
    const result = await runModule(
      `import { status } from 'agent-vitals';
      ${ONE_CALL}
      oneCall();
      const scrape = () => status().backends.prometheus;
      while (scrape().state === 'starting') await new Promise((resolve) => setTimeout(resolve, 5));
      const page = await fetch(scrape().details.address).then((response) => response.text());
      console.log(/agent_vitals_cost_usd_total\\{.*\\} (.*)/.exec(page)[1]);`,
      { dir, register: true, env: { OTEL_TRACES_SAMPLER: 'always_off' } },
    );
    expect(result.stderr).to.equal('');
    expect(Number(result.stdout)).to.be.closeTo(0.00035, 1e-12);
    expect(inferenceSpans(dir)).to.have.length(0);
  });

  it('leaves the scrape port to the app that a tool starts', async () => {
    const port = await freePort();
    const tool = join(dir, 'node_modules/tool/cli.cjs');
    mkdirSync(dirname(tool), { recursive: true });
    const app = `fetch('http://localhost:${port}/metrics').then((response) => console.log(response.status))`;
    writeFileSync(
      tool,
      `process.exitCode = require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(app)}], { stdio: 'inherit' }).status;`,
    );
    const env = { NODE_OPTIONS: `--import ${REGISTER}`, OTEL_EXPORTER_PROMETHEUS_PORT: String(port) };
    expect(await runProcess(process.execPath, [tool], { cwd: dir, env })).to.include({
      stdout: '200\n',
      stderr: '',
      code: 0,
    });
  });

  it('throws nothing into the host for attributes and numbers that are none, and keeps what can be kept', async () => {
    const result = await runModule(
      `import { status } from 'agent-vitals';
      import { context, metrics, SpanKind, trace } from '@opentelemetry/api';
      import { logs } from '@opentelemetry/api';
      const circle = {}; circle.self = circle;
      const { proxy, revoke } = Proxy.revocable({}, {}); revoke();
      let deep = []; for (let i = 0; i < 100_000; i++) deep = [deep];
      const hostile = [{ a: 1n, ok: 1 }, { a: circle, ok: 1 }, { get a() { throw new Error('getter'); }, ok: 1 }, proxy, { a: deep, ok: 1 },
        { a: NaN, ok: 1 }, { a: Symbol('s'), ok: 1 }, { a: { toJSON() { throw new Error('toJSON'); } }, ok: 1 }, null];
      const meter = metrics.getMeter('host');
      const [counter, histogram] = [meter.createCounter('host.counter'), meter.createHistogram('host.histogram')];
      for (const attributes of hostile) {
        counter.add(1, attributes);
        histogram.record(1, attributes);
        const span = trace.getTracer('host').startSpan('host', { attributes, kind: SpanKind.SERVER });
        span.setAttributes(attributes).setAttribute('b', attributes).addEvent('e', attributes).recordException(attributes ?? 'e');
        span.setStatus(attributes ?? {}).updateName('host');
        span.end();
        logs.getLogger('host').emit({ eventName: 'host.event', attributes, body: attributes });
      }
      for (const value of [NaN, Infinity, 1n, 'x', {}]) counter.add(value);
      const scrape = () => status().backends.prometheus;
      while (scrape().state === 'starting') await new Promise((resolve) => setTimeout(resolve, 5));
      const page = await fetch(scrape().details.address).then((response) => response.text());
      const sum = page.split('\\n').filter((line) => line.startsWith('host_counter_total{')).reduce((all, line) => all + Number(line.split(' ').at(-1)), 0);
      console.log(sum, page.includes('NaN'));`,
      { dir, register: true },
    );
    expect(result.stderr.split('\n').filter((line) => line !== '')).to.have.length(1);
    expect(result.stdout).to.equal('9 false\n');
  });
});
