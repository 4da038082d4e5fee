import { createRequire } from 'node:module';
import { extname } from 'node:path';

const load = createRequire(import.meta.url);

/** What answers questions, when there is one: no process that is measured needs it. */
export function loadJournal(): typeof import('./journal.ts') {
  // A file of its own beside this one, in the sources and in the bundle alike.
  return load(`./journal${extname(import.meta.filename)}`);
}
