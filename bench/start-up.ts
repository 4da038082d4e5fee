// What the flag adds to the start of `node app.js`, beside NodeSDK with the Prometheus and OTLP exporters. Whole processes, in turns.
// Usage: npm run build && node bench/start-up.ts [rounds]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const rounds = Number(process.argv[2] ?? 21);
const here = join(import.meta.dirname, 'start-up');
const app = join(here, 'app.cjs');
const variants: Record<string, string[]> = {
  'node app.js': [app],
  '--import agent-vitals/register': ['--import', join(import.meta.dirname, '../dist/register.cjs'), app],
  '--require agent-vitals/register': ['--require', join(import.meta.dirname, '../dist/register.cjs'), app],
  NodeSDK: ['--require', join(here, 'node-sdk.cjs'), app],
};

const port = await freePort();
const dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
const env = { ...process.env, NODE_OPTIONS: '', AGENT_VITALS_DIR: dir, OTEL_EXPORTER_PROMETHEUS_PORT: String(port) };
const millis = new Map<string, number[]>(Object.keys(variants).map((name) => [name, []]));
for (let round = -1; round < rounds; round++) {
  for (const [name, args] of Object.entries(variants)) {
    const begin = performance.now();
    const { stdout, status } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    const took = performance.now() - begin;
    // First the answer, then the time: the first round warms the disk's caches and is not counted.
    if (status !== 0 || stdout !== String(name !== 'node app.js')) throw new Error(`${name} printed "${stdout}"`);
    if (round >= 0) millis.get(name)?.push(took);
  }
}
rmSync(dir, { recursive: true });

const bare = median(millis.get('node app.js') ?? []);
console.log(`Start-up in ms, median of ${rounds} processes, Node ${process.versions.node}`);
console.table(
  Object.fromEntries(
    [...millis].map(([name, times]) => {
      const typical = median(times);
      const [lowest, highest] = [Math.min(...times), Math.max(...times)].map(Math.round);
      return [name, { ms: Math.round(typical), added: Math.round(typical - bare), lowest, highest }];
    }),
  ),
);

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
