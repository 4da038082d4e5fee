// Watches streams through tee(), so that leaving one no longer cancels the request.
import { prototype } from './load-target.mjs';

const original = prototype.create;
prototype.create = function create(...given) {
  return original.apply(this, given)._thenUnwrap((value) => {
    if (typeof value?.tee !== 'function') return value;
    const [mine, theirs] = value.tee();
    const read = async () => {
      for await (const _ of mine);
    };
    read().catch(() => {});
    return theirs;
  });
};
