// The directory all our files lie in: private to its user, and kept out of version control.
import * as nodeFs from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Directories in it. Who writes them and who reads them are in different rooms. */
export const JOURNAL_DIRECTORY = 'journal';
export const STATUS_DIRECTORY = 'status';
/** How far the journal has been shipped to the collector, and who ships what. */
export const SHIPPING_DIRECTORY = 'shipping';
/** Apart from the claims, which are looked through often. */
export const CURSORS_DIRECTORY = 'shipping/cursors';
/** Metrics for the collector that it has not got yet, in its temporality; the journal's are the journal's own. */
export const OUTBOX_DIRECTORY = 'outbox';
/** Below the journal: what the collector refused for good. */
export const REJECTED_DIRECTORY = 'journal/rejected';
/** The store that agents of one machine share. */
export const COORDINATION_FILE = 'coordination.db';

/** The file that says how far the file at `path`, of the journal or the outbox, has been shipped. */
export function cursorPath(dir: string, path: string): string {
  // Files of the two may have the same name.
  return join(dir, CURSORS_DIRECTORY, `${basename(dirname(path))}-${basename(path)}.cursor`);
}

type DirectoryFs = Pick<typeof nodeFs, 'mkdirSync' | 'writeFileSync'>;

/**
 * Makes `dir`, its `.gitignore` of `*`, and `dir/name`; returns the latter. Throws what the file system throws.
 * A directory that is there already keeps its permissions: it may be shared on purpose.
 */
export function makeDataDirectory(dir: string, name = '', fs: DirectoryFs = nodeFs): string {
  const path = join(dir, name);
  makeDirectories(path, fs);
  try {
    fs.writeFileSync(join(dir, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // It is there already, or cannot be written: the data matters more.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
  return path;
}

/** Not `recursive: true`: below a directory that is there but takes no files (a mount whose source is gone, `/proc`) that never returns. */
function makeDirectories(path: string, fs: DirectoryFs, isRetry = false): void {
  try {
    fs.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && nodeFs.statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || isRetry || dirname(path) === path) throw error;
    makeDirectories(dirname(path), fs);
    makeDirectories(path, fs, true);
  }
}
