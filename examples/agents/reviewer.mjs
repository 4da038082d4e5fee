// Has a human approve the draft, rates it, and tells the planner.
import { trace } from '@opentelemetry/api';
import { approvals, feedback, signals, withAgent } from 'agent-vitals';

const draft = await signals.wait({ agent: 'reviewer', type: 'draft', timeout: 60_000 });
if (!draft) throw new Error('there was no draft');
const status = await draft.within(() =>
  withAgent({ name: 'reviewer' }, async (agent) => {
    agent.beat({ status: 'waiting', task: 'wait for a human' });
    const approval = await approvals.request({
      action: 'publish the draft',
      context: { text: draft.payload.text },
      timeout: 60_000,
    });
    const approved = approval.status === 'approved';
    await feedback.record({
      workflow: 'articles',
      stage: 'draft',
      score: approved ? 0.9 : 0.2,
      label: approved ? 'good' : 'poor',
      span: trace.getActiveSpan(),
    });
    await signals.send({ type: 'done', to: 'planner', payload: { status: approval.status } });
    return approval.status;
  }),
);
console.log(`reviewer: the draft was ${status}`);
