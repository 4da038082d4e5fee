// What a tick takes in which this process goes on in the place of another that judged and was killed. Tells who started it.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIRING, SERIES, Workload } from './workload.ts';

/** Ticks before it. */
const BEFORE = 10;

const dir = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
const other = fork(join(import.meta.dirname, 'other.ts'), [dir]);
const workload = new Workload({ dir, writer: '0000cafe', firing: FIRING });
for (let number = 0; number < BEFORE; number++) {
  // All series are measured now and then: what was written in hours is much to look through.
  const busy = number % 3 === 0 ? 1 : undefined;
  other.send({ number, nowMillis: workload.nowMillis, busy });
  const [{ isEvaluating }] = await once(other, 'message');
  assert.ok(isEvaluating, 'the other judges');
  await workload.passInterval(number, busy);
}
assert.ok(!workload.engine.isEvaluating, 'and this process does not');
other.kill('SIGKILL');
await once(other, 'exit');
const cost = await workload.passInterval(BEFORE);
assert.ok(workload.engine.isEvaluating, 'until the other is gone');
assert.deepEqual(workload.fired, [], 'what fired there is no news here');
const firing = [...workload.engine.firing()].reduce((sum, [, count]) => sum + count, 0);
assert.equal(firing, FIRING * SERIES, 'and fires here');
await workload.engine.close();
rmSync(dir, { recursive: true, force: true });
process.send?.(cost);
