// What one chat call costs in CPU more than it does uninstrumented: ours with journal, scrape endpoint and OTLP all on, beside the official
// OpenAI instrumentation and OpenLLMetry, each with an exporter that does nothing. Every run is a process of its own, in turns.
// Usage: npm run build && node bench/overhead.ts [calls] [rounds]
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const variants = ['none', 'agent-vitals', 'official', 'openllmetry'] as const;
export type Variant = (typeof variants)[number];
/** What a run tells, as JSON on its last line. */
export interface Run {
  /** User and system time of the whole process. */
  readonly cpuMicrosPerCall: number;
  /** Spans that its exporter saw; of ours the journal and the collector tell. */
  readonly spans?: number;
}

const calls = Number(process.argv[2] ?? 20_000);
/** Calls before the first that counts: until then much of the time is the compiler's, which in an app that runs on is next to nothing. */
const WARM_UP = 5000;
const rounds = Number(process.argv[3] ?? 7);
const root = join(import.meta.dirname, '..');
const peers = join(import.meta.dirname, 'peers');
const register = join(root, 'dist/register.cjs');
if (!existsSync(register)) throw new Error('Nothing is built yet. First: npm run build');
if (!existsSync(join(peers, 'node_modules'))) {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: peers, stdio: 'inherit' });
}

const results = new Map<Variant, number[]>(variants.map((variant) => [variant, []]));
const collector = await startCollector();
for (let round = 0; round < rounds; round++) {
  for (const variant of variants) results.get(variant)?.push((await run(variant)).cpuMicrosPerCall);
}
collector.close();

const base = median(results.get('none') ?? []);
console.log(
  `CPU per chat call in µs, median of ${rounds} runs of ${calls} calls after ${WARM_UP}, Node ${process.versions.node}`,
);
console.table(
  Object.fromEntries(
    variants.map((variant) => {
      const samples = results.get(variant) ?? [];
      const [lowest, highest] = [Math.min(...samples), Math.max(...samples)].map((value) => Number(value.toFixed(1)));
      const micros = median(samples);
      return [
        variant,
        { 'µs a call': Number(micros.toFixed(1)), added: Number((micros - base).toFixed(1)), lowest, highest },
      ];
    }),
  ),
);

async function run(variant: Variant): Promise<Run> {
  const dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
  collector.spans = 0;
  try {
    const child = spawn(
      process.execPath,
      [
        ...(variant === 'agent-vitals' ? ['--require', register] : []),
        join(import.meta.dirname, 'overhead/child.ts'),
        variant,
        String(calls),
        String(WARM_UP),
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          AGENT_VITALS_DIR: dir,
          OTEL_EXPORTER_PROMETHEUS_PORT: '0',
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        },
      },
    );
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`${variant} ended with ${String(code)}`);
    const result = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Run;
    // First the answer, then the time.
    const seen = variant === 'agent-vitals' ? [journalSpans(dir), collector.spans] : [result.spans ?? 0];
    const expected = variant === 'none' ? 0 : WARM_UP + calls;
    if (seen.some((spans) => spans !== expected)) {
      throw new Error(`${variant} made ${seen.join(' and ')} spans of ${expected} calls`);
    }
    return result;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function journalSpans(dir: string): number {
  const journal = join(dir, 'journal');
  const files = readdirSync(journal).filter((name) => name.startsWith('traces-'));
  return files.reduce((sum, name) => sum + countSpans(readFileSync(join(journal, name), 'utf8')), 0);
}

/** Spans of chat calls that have their tokens and their price. */
function countSpans(text: string): number {
  return text
    .split('"spanId"')
    .filter((span) => span.includes('gen_ai.usage.output_tokens') && span.includes('agent_vitals.cost.usd')).length;
}

/** A collector in this process, whose time is not measured. */
async function startCollector(): Promise<{ url: string; spans: number; close(): void }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
      if (request.url === '/v1/traces') started.spans += countSpans(text);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const started = { url: `http://127.0.0.1:${port}`, spans: 0, close: () => server.close() };
  return started;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return ((sorted[middle] ?? 0) + (sorted[sorted.length - 1 - middle] ?? 0)) / 2;
}
