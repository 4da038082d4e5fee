// What is lost when the collector is away for a while: ours beside the plain SDK (BatchSpanProcessor and OTLP exporter), in apps that live through
// it and in apps that are killed in the middle of it and started again. All at the same time, each app with a collector of its own.
// Usage: npm run build && node bench/outage.ts [seconds] [spans a second]
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CountingCollector } from './support/collector.ts';

const seconds = Number(process.argv[2] ?? 45);
const rate = Number(process.argv[3] ?? 50);
/** Seconds before and after the outage. */
const BEFORE = 5;
const AFTER = 10;
const OURS = 'agent-vitals';
const register = join(import.meta.dirname, '../dist/register.cjs');
const cli = join(import.meta.dirname, '../dist/bin/agent-vitals.cjs');
if (!existsSync(register)) throw new Error('Nothing is built yet. First: npm run build');

class App {
  readonly name: string;
  readonly isOurs: boolean;
  /** In the middle of the outage. */
  readonly isKilled: boolean;
  readonly collector: CountingCollector;
  readonly #variant: string;
  readonly #dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
  /** Numbers of the spans that have ended. */
  readonly #ended = new Set<number>();
  #child: ChildProcessByStdio<Writable, Readable, null> | undefined;

  constructor(variant: string, isKilled: boolean, collector: CountingCollector) {
    this.isOurs = variant === OURS;
    this.isKilled = isKilled;
    this.name = `${variant}${isKilled ? ', killed and started again' : ''}`;
    this.#variant = variant;
    this.collector = collector;
  }

  get ended(): number {
    return this.#ended.size;
  }

  get lost(): number {
    return [...this.#ended].filter((number) => !this.collector.has(number)).length;
  }

  start(): void {
    const flag = this.isOurs ? ['--require', register] : [];
    // Numbers that a killed app has given and not told of are not given again.
    const first = this.#ended.size === 0 ? 0 : Math.max(...this.#ended) + 1000;
    const args = [...flag, join(import.meta.dirname, 'outage/app.ts'), this.#variant, String(rate), String(first)];
    this.#child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env: this.#env });
    let rest = '';
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#ended.add(Number(line));
    });
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#closed();
  }

  async end(): Promise<void> {
    this.#child?.stdin.end();
    await this.#closed();
  }

  /** @returns how many more spans came with what `agent-vitals ship` found after the end. */
  async ship(): Promise<number> {
    const before = this.collector.spans;
    const child = spawn(process.execPath, [cli, 'ship'], { stdio: 'ignore', env: this.#env });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`agent-vitals ship ended with ${code}`);
    return this.collector.spans - before;
  }

  remove(): void {
    this.#child?.kill('SIGKILL');
    rmSync(this.#dir, { recursive: true, force: true });
  }

  get #env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      NODE_OPTIONS: '',
      AGENT_VITALS_DIR: this.#dir,
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: this.collector.url,
    };
  }

  async #closed(): Promise<void> {
    if (this.#child) await once(this.#child, 'close');
  }
}

const apps = await Promise.all(
  [OURS, 'plain SDK'].flatMap((variant) =>
    [false, true].map(async (isKilled) => new App(variant, isKilled, await CountingCollector.start())),
  ),
);
const killed = apps.filter(({ isKilled }) => isKilled);
try {
  for (const app of apps) app.start();
  await sleep(BEFORE * 1000);
  await Promise.all(apps.map(({ collector }) => collector.leave()));
  await sleep((seconds / 2) * 1000);
  await Promise.all(killed.map((app) => app.kill()));
  for (const app of killed) app.start();
  await sleep((seconds / 2) * 1000);
  await Promise.all(apps.map(({ collector }) => collector.comeBack()));
  await sleep(AFTER * 1000);
  await Promise.all(apps.map((app) => app.end()));

  const rows: Record<string, Record<string, number>> = {};
  for (const app of apps) {
    const shippedLater = app.isOurs ? await app.ship() : 0;
    const { ended, lost, collector } = app;
    if (ended < rate * seconds) throw new Error(`${app.name} has ended only ${ended} spans`);
    rows[app.name] = {
      ended,
      lost,
      'lost %': Math.round((100 * lost) / ended),
      'came with ship': shippedLater,
      'came twice': collector.twice,
    };
  }
  console.log(`${rate} spans/s, collector away for ${seconds} s, Node ${process.versions.node}`);
  console.table(rows);
  const lossy = apps.filter(({ isOurs, lost }) => isOurs && lost > 0);
  if (lossy.length > 0)
    throw new Error(`spans were lost: ${lossy.map(({ name, lost }) => `${lost} of ${name}`).join(', ')}`);
} finally {
  for (const app of apps) {
    app.remove();
    await app.collector.leave();
  }
}
