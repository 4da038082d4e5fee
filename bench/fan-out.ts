// Spans a second that one core takes to journal, scrape endpoint and collector together, and what that adds to span.end(). Beside it the plain SDK
// with two batch processors, one for the collector and one for a file: it prices, measures and redacts nothing. Each run is a process of its own,
// in turns; the collector and the scraper are in this one.
// Usage: npm run build && node bench/fan-out.ts [spans] [rounds]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CountingCollector, numbersIn } from './support/collector.ts';

const variants = ['no processor', 'plain SDK', 'agent-vitals'] as const;
export type Variant = (typeof variants)[number];
/** What a run tells, as JSON on its last line. */
export interface Run {
  /** All of them, also those that are not counted in the times. */
  readonly spans: number;
  /** User and system time of the whole process, until the last span has arrived. */
  readonly cpuSeconds: number;
  /** Until the last span was made. */
  readonly madeSeconds: number;
  /** Until the last span had arrived. */
  readonly arrivedSeconds: number;
  /** Of span.end(): p50, p99, p99.9. */
  readonly endMicros: readonly number[];
}

const spans = Number(process.argv[2] ?? 500_000);
const rounds = Number(process.argv[3] ?? 3);
const SCRAPE_MILLIS = 2000;
if (!existsSync(join(import.meta.dirname, '../dist/index.js'))) {
  throw new Error('Nothing is built yet. First: npm run build');
}

const runs = new Map<Variant, Run[]>(variants.map((variant) => [variant, []]));
for (let round = 0; round < rounds; round++) {
  for (const variant of variants) runs.get(variant)?.push(await run(variant));
}

const bare = summary('no processor').end;
console.log(`${spans} spans of 15 attributes, median of ${rounds} runs, Node ${process.versions.node}`);
console.table(
  Object.fromEntries(
    variants.map((variant) => {
      const { end, cpuSeconds, madeSeconds, arrivedSeconds } = summary(variant);
      const [p50, p99, p999] = end.map((micros, index) => Number((micros - (bare[index] ?? 0)).toFixed(1)));
      return [
        variant,
        {
          'spans per CPU second': Math.round(spans / cpuSeconds),
          'µs a span': Number(((cpuSeconds / spans) * 1e6).toFixed(1)),
          'made per s': Math.round(spans / madeSeconds),
          'arrived per s': Math.round(spans / arrivedSeconds),
          'end() p50 +µs': p50,
          'p99 +µs': p99,
          'p99.9 +µs': p999,
        },
      ];
    }),
  ),
);
console.log(
  `span.end() without a processor: ${bare.map((micros) => micros.toFixed(1)).join(', ')} µs (p50, p99, p99.9)`,
);

async function run(variant: Variant): Promise<Run> {
  const collector = await CountingCollector.start();
  const dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
  try {
    const args = [join(import.meta.dirname, 'fan-out/app.ts'), variant, String(spans), dir];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        AGENT_VITALS_DIR: dir,
        AGENT_VITALS_JOURNAL_MAX_TOTAL_BYTES: String(10e9),
        // An app that never rests is ahead of the collector. What that costs is to be in the time, and not put off for the sake of an app.
        AGENT_VITALS_OTLP_CATCH_UP_BYTES_PER_SECOND: String(1e9),
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      },
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    let scraped = '';
    const scraping = setInterval(() => {
      void scrape(dir).then((text) => {
        scraped = text || scraped;
      });
    }, SCRAPE_MILLIS);
    const [code] = (await once(child, 'close')) as [number | null];
    clearInterval(scraping);
    if (code !== 0) throw new Error(`${variant} ended with ${code}`);
    const result = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Run;
    // First the answer, then the time.
    if (variant === 'no processor') return result;
    const seen = { collector: collector.spans, file: spansIn(variant === 'agent-vitals' ? join(dir, 'journal') : dir) };
    if (seen.collector !== result.spans || seen.file !== result.spans) {
      throw new Error(
        `${variant}: of ${result.spans} spans ${seen.collector} are in the collector, ${seen.file} in files`,
      );
    }
    if (variant === 'agent-vitals' && !/^agent_vitals_cost_usd_total\{/m.test(scraped))
      throw new Error('nothing scraped');
    return result;
  } finally {
    rmSync(dir, { recursive: true, force: true });
    await collector.leave();
  }
}

/** Different spans in the files of a directory. */
function spansIn(directory: string): number {
  const files = readdirSync(directory).filter((name) => name.startsWith('traces'));
  const numbers = new Set<number>();
  for (const name of files) for (const number of numbersIn(readFileSync(join(directory, name)))) numbers.add(number);
  return numbers.size;
}

/** As Prometheus does it. The address is in the status file; empty until there is one. */
async function scrape(dir: string): Promise<string> {
  const address = /"address":"([^"]+)"/.exec(statusIn(dir))?.[1];
  if (address === undefined) return '';
  const response = await fetch(address, { signal: AbortSignal.timeout(SCRAPE_MILLIS) }).catch(() => undefined);
  return (await response?.text()) ?? '';
}

function statusIn(dir: string): string {
  const directory = join(dir, 'status');
  if (!existsSync(directory)) return '';
  const name = readdirSync(directory).find((entry) => entry.endsWith('.json'));
  return name === undefined ? '' : readFileSync(join(directory, name), 'utf8');
}

function summary(variant: Variant): Omit<Run, 'spans' | 'endMicros'> & { end: number[] } {
  const all = runs.get(variant) ?? [];
  return {
    cpuSeconds: median(all.map(({ cpuSeconds }) => cpuSeconds)),
    madeSeconds: median(all.map(({ madeSeconds }) => madeSeconds)),
    arrivedSeconds: median(all.map(({ arrivedSeconds }) => arrivedSeconds)),
    end: [0, 1, 2].map((index) => median(all.map(({ endMicros }) => endMicros[index] ?? Number.NaN))),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
