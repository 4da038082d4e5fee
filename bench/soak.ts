// Memory of an app that makes millions of spans without a rest, with a scrape endpoint that nobody scrapes, a small journal, and a collector that
// comes and goes. In the end every span is accounted for: delivered, waiting in the journal, or removed from it for want of room and counted.
// Then the same with the plain SDK, whose batch processor drops what does not fit into its queue.
// Usage: npm run build && node bench/soak.ts [spans]
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { ProcessStatus } from '../src/index.ts';
import { CountingCollector } from './support/collector.ts';

/** What the app tells, as JSON in a line. */
export interface Step {
  /** Spans so far. */
  readonly ended: number;
  readonly rssBytes: number;
  /** Spans that the journal had to remove before the collector had them. */
  readonly evicted: number;
}

const spans = Number(process.argv[2] ?? 10_000_000);
const JOURNAL_BYTES = 500_000_000;
const ROWS = 10;
/** The collector goes or comes at each, four times a row. */
const step = spans / ROWS / 4;
const SETTLED_SPANS = 1_000_000;
const MAX_GROWTH_BYTES = 20_000_000;
/**
 * V8's young generation held at one size, its usual one. Left to itself V8 doubles it whenever as much has survived its collections, of whatever program:
 * when that happens says nothing of what stays in memory, and hides it.
 */
const YOUNG_GENERATION = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
const root = join(import.meta.dirname, '..');
if (!existsSync(join(root, 'dist/index.js'))) throw new Error('Nothing is built yet. First: npm run build');

const collector = await CountingCollector.start();
const dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
const env = {
  ...process.env,
  NODE_OPTIONS: '',
  AGENT_VITALS_DIR: dir,
  AGENT_VITALS_JOURNAL_MAX_TOTAL_BYTES: String(JOURNAL_BYTES),
  OTEL_EXPORTER_PROMETHEUS_PORT: '0',
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
};
let app: ChildProcessByStdio<null, Readable, null> | undefined;
try {
  const { rows, settledBytes, mostBytes } = await run('soak/app.ts');
  const delivered = collector.spans;
  const ship = spawn(process.execPath, [join(root, 'dist/bin/agent-vitals.cjs'), 'ship'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...env, AGENT_VITALS_OTLP_CATCH_UP_BYTES_PER_SECOND: String(1e9) },
  });
  await once(ship, 'close');
  const waiting = collector.spans - delivered;
  const dropped = droppedAtTheEnd();
  // What was on its way when its file was removed, and did not get there, the sender counts.
  const evicted = (dropped.journal['evicted'] ?? 0) + (dropped.otlp['evicted'] ?? 0);

  console.log(`${spans} spans, Node ${process.versions.node}`);
  console.table(
    rows.map((row) => ({
      ended: row.ended,
      'RSS MB': megabytes(row.rssBytes),
      delivered: row.delivered,
      evicted: row.evicted,
      seconds: Math.round(row.seconds),
    })),
  );
  console.log(`delivered ${delivered}, waiting ${waiting}, evicted ${evicted}; came twice: ${collector.twice}`);
  const unknown = spans - delivered - waiting - evicted;
  if (unknown > 0) throw new Error(`${unknown} spans are not accounted for; dropped: ${JSON.stringify(dropped)}`);
  // The answer was lost with the connection, and then the file for want of room: nobody knew that it had arrived.
  console.log(`counted as evicted, and delivered: ${-unknown}`);
  const growth = mostBytes - settledBytes;
  console.log(`most in the first million ${megabytes(settledBytes)} MB, after it ${megabytes(mostBytes)} MB`);
  const plain = await run('soak/plain.ts');
  console.log(
    `the plain SDK: most in the first million ${megabytes(plain.settledBytes)} MB, after it ${megabytes(plain.mostBytes)} MB`,
  );
  if (growth > MAX_GROWTH_BYTES) throw new Error(`RSS has grown by ${megabytes(growth)} MB after the first million`);
} finally {
  app?.kill('SIGKILL');
  await collector.leave();
  rmSync(dir, { recursive: true, force: true });
}

interface Run {
  readonly rows: readonly (Step & { readonly delivered: number; readonly seconds: number })[];
  /** The most at any step of the first million, and after it: one step alone says where in a round of the garbage collector it fell. */
  readonly settledBytes: number;
  readonly mostBytes: number;
}

/** Runs an app to its end; the collector is there before and after. */
async function run(file: string): Promise<Run> {
  app = spawn(process.execPath, [...YOUNG_GENERATION, join(import.meta.dirname, file), String(spans), String(step)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  const rows: (Step & { delivered: number; seconds: number })[] = [];
  let [settledBytes, mostBytes] = [0, 0];
  const began = performance.now();
  const closed = once(app, 'close');
  for await (const line of createInterface({ input: app.stdout })) {
    const told = JSON.parse(line) as Step;
    if (collector.isThere) await collector.leave();
    else await collector.comeBack();
    if (told.ended <= SETTLED_SPANS) settledBytes = Math.max(settledBytes, told.rssBytes);
    else mostBytes = Math.max(mostBytes, told.rssBytes);
    if (told.ended % (spans / ROWS) > 0) continue;
    rows.push({ ...told, delivered: collector.spans, seconds: (performance.now() - began) / 1000 });
  }
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  if (!collector.isThere) await collector.comeBack();
  return { rows, settledBytes, mostBytes };
}

/** What the app told last, in its status file: its end may make room in the journal once more. */
function droppedAtTheEnd(): Record<'journal' | 'otlp', Record<string, number>> {
  const directory = join(dir, 'status');
  const [name = ''] = readdirSync(directory);
  const { backends } = JSON.parse(readFileSync(join(directory, name), 'utf8')) as ProcessStatus;
  return { journal: { ...backends.journal?.dropped }, otlp: { ...backends.otlp?.dropped } };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
