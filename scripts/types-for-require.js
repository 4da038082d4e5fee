// Writes the types once more as those of a CommonJS module: to TypeScript's `module: node16` the others are of an ES module, which it does not let
// CommonJS code require. Both stand for the same bundle.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Of a module beside it: `from './x.ts'`, `import("./x.ts")`. */
const SPECIFIER = /(\bfrom |\bimport\()(['"])(\.{1,2}\/[^'"]*)\.ts\2/g;

/**
 * @param {string} dir
 * @param {string} entry what is to be required, and all it needs, without `.d.ts`.
 */
export function writeTypesForRequire(dir, entry) {
  const seen = new Set([join(dir, entry)]);
  // A set goes on with what is added to it meanwhile.
  for (const module of seen) {
    const text = readFileSync(`${module}.d.ts`, 'utf8');
    const required = text.replace(SPECIFIER, (_, keyword, quote, path) => {
      seen.add(join(dirname(module), path));
      return `${keyword}${quote}${path}.cts${quote}`;
    });
    writeFileSync(`${module}.d.cts`, required);
  }
}
