import { expect } from 'chai';
import { authorizeWith, requireAuthorized } from '../../src/coordination/authorize.ts';
import { NotAuthorizedError } from '../../src/coordination/errors.ts';

describe('authorize', () => {
  const agent = { id: 'a-1', name: 'a' };
  const outcome = (): Promise<unknown> =>
    requireAuthorized('send', agent, { type: 'stop', to: 'b' }).then(
      () => 'allowed',
      (error: unknown) => error,
    );
  afterEach(() => authorizeWith(undefined));

  it('allows everything unless it is set', async () => {
    expect(await outcome()).to.equal('allowed');
  });

  it('is asked who wants what', async () => {
    const asked: unknown[] = [];
    authorizeWith((...question) => {
      asked.push(question);
      return Promise.resolve(true);
    });
    expect(await outcome()).to.equal('allowed');
    expect(asked).to.deep.equal([['send', agent, { type: 'stop', to: 'b' }]]);
  });

  it('forbids what it does not clearly allow', async () => {
    const broken = new Error('no rules found');
    const throwing = (): boolean => {
      throw broken;
    };
    const rules: unknown[] = [() => false, () => undefined, () => 'yes', () => Promise.reject(broken), throwing];
    for (const rule of rules) {
      authorizeWith(rule as () => boolean);
      const error = await outcome();
      expect(error).to.be.instanceOf(NotAuthorizedError);
      expect(String(error)).to.include('agent a (a-1) may not send stop to b');
    }
  });
});
