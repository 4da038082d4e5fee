// Throws its own error where the vendor threw his.
import { prototype } from './load-target.mjs';

const original = prototype.create;
prototype.create = function create(...given) {
  const promise = original.apply(this, given);
  const { then } = promise;
  // oxlint-disable-next-line unicorn/no-thenable -- that is the harm
  promise.then = (resolve, reject) => then.call(promise, resolve, (error) => reject(new Error(error.message)));
  return promise;
};
