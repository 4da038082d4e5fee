// Prints.
import { replaceCreate } from './load-target.mjs';

replaceCreate((create, ...given) => {
  console.log('a call');
  return create(...given);
});
