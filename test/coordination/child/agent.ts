// A process with one agent, which does as it is told on stdin: `block` keeps the event loop for good, `end` lets the process end by itself, others
// are statuses.
import { createInterface } from 'node:readline';
import { closeCoordination } from '../../../src/coordination/store/process-store.ts';
import { startAgent } from '../../../src/runtime/agents.ts';

const [id = '', everyMillis = '50', thread] = process.argv.slice(2);
const agent = startAgent({
  name: 'child',
  id,
  heartbeatEveryMillis: Number(everyMillis),
  heartbeatThread: thread === 'thread',
});
agent.beat({ status: 'running', progress: 0.5, task: 'counting' });
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (line === 'block') for (;;);
  else if (line === 'stop') {
    agent.stop();
    lines.close();
    process.stdin.destroy();
  } else if (line === 'close') void closeCoordination();
});
process.stdout.write('ready\n');
