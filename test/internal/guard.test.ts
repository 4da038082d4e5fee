import { expect } from 'chai';
import { errorName, guard } from '../../src/internal/guard.ts';

describe('guard', () => {
  it('goes on with the fallback, even from what cannot be read', () => {
    const refuse = (): never => {
      throw new Error('trap');
    };
    for (const thrown of [
      new RangeError('secret'),
      new Proxy({}, { getPrototypeOf: refuse }),
      Object.defineProperty(new Error('secret'), 'code', { get: refuse }),
      Object.defineProperty(new Error('secret'), 'constructor', { value: { name: Symbol('class') } }),
    ]) {
      const value = guard(
        'a test',
        () => {
          throw thrown;
        },
        'fallback',
      );
      expect(value).to.equal('fallback');
      expect(errorName(thrown)).to.not.include('secret');
    }
  });
});
