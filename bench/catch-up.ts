// Memory of an app whose collector was away, by the size of what waits for it: as long as the collector is away, and while it is caught up with.
// Beside it the same app at the same time with a collector that never goes.
// Usage: npm run build && node bench/catch-up.ts [spans a second] [backlog in MB]...
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CountingCollector } from './support/collector.ts';

/** What an app tells, as JSON in a line. All in bytes but `ended`. */
export interface Sample {
  readonly rss: number;
  readonly heapTotal: number;
  /** What the collector has not got. */
  readonly behind: number;
  /** Spans so far. */
  readonly ended: number;
}

const rate = Number(process.argv[2] ?? 2500);
const sizes = process.argv.length > 3 ? process.argv.slice(3).map(Number) : [10, 100, 300];
const BEFORE_MILLIS = 20_000;
const MAX_GROWTH_BYTES = 20_000_000;
/** Less waits on the disk when memory serves again. */
const CAUGHT_UP_BYTES = 2_500_000;
if (!existsSync(join(import.meta.dirname, '../dist/index.js'))) {
  throw new Error('Nothing is built yet. First: npm run build');
}

class App {
  readonly collector: CountingCollector;
  readonly #dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #last: Sample | undefined;
  #mostRss = 0;
  #mostHeap = 0;

  constructor(collector: CountingCollector) {
    this.collector = collector;
    this.#child = spawn(process.execPath, [join(import.meta.dirname, 'catch-up/app.ts'), String(rate)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        AGENT_VITALS_DIR: this.#dir,
        AGENT_VITALS_JOURNAL_MAX_TOTAL_BYTES: String(10e9),
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      },
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#last = JSON.parse(line) as Sample;
      this.#mostRss = Math.max(this.#mostRss, this.#last.rss);
      this.#mostHeap = Math.max(this.#mostHeap, this.#last.heapTotal);
    });
  }

  get ended(): number {
    return this.#last?.ended ?? 0;
  }

  /** @returns the most that was told since the last call. */
  takeMost(): { readonly rss: number; readonly heap: number } {
    const most = { rss: this.#mostRss, heap: this.#mostHeap };
    this.#mostRss = 0;
    this.#mostHeap = 0;
    return most;
  }

  /** Until it has told that of what the collector has not got. */
  async until(isReached: (behind: number) => boolean): Promise<void> {
    while (this.#last === undefined || !isReached(this.#last.behind)) {
      if (this.#child.exitCode !== null) throw new Error(`the app ended with ${this.#child.exitCode}`);
      await sleep(50);
    }
  }

  async end(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.stdin.end();
    await closed;
  }

  async remove(): Promise<void> {
    this.#child.kill('SIGKILL');
    rmSync(this.#dir, { recursive: true, force: true });
    await this.collector.leave();
  }
}

const apps = await Promise.all([0, 1].map(async () => new App(await CountingCollector.start())));
const [app, other] = apps as [App, App];
try {
  await Promise.all(apps.map((each) => each.until((behind) => behind < CAUGHT_UP_BYTES)));
  for (const each of apps) each.takeMost();
  await sleep(BEFORE_MILLIS);
  const [before, otherBefore] = [app.takeMost(), other.takeMost()];
  const rows: Record<string, Record<string, number>> = {};
  const add = (name: string, seconds = 0): void => {
    const [most, otherMost] = [app.takeMost(), other.takeMost()];
    rows[name] = {
      seconds: Math.round(seconds),
      'RSS MB': megabytes(most.rss),
      'above before': megabytes(most.rss - before.rss),
      'heap above before': megabytes(most.heap - before.heap),
      'no outage: RSS MB': megabytes(otherMost.rss),
      'no outage: above before': megabytes(otherMost.rss - otherBefore.rss),
    };
    // What V8 takes with the age of an app is not due to what waits.
    const ofAge = Math.max(0, otherMost.rss - otherBefore.rss);
    growth = Math.max(growth, most.rss - before.rss - ofAge);
  };
  let growth = 0;
  for (const size of sizes) {
    let began = performance.now();
    await app.collector.leave();
    await app.until((behind) => behind > size * 1e6);
    add(`${size} MB: away`, (performance.now() - began) / 1000);
    began = performance.now();
    await app.collector.comeBack();
    await app.until((behind) => behind < CAUGHT_UP_BYTES);
    add(`${size} MB: catching up`, (performance.now() - began) / 1000);
  }
  await sleep(BEFORE_MILLIS);
  add('afterwards', BEFORE_MILLIS / 1000);
  await Promise.all(apps.map((each) => each.end()));
  console.log(`${rate} spans/s of 2 kB, Node ${process.versions.node}; before: ${megabytes(before.rss)} MB`);
  console.table(rows);
  for (const { ended, collector } of apps) {
    if (collector.spans < ended) throw new Error(`of ${ended} spans ${collector.spans} are in the collector`);
  }
  if (growth > MAX_GROWTH_BYTES) throw new Error(`RSS grew by ${megabytes(growth)} MB more than without an outage`);
} finally {
  for (const each of apps) await each.remove();
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
