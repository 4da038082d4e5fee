import { expect } from 'chai';
import type { RecordedAgent } from '../../../src/coordination/agents/agent-record.ts';
import { stateOf } from '../../../src/coordination/agents/agent-state.ts';

const agent: RecordedAgent = {
  id: 'a',
  name: 'worker',
  version: undefined,
  status: 'running',
  progress: undefined,
  task: undefined,
  metadata: {},
  startedAt: 0,
  lastBeatAt: 100_000,
  expectEveryMillis: 10_000,
  lostAfterMillis: 60_000,
  host: '',
  pid: 1,
  thread: 't',
  traceId: undefined,
  spanId: undefined,
};

describe('the state of an agent', () => {
  it('goes by the age of its last beat', () => {
    expect(stateOf(agent, undefined, 119_999)).to.deep.equal({ state: 'alive', since: 0 });
    expect(stateOf(agent, undefined, 120_000)).to.deep.equal({ state: 'stale', since: 120_000 });
    expect(stateOf(agent, undefined, 159_999)).to.deep.equal({ state: 'stale', since: 120_000 });
    expect(stateOf(agent, undefined, 160_000)).to.deep.equal({ state: 'lost', since: 160_000 });
  });

  it('is ended for good when it has said so', () => {
    for (const status of ['completed', 'failed', 'cancelled'] as const) {
      expect(stateOf({ ...agent, status }, undefined, 10_000_000)).to.deep.equal({ state: 'ended', since: 100_000 });
    }
  });

  it('is blocked while the thread of its process says so, and no longer', () => {
    const blocked = { at: 155_000, validMillis: 15_000, blockedSince: 101_000 };
    expect(stateOf(agent, blocked, 119_999).state).to.equal('alive');
    expect(stateOf(agent, blocked, 165_000)).to.deep.equal({ state: 'blocked', since: 101_000 });
    expect(stateOf(agent, { ...blocked, blockedSince: 99_000 }, 165_000).since).to.equal(100_000);
    expect(stateOf(agent, blocked, 170_000).state, 'the thread is silent too').to.equal('lost');
    expect(stateOf(agent, { ...blocked, blockedSince: undefined }, 130_000).state, 'the loop turns').to.equal('stale');
  });
});
