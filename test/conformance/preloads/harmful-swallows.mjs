// Handles rejections that are the host's to handle.
import { replaceCreate } from './load-target.mjs';

replaceCreate((create, ...given) => {
  const promise = create(...given);
  promise.responsePromise.catch(() => {});
  return promise;
});
