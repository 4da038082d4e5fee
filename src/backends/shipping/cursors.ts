// How far each journal file has been shipped to the collector: one small file beside it, rewritten in place. Must never lose what it does not
// know: a cursor that is torn, or does not fit its file, counts as the file's beginning, and what was shipped of it is shipped again.
import { closeSync, constants, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { CURSORS_DIRECTORY, cursorPath, makeDataDirectory } from '../../internal/data-directory.ts';
import { errorName } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';

const DIGITS = 16;
const CURSOR = /^(\d{16})\n$/;

export class Cursors {
  readonly #dir: string;

  /** @param dir the data directory. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Bytes of a journal file that need not be shipped any more. 0 when nothing is known.
   * @param size of the file: a cursor beyond it is wrong.
   */
  read(path: string, size: number): number {
    try {
      const offset = Number(CURSOR.exec(readFileSync(cursorPath(this.#dir, path), 'latin1'))?.[1] ?? 0);
      return offset <= size ? offset : 0;
    } catch {
      return 0;
    }
  }

  /** A cursor that cannot be written stays where it was: what was shipped since is shipped again by who comes next. */
  write(path: string, offset: number): void {
    // What was sent from memory may have been removed from the disk meanwhile.
    if (!existsSync(path)) return;
    try {
      const fd = this.#open(cursorPath(this.#dir, path));
      writeSync(fd, `${String(offset).padStart(DIGITS, '0')}\n`, 0);
      closeSync(fd);
    } catch (error) {
      warnOnce(
        'shipping:cursor',
        `how far the journal is shipped cannot be kept: ${errorName(error)}; after a restart some of it is sent again`,
      );
    }
  }

  /** Of a file that is gone. */
  remove(path: string): void {
    rmSync(cursorPath(this.#dir, path), { force: true });
  }

  /** Not truncated, and what is written is always as long as before: a crash leaves the old one or the new one. */
  #open(path: string): number {
    const flags = constants.O_WRONLY | constants.O_CREAT;
    try {
      return openSync(path, flags, 0o600);
    } catch {
      // The first time, or somebody has removed the directory. Not made before every write: it is there as a rule.
      makeDataDirectory(this.#dir, CURSORS_DIRECTORY);
      return openSync(path, flags, 0o600);
    }
  }
}
