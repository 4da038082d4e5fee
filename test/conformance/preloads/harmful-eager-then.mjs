// Subscribes to the vendor's promise, which reads the body before its owner decides how to.
import { replaceCreate } from './load-target.mjs';

replaceCreate((create, ...given) => {
  const promise = create(...given);
  promise.then(
    () => {},
    () => {},
  );
  return promise;
});
