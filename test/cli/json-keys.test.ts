// Every key that the commands answer in JSON about the small journal is in the guide, in the section of its command or in one that it refers to.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const golden = join(import.meta.dirname, 'golden');
const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/cli.md'), 'utf8');
const documented = new Set([...guide.matchAll(/`([A-Za-z]\w*)`/g)].map(([, key]) => key));
/** Their keys are values: names of models, types of errors, files. */
const BY_NAME = new Set(['errorsByType', 'outcomes', 'unpricedModels', 'unpricedReasons', 'corruptByFile']);

function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (BY_NAME.has(key) ? key : [key].concat(keysOf(inner))));
}

describe('docs/guide/cli.md', () => {
  for (const file of readdirSync(golden).filter((name) => name.endsWith('.json'))) {
    it(`tells every key of ${file}`, () => {
      const keys = new Set(keysOf(JSON.parse(readFileSync(join(golden, file), 'utf8'))));
      expect([...keys].filter((key) => !documented.has(key))).to.deep.equal([]);
    });
  }
});
