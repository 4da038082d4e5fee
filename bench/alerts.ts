// What evaluating costs a host: 1,000 rules over 1,000 series of each of their instruments, with real SQLite and the SDK's own reader. A twentieth of
// the series has news at each tick, some come and go; then another process that judged is killed, and this one goes on in its place. Asserts the answers,
// then says what the ticks took, collection and all, and how long a callback of the host waits at most: of the processor's time and of the clock's,
// which differ on a machine that others use too.
// Run: npx tsx bench/alerts.ts
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUSY, type Cost, FIRING, RULES, SERIES, Workload } from './alerts/workload.ts';

const TICKS = 60;
const WARM_UP = 10;
/** Each with new processes. */
const TAKEOVERS = 5;

async function measureTicks(): Promise<{ first: Cost; ticks: Cost[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
  const workload = new Workload({ dir, writer: '0000cafe' });
  const first = await workload.passInterval(0);
  for (let number = 1; number < WARM_UP; number++) await workload.passInterval(number);
  workload.exceed(123);
  const ticks: Cost[] = [];
  for (let number = WARM_UP; number < WARM_UP + TICKS; number++) ticks.push(await workload.passInterval(number));
  assert.deepEqual(workload.fired, ['s123'], 'the one series that crossed its threshold has fired, and no other');
  const ofADay = workload.engine
    .readings()
    .filter(
      ({ rule }) =>
        rule.window.kind === 'sliding' && rule.window.millis === 86_400_000 && rule.measure.where.length === 0,
    );
  assert.ok(ofADay.length > 0 && ofADay.length % SERIES === 0, 'every rule over a day has all series');
  await workload.engine.close();
  rmSync(dir, { recursive: true, force: true });
  return { first, ticks };
}

const line = (what: string, values: readonly number[]): void => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number): string => (sorted[Math.ceil(q * sorted.length) - 1] ?? 0).toFixed(1);
  console.log(`${what.padEnd(44)} median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`);
};

function report(costs: readonly Cost[]): void {
  const each = (what: string, value: (cost: Cost) => number): void => line(what, costs.map(value));
  each('a tick, processor time', ({ cpu }) => cpu);
  each('a tick, wall clock', ({ wall }) => wall);
  each('longest hold of the loop, processor time', ({ longest }) => longest.cpu);
  each('  and with the disk', ({ longest }) => longest.own);
  each('longest hold of the loop, wall clock', ({ longest }) => longest.wall);
}

const { first, ticks } = await measureTicks();
console.log(`${RULES} rules × ${SERIES} series, ${BUSY * 100} % of the series measured at each of ${TICKS} ticks`);
report(ticks);
console.log(
  `the first tick, with all series new: ${first.cpu.toFixed(0)} ms of processor time, longest hold ${first.longest.cpu.toFixed(1)} ms`,
);
const takeovers: Cost[] = [];
for (let number = 0; number < TAKEOVERS; number++) {
  const [cost] = await once(fork(join(import.meta.dirname, 'alerts/takeover.ts')), 'message');
  takeovers.push(cost as Cost);
}
console.log(`the tick in which it takes over from a process that was killed, ${FIRING * SERIES} alerts firing`);
report(takeovers);
