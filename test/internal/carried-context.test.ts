import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { expect } from 'chai';
import { activeContext, runIn } from '../../src/internal/carried-context.ts';
import { recordTelemetry } from '../instrumentation/recorded-telemetry.ts';

const KEY = createContextKey('test');

describe('the active context', () => {
  async function carry(): Promise<void> {
    const outer = activeContext().setValue(KEY, 'outer');
    await runIn(outer, async () => {
      await Promise.resolve();
      expect(activeContext()).to.equal(outer);
      await runIn(outer.setValue(KEY, 'inner'), async () => {
        await new Promise((resolve) => setImmediate(resolve));
        expect(activeContext().getValue(KEY)).to.equal('inner');
      });
      expect(activeContext()).to.equal(outer);
    });
    expect(activeContext()).to.equal(ROOT_CONTEXT);
  }

  it('goes across await where no SDK carries it', carry);

  it('is that of the SDK where there is one', async () => {
    const telemetry = recordTelemetry();
    try {
      await carry();
      runIn(ROOT_CONTEXT.setValue(KEY, 'here'), () => expect(context.active().getValue(KEY)).to.equal('here'));
    } finally {
      telemetry.stop();
    }
  });
});
