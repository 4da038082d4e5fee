// An app as a user has it, started with the flag: one agent that makes as many calls as it is told, and goes on.
import { recordInference, startAgent } from '../../../dist/index.js';

const [name, calls] = process.argv.slice(2);
const agent = startAgent({ name, heartbeatEveryMillis: 100 });
agent.run(() => {
  for (let i = 0; i < Number(calls); i++) {
    recordInference({
      operation: 'chat',
      provider: 'openai',
      model: 'gpt-4o',
      response: { usage: { input: 10, output: 1 } },
    });
  }
});
setInterval(() => undefined, 1000);
process.stdout.write('running\n');
