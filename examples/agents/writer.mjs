// Writes what it is told to, and hands it to the reviewer. It goes on in the trace of who sent the signal.
import { signals, withAgent, withInference } from 'agent-vitals';

const order = await signals.wait({ agent: 'writer', type: 'write', timeout: 60_000 });
if (!order) throw new Error('nobody wanted anything written');
await order.within(() =>
  withAgent({ name: 'writer' }, async (agent) => {
    agent.beat({ task: `write about ${order.payload.topic}`, progress: 0.5 });
    // Any call of an SDK would be recorded by itself; here the model is made up.
    const text = await withInference({ operation: 'chat', provider: 'example', model: 'paragraphs-1' }, (call) => {
      call.response({ usage: { input: 12, output: 240 } });
      return Promise.resolve('The night train leaves Vienna at 19:40 and arrives in Paris for breakfast.');
    });
    await signals.send({ type: 'draft', to: 'reviewer', payload: { text } });
    agent.beat({ progress: 1 });
  }),
);
console.log('writer: the draft is with the reviewer');
