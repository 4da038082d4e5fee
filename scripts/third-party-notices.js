// Writes the licences of the packages that the bundle contains: they want to travel with their code.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} path @param {string[]} inputs files in the bundle, relative to `root` @param {string} root */
export function writeNotices(path, inputs, root) {
  const packages = new Set(inputs.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const notices = [...packages].sort().map((dir) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, dir)).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? readFileSync(join(root, dir, file), 'utf8').trim() : `Licence: ${license}`;
    return `${name} ${version}\n\n${text}\n`;
  });
  writeFileSync(path, notices.join(`\n${'-'.repeat(80)}\n\n`));
}
