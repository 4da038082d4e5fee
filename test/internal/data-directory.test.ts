import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeDataDirectory } from '../../src/internal/data-directory.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('makeDataDirectory', () => {
  after(removeTempDirs);

  it('makes all that is missing, private and ignored by git, and again without harm', () => {
    const dir = join(tempDir(), 'a/b/.agent-vitals');
    for (let i = 0; i < 2; i++) expect(makeDataDirectory(dir, 'journal')).to.equal(join(dir, 'journal'));
    expect(statSync(dir).mode & 0o777).to.equal(0o700);
    expect(readFileSync(join(dir, '.gitignore'), 'utf8')).to.equal('*\n');
  });

  it('throws where a file is in the way', () => {
    const file = join(tempDir(), 'file');
    writeFileSync(file, '');
    expect(() => makeDataDirectory(file))
      .to.throw()
      .with.property('code', 'EEXIST');
    expect(() => makeDataDirectory(join(file, 'below')))
      .to.throw()
      .with.property('code', 'ENOTDIR');
  });

  it('throws, instead of never coming back, below a directory that takes no files', function () {
    if (!existsSync('/proc/self')) this.skip();
    expect(() => makeDataDirectory('/proc/no-such/a/b'))
      .to.throw()
      .with.property('code', 'ENOENT');
  });
});
