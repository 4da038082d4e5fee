// A certificate for localhost that nobody trusts unless told to.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { tempDir } from './temp-dir.ts';

/** Paths of a key and of its certificate. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  const dir = tempDir();
  const files = { key: join(dir, 'key.pem'), cert: join(dir, 'cert.pem') };
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = spawnSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      ...subject,
      '-keyout',
      files.key,
      '-out',
      files.cert,
    ],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  return files;
}
