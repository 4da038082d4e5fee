// The directory all our files lie in: private to its user, and kept out of version control.
import * as nodeFs from 'node:fs';
import { join } from 'node:path';

/** Directories in it. Who writes them and who reads them are in different rooms. */
export const JOURNAL_DIRECTORY = 'journal';
export const STATUS_DIRECTORY = 'status';

type DirectoryFs = Pick<typeof nodeFs, 'mkdirSync' | 'writeFileSync'>;

/**
 * Makes `dir`, its `.gitignore` of `*`, and `dir/name`; returns the latter. Throws what the file system throws.
 * A directory that is there already keeps its permissions: it may be shared on purpose.
 */
export function makeDataDirectory(dir: string, name = '', fs: DirectoryFs = nodeFs): string {
  const path = join(dir, name);
  fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  try {
    fs.writeFileSync(join(dir, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // It is there already, or cannot be written: the data matters more.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
  return path;
}
