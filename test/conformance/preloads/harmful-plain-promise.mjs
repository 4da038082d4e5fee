// Returns a promise of its own instead of the vendor's.
import { replaceCreate } from './load-target.mjs';

replaceCreate(async (create, ...given) => create(...given));
