import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { errorType, exceptionType, isAbort } from '../../../src/instrumentation/inference/error-type.ts';

describe('the type of an error', () => {
  it('is its status, else its class, in whatever realm it was made', () => {
    expect(errorType(Object.assign(new TypeError('secret'), { status: 429 }))).to.equal('429');
    expect(errorType(new TypeError('secret'))).to.equal('TypeError');
    expect(exceptionType(runInNewContext('new RangeError("secret")'))).to.equal('RangeError');
    expect(errorType('secret')).to.equal('string');
  });

  it('is told to be an abort, in whatever realm it was made', () => {
    expect(isAbort(new DOMException('secret', 'AbortError'))).to.equal(true);
    expect(isAbort(runInNewContext('Object.assign(new Error("secret"), { name: "AbortError" })'))).to.equal(true);
    expect(isAbort({ name: 'AbortError' })).to.equal(false);
  });

  it('is the name of the error where its class has none that is a text', () => {
    const error = Object.assign(new Error('secret'), { name: 'Own' });
    Object.defineProperty(error, 'constructor', { value: { name: Symbol('class') } });
    expect(errorType(error)).to.equal('Own');
  });
});
