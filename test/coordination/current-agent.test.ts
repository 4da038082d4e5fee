import { expect } from 'chai';
import { currentAgent } from '../../src/coordination/current-agent.ts';
import { withAgent } from '../../src/instrumentation/agent/with-agent.ts';
import { type RecordedTelemetry, recordTelemetry } from '../instrumentation/recorded-telemetry.ts';

describe('the current agent', () => {
  let telemetry: RecordedTelemetry;
  before(() => (telemetry = recordTelemetry()));
  after(() => telemetry.stop());

  it('is known without an SDK too', async () => {
    telemetry.stop();
    await withAgent({ id: 'a-1', name: 'a' }, async () => {
      await Promise.resolve();
      expect(currentAgent()).to.deep.equal({ id: 'a-1', name: 'a' });
    });
    expect(currentAgent()).to.equal(undefined);
    telemetry = recordTelemetry();
  });

  it('is that of the code around, across await, and none outside', async () => {
    const outer = { id: 'a-1', name: 'a' };
    const inner = { id: 'b-1', name: 'b' };
    expect(currentAgent()).to.equal(undefined);
    await withAgent(outer, async () => {
      await Promise.resolve();
      expect(currentAgent()).to.deep.equal(outer);
      await withAgent(inner, async () => {
        await Promise.resolve();
        expect(currentAgent()).to.deep.equal(inner);
      });
      expect(currentAgent()).to.deep.equal(outer);
    });
    expect(currentAgent()).to.equal(undefined);
  });
});
