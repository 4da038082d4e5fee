// Takes what SQLite has written beside the file into the file, in a thread of its own: that waits for the disk, and the event loop of the host would
// wait with it.
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** As many pages are written beside the file before SQLite itself takes them in, at whoever's commit: 128 MB. Where there can be no thread. */
export const PAGES_BESIDE = 32_000;

/** The last statement, a change of nothing, begins the file beside anew where nobody else writes: that waits for the disk too. */
const WORK = `
process.emitWarning = () => {};
const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(new URL(require('node:worker_threads').workerData));
database.exec('PRAGMA busy_timeout = 1000');
database.exec('PRAGMA synchronous = NORMAL');
database.exec('PRAGMA wal_checkpoint(PASSIVE)');
database.exec("UPDATE revision SET value = value + 1 WHERE what = 'bucket'");
database.close();
`;

/** Resolves when it is over, and never rejects. Nothing of it holds the process. */
export function checkpoint(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const file = pathToFileURL(path);
  // Not made anew where it was removed meanwhile.
  file.searchParams.set('mode', 'rw');
  try {
    // Variables and flags of the host are not for it: --import would load the host's tools.
    const options = { eval: true, env: {}, execArgv: [], stdout: true, stderr: true };
    const worker = new Worker(WORK, { ...options, workerData: file.href });
    worker.unref();
    // What cannot be done now is done later.
    worker.on('error', () => {}).on('exit', () => resolve());
  } catch {
    resolve();
  }
  return promise;
}
