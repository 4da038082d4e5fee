// The states a backend can be in, and when it tries again.
import { expect } from 'chai';
import { BackendHealth } from '../../src/backends/backend-state.ts';
import { problems } from '../../src/internal/log.ts';

describe('BackendHealth', () => {
  it('goes from starting over healthy and degraded back to healthy', () => {
    const health = new BackendHealth('test');
    expect(health.state).to.equal('starting');
    health.healthy();
    health.degraded('port 1 is taken');
    expect(health.status()).to.include({ state: 'degraded', reason: 'port 1 is taken' });
    health.recovering();
    expect(health.status()).to.include({ state: 'recovering' }).and.not.to.have.property('reason');
    health.healthy();
    expect(health.status()).to.include({ state: 'healthy' }).and.not.to.have.property('reason');
  });

  it('remembers when it became degraded while the reason changes', () => {
    const health = new BackendHealth('test');
    health.degraded('one');
    const { since } = health.status();
    health.degraded('two');
    expect(health.status()).to.include({ since, reason: 'two' });
  });

  it('waits twice as long after each failure, up to a quarter of a minute, and shortly again after a success', () => {
    const health = new BackendHealth('test', 1000);
    const waits = Array.from({ length: 12 }, () => {
      health.degraded('again');
      return health.retryMillis();
    });
    for (const [index, wait] of waits.entries()) {
      const nominal = Math.min(1000 * 2 ** index, 16_000);
      expect(wait).to.be.within(nominal * 0.8, nominal * 1.2);
    }
    health.healthy();
    health.degraded('again');
    expect(health.retryMillis()).to.be.within(800, 1200);
  });

  it('says a failure once, and once more when it comes back', () => {
    const health = new BackendHealth('said-once');
    health.degraded('x', 'it is broken');
    health.degraded('x', 'it is broken');
    expect(problems().get('backend:said-once')).to.include({ message: 'it is broken', times: 2 });
    health.healthy();
    expect(problems().has('backend:said-once')).to.equal(false);
    health.degraded('x', 'it is broken');
    expect(problems().get('backend:said-once')).to.include({ times: 1 });
    health.healthy();
  });

  it('stays stopped', () => {
    const health = new BackendHealth('test');
    health.stopped();
    health.degraded('late');
    health.healthy();
    expect(health.status()).to.include({ state: 'stopped' }).and.not.to.have.property('reason');
  });

  it('counts drops by reason, whatever they are called', () => {
    const health = new BackendHealth('test');
    health.accept(3);
    health.drop(2, 'queue_full');
    health.drop(1, 'queue_full');
    health.drop(1, 'constructor');
    expect(health.status().accepted).to.equal(3);
    expect(health.status().dropped).to.deep.equal({ queue_full: 3, constructor: 1 });
  });
});
