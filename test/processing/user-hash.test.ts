import { createHmac } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { problems } from '../../src/internal/log.ts';
import { createUserHash, USER_ID_KEY_FILE } from '../../src/processing/user-hash.ts';
import { startProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('user hash', () => {
  after(removeTempDirs);

  it('is an HMAC-SHA-256 of 16 hex digits under the key that is given, and makes no file then', () => {
    const dir = join(tempDir(), 'data');
    const hash = createUserHash('my key', dir)('alice');
    expect(hash).to.equal(createHmac('sha256', 'my key').update('alice').digest('hex').slice(0, 16));
    expect(existsSync(dir)).to.equal(false);
  });

  it('makes a key once, for the owner alone, at the first id', () => {
    const dir = join(tempDir(), 'deep', 'data');
    const hash = createUserHash(undefined, dir);
    expect(existsSync(dir)).to.equal(false);
    const alice = hash('alice');
    expect(alice).to.match(/^[0-9a-f]{16}$/);
    expect(hash('bob')).to.not.equal(alice);
    expect(createUserHash(undefined, dir)('alice')).to.equal(alice);
    expect(statSync(join(dir, USER_ID_KEY_FILE)).mode & 0o777).to.equal(0o600);
    expect(statSync(dir).mode & 0o777).to.equal(0o700);
    expect(readFileSync(join(dir, '.gitignore'), 'utf8')).to.equal('*\n');
    expect(readdirSync(dir).sort()).to.deep.equal(['.gitignore', USER_ID_KEY_FILE]);
    expect(readFileSync(join(dir, USER_ID_KEY_FILE), 'utf8')).to.not.contain('alice');
  });

  it('differs between machines', () => {
    expect(createUserHash(undefined, tempDir())('alice')).to.not.equal(createUserHash(undefined, tempDir())('alice'));
  });

  it('is the same in processes that make the key at once', async () => {
    const dir = join(tempDir(), 'data');
    const script = `
      import { createUserHash } from '${new URL('../../src/processing/user-hash.ts', import.meta.url).href}';
      process.stdout.write(createUserHash(undefined, process.argv[1])('alice'));`;
    // Node takes the types off by itself: the tests' own is 24.
    const processes = Array.from({ length: 6 }, () =>
      startProcess(process.execPath, ['--input-type=module', '-e', script, dir]),
    );
    const outputs = (await Promise.all(processes.map(({ ended }) => ended))).map(({ stdout }) => stdout);
    expect(new Set(outputs)).to.have.property('size', 1);
    expect(outputs[0]).to.match(/^[0-9a-f]{16}$/);
    expect(readdirSync(dir).sort()).to.deep.equal(['.gitignore', USER_ID_KEY_FILE]);
  });

  it('uses a key in memory where none can be kept, and says so', () => {
    const file = join(tempDir(), 'file');
    writeFileSync(file, '');
    const hash = createUserHash(undefined, join(file, 'data'));
    expect(hash('alice')).to.match(/^[0-9a-f]{16}$/);
    expect(createUserHash(undefined, join(file, 'data'))('alice'), 'of spans and of log records').to.equal(
      hash('alice'),
    );
    expect(problems().get('user-id-key')?.message).to.contain('AGENT_VITALS_USER_ID_KEY');
  });

  it('does not use a key file that holds no key', () => {
    const dir = tempDir();
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, USER_ID_KEY_FILE), '');
    chmodSync(join(dir, USER_ID_KEY_FILE), 0o600);
    const hash = createUserHash(undefined, dir)('alice');
    expect(hash).to.not.equal(createHmac('sha256', '').update('alice').digest('hex').slice(0, 16));
    expect(readFileSync(join(dir, USER_ID_KEY_FILE), 'utf8')).to.equal('');
  });

  it('stays right for more users than it remembers', () => {
    const hash = createUserHash('k', tempDir());
    const first = hash('user-0');
    for (let i = 0; i < 5000; i++) hash(`user-${i}`);
    expect(hash('user-0')).to.equal(first);
  });
});
