// Replaces streams by a generator, which has neither a controller nor a tee().
import { prototype } from './load-target.mjs';

const original = prototype.create;
prototype.create = function create(...given) {
  return original
    .apply(this, given)
    ._thenUnwrap((value) => (typeof value?.tee === 'function' ? watched(value) : value));
};

async function* watched(stream) {
  yield* stream;
}
