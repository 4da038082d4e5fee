// The app of the catch-up bench: warms up without a rest, then makes so many spans of 2 kB a second until its input ends. Tells several times a
// second what memory it has.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as agentVitals from '../../src/index.ts';
import type { Sample } from '../catch-up.ts';
import { makeSpan } from '../support/make-span.ts';

const { start, status, shutdown } = createRequire(import.meta.url)('agent-vitals') as typeof agentVitals;
const [rate = 0] = process.argv.slice(2).map(Number);
const SAMPLE_MILLIS = 100;
const MAKE_MILLIS = 5;
/** As hex digits, with the other attributes some 2 kB a line. */
const NOTE_BYTES = 200;
/** The code is compiled then; V8's young generation, which grows with what an app has made in its life, has most of that before it. */
const WARM_UP = 20_000;

let number = 0;

start();
while (number < WARM_UP) {
  make(50);
  await nextTurn();
}
const began = performance.now();
const making = setInterval(() => {
  make(WARM_UP + ((performance.now() - began) * rate) / 1000 - number);
}, MAKE_MILLIS);
const telling = setInterval(tell, SAMPLE_MILLIS);
process.stdin.on('end', () => {
  clearInterval(making);
  clearInterval(telling);
  void shutdown();
});
process.stdin.resume();

function make(count: number): void {
  for (let i = 0; i < count; i++) {
    makeSpan(number++).setAttribute('app.note', randomBytes(NOTE_BYTES).toString('hex')).end();
  }
}

function tell(): void {
  const { rss, heapTotal } = process.memoryUsage();
  const told: Sample = { rss, heapTotal, behind: status()?.backends.otlp?.lag?.bytes ?? 0, ended: number };
  writeSync(1, `${JSON.stringify(told)}\n`);
}
