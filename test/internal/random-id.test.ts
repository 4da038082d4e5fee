import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { randomHex, randomUuid } from '../../src/internal/random-id.ts';

describe('random ids', () => {
  it('have as many digits as asked for, and differ', () => {
    for (const digits of [1, 8, 20, 31]) expect(randomHex(digits)).to.match(new RegExp(`^[0-9a-f]{${digits}}$`));
    expect(new Set(Array.from({ length: 10_000 }, () => randomHex(16))).size).to.equal(10_000);
  });

  it('are UUIDs of version 4', () => {
    const ids = Array.from({ length: 1000 }, randomUuid);
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids.map((id) => id[19])).size).to.equal(4);
  });

  it('differ between processes of the same random seed', () => {
    const file = pathToFileURL(join(import.meta.dirname, '../../src/internal/random-id.ts')).href;
    const script = `import { randomHex } from '${file}'; process.stdout.write(randomHex(16));`;
    const args = ['--random-seed=1', '--import', 'tsx', '--input-type=module', '-e', script];
    const ids = Array.from({ length: 3 }, () => execFileSync(process.execPath, args, { encoding: 'utf8' }));
    expect(new Set(ids).size).to.equal(3);
  });
});
