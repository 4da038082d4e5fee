// Whole processes on one directory, with the built package: they add up, one tells, and what a killed one measured is not lost.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openAlertsDatabase } from '../../src/alerting/alerts-database.ts';
import { readHistory } from '../../src/alerting/notify/history.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningProcess, startProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What every process does: starts, counts what it is told, one line a time, and goes on until it is killed. */
const APP = `
import { start, shutdown } from 'agent-vitals';
import { metrics, trace } from '@opentelemetry/api';
const alerts = JSON.parse(process.env.ALERTS);
start({ alerts, prometheus: { enabled: false } });
const orders = metrics.getMeter('app').createCounter('app.orders');
const call = (cost) => trace.getTracer('app').startSpan('chat', { attributes: { 'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'm', 'agent_vitals.cost.usd': cost } }).end();
process.stdin.setEncoding('utf8').on('data', async (text) => {
  for (const line of text.trim().split('\\n')) {
    if (line === 'end') await shutdown();
    else if (line.startsWith('call')) call(Number(line.slice(4)));
    else orders.add(Number(line));
    console.log('done ' + line);
    if (line === 'end') process.exit();
  }
});
console.log('ready');
`;

describe('processes of one directory', function () {
  this.timeout(90_000);
  let dir: string;
  let running: RunningProcess[] = [];
  let server: Server | undefined;
  beforeEach(() => {
    dir = tempDir();
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop('SIGKILL')));
    running = [];
    server?.close();
    server = undefined;
  });
  after(removeTempDirs);

  async function startApp(alerts: object): Promise<RunningProcess> {
    const env = {
      AGENT_VITALS_DIR: dir,
      ALERTS: JSON.stringify({ intervalMillis: 300, groupWaitMillis: 0, ...alerts }),
    };
    const app = startProcess(process.execPath, ['--input-type=module', '-e', APP], {
      cwd: repository,
      env,
      timeoutMillis: 80_000,
    });
    running.push(app);
    await app.printed('ready', 30_000);
    return app;
  }

  async function tell(app: RunningProcess, line: string): Promise<void> {
    app.child.stdin?.write(`${line}\n`);
    await app.printed(`done ${line}`);
  }

  /** The sum of all buckets of a counter, of all sources. */
  function written(metric: string): number {
    const database = openAlertsDatabase(dir);
    const row = database
      .prepare(
        `SELECT total(sum) AS sum FROM bucket JOIN series ON series.id = bucket.series JOIN selection ON selection.id = series.selection
         WHERE selection.key LIKE ?`,
      )
      .get(`["${metric}"%`);
    database.close();
    return Number(row?.sum);
  }

  it('add up what eight of them measure, and one message is sent', async () => {
    const bodies: string[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request
        .on('data', (chunk) => (body += String(chunk)))
        .on('end', () => {
          bodies.push(body);
          response.end('ok');
        });
    }).listen(0, '127.0.0.1');
    server = receiver;
    await eventually('the receiver', () => receiver.listening);
    const { port } = receiver.address() as AddressInfo;
    const alerts = {
      rules: [{ name: 'orders', metric: 'app.orders', statistic: 'sum', window: '1h', threshold: 20 }],
      channels: { hook: { type: 'webhook', url: `http://127.0.0.1:${port}/` } },
      allowPrivateHosts: [`127.0.0.1:${port}`],
    };
    const apps = await Promise.all(Array.from({ length: 8 }, () => startApp(alerts)));
    await Promise.all(apps.map((app) => tell(app, '3')));
    await eventually('a message', () => bodies.length > 0, 40_000);
    // Whoever judges is killed: another goes on, and tells nothing anew.
    const judge = JSON.parse(holder()) as { pid: number };
    process.kill(judge.pid, 'SIGKILL');
    await eventually('another that judges', () => (JSON.parse(holder()) as { pid: number }).pid !== judge.pid, 40_000);
    const rest = apps.filter(({ pid }) => pid !== judge.pid);
    await Promise.all(rest.map((app) => tell(app, '1')));
    await eventually('all that was measured', () => written('app.orders') === 31, 40_000);
    await Promise.all(rest.map((app) => tell(app, 'end')));
    const database = openAlertsDatabase(dir);
    const history = readHistory(database);
    database.close();
    expect(history.filter((entry) => entry.kind === 'transition' && entry.to === 'firing')).to.have.length(1);
    expect(history.filter((entry) => entry.kind === 'delivery')).to.have.length(1);
    expect(bodies).to.have.length(1);
    expect(bodies[0]).to.include('orders');
  });

  it('count what one measured that was killed before it could write it', async () => {
    const alerts = {
      rules: [{ name: 'cost', metric: 'agent_vitals.cost.usd', statistic: 'sum', window: '1h', threshold: 1e6 }],
    };
    const lazy = await startApp({ ...alerts, intervalMillis: 2000 });
    await tell(lazy, 'call 1');
    await eventually('its first writing', () => written('agent_vitals.cost.usd') === 1, 40_000);
    await tell(lazy, 'call 2');
    await tell(lazy, 'call 4');
    lazy.child.kill('SIGKILL');
    await lazy.ended;
    const other = await startApp(alerts);
    await tell(other, 'call 8');
    await eventually('all four', () => written('agent_vitals.cost.usd') === 15, 40_000);
    await tell(other, 'end');
    expect(written('agent_vitals.cost.usd')).to.equal(15);
  });

  function holder(): string {
    const database = openAlertsDatabase(dir);
    const row = database.prepare('SELECT holder FROM lease').get();
    database.close();
    return String(row?.holder) || '{}';
  }
});
