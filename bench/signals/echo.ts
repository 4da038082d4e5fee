// Answers each signal `ping` with a `pong`, as the way to wait says that is measured: `wait`, or `poll` every so many milliseconds.
import { setTimeout as sleep } from 'node:timers/promises';
import { signals } from '../../src/index.ts';

const [way, everyMillis] = [process.argv[2], Number(process.argv[3])];

async function next(): Promise<{ readonly payload: unknown } | undefined> {
  if (way === 'wait') return await signals.wait({ agent: 'echo', type: 'ping', timeout: 60_000 });
  for (;;) {
    const [signal] = await signals.check({ agent: 'echo', type: 'ping', take: true, limit: 1 });
    if (signal) return signal;
    await sleep(everyMillis);
  }
}

for (let signal = await next(); signal && signal.payload !== 'end'; signal = await next()) {
  const receivedAt = performance.timeOrigin + performance.now();
  await signals.send({
    agent: 'echo',
    type: 'pong',
    to: 'bench',
    payload: { n: signal.payload as number, receivedAt },
  });
}
