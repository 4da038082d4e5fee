// The app of the soak bench: makes so many spans, fifty a turn, without a rest, and says at every step how much memory it has.
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as agentVitals from '../../src/index.ts';
import type { Step } from '../soak.ts';
import { makeSpan } from '../support/make-span.ts';

const { start, status, shutdown } = createRequire(import.meta.url)('agent-vitals') as typeof agentVitals;
const [spans = 0, step = 1] = process.argv.slice(2).map(Number);
const SPANS_A_TURN = 50;

start();
for (let number = 0; number < spans; ) {
  for (let i = 0; i < SPANS_A_TURN; i++) makeSpan(number++).end();
  await nextTurn();
  if (number % step === 0) tell(number);
}
await shutdown();

function tell(ended: number): void {
  const evicted = status()?.backends.journal?.dropped.evicted ?? 0;
  const told: Step = { ended, rssBytes: process.memoryUsage.rss(), evicted };
  writeSync(1, `${JSON.stringify(told)}\n`);
}
