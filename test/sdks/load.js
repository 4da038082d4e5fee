// Loads an SDK from this tree the way an app of the given module format would.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** @param {'esm' | 'cjs'} format */
export async function load(format, specifier) {
  return format === 'cjs' ? require(specifier) : import(specifier);
}
