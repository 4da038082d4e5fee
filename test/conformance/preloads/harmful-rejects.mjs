// Has a rejection of its own that nobody can handle.
import { replaceCreate } from './load-target.mjs';

replaceCreate((create, ...given) => {
  const promise = create(...given);
  promise.responsePromise.then(() => {});
  return promise;
});
