import { createRequire } from 'node:module';
import { extname } from 'node:path';

const load = createRequire(import.meta.url);

/** The engine and those who tell people, when there is a rule: most processes have none. */
export function loadAlerting(): typeof import('./alerting.ts') {
  // A file of its own beside this one, in the sources and in the bundle alike.
  return load(`./alerting${extname(import.meta.filename)}`);
}
