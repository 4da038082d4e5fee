// Hands out the work, and waits until it is done and accepted.
import { signals, withAgent } from 'agent-vitals';

const outcome = await withAgent({ name: 'planner' }, async (agent) => {
  agent.beat({ task: 'order a paragraph' });
  await signals.send({ type: 'write', to: 'writer', payload: { topic: 'the night train to Paris' } });
  agent.beat({ status: 'waiting', task: 'wait for the reviewer' });
  const reply = await signals.wait({ type: 'done', from: 'reviewer', timeout: 60_000 });
  return reply?.payload.status ?? 'no answer';
});
console.log(`planner: the text is ${outcome}`);
