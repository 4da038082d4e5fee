import { createRequire } from 'node:module';
import { extname } from 'node:path';

const load = createRequire(import.meta.url);

/** The schema, when first needed: it is dear, and most processes have neither options in code nor a file nor prices of their own. */
export function loadSchema(): typeof import('./schema.ts') {
  // A file of its own beside this one, in the sources and in the bundle alike.
  return load(`./schema${extname(import.meta.filename)}`);
}
