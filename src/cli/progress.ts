// Shows how far something is, on stderr, once it takes longer than a second. Silent where nobody looks.
import { type JournalFile } from '../query/journal-files.ts';
import { formatBytes } from './format.ts';

const PATIENCE_MILLIS = 1000;
const REDRAW_MILLIS = 100;

export interface Progress {
  /** Bytes done so far. */
  readonly update: (bytes: number) => void;
  readonly end: () => void;
}

/** Of a reading of `files`. */
export function startProgress(files: readonly JournalFile[]): Progress {
  const totalBytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return progressOf('reading the journal', () => totalBytes);
}

/** Of an index that reads what is new before it answers `question`. */
export async function progressOfIndex<T>(
  question: (onProgress: (readBytes: number, totalBytes: number) => void) => Promise<T>,
): Promise<T> {
  let total = 0;
  const progress = progressOf('reading the journal', () => total);
  try {
    return await question((readBytes, totalBytes) => {
      total = totalBytes;
      progress.update(readBytes);
    });
  } finally {
    progress.end();
  }
}

/** @param totalBytes asked at each drawing. */
export function progressOf(what: string, totalBytes: () => number): Progress {
  let drawnAt = performance.now() + PATIENCE_MILLIS - REDRAW_MILLIS;
  let drawn = false;
  return {
    update(bytes) {
      const now = performance.now();
      if (!process.stderr.isTTY || now - drawnAt < REDRAW_MILLIS) return;
      drawnAt = now;
      drawn = true;
      const percent = Math.min(100, Math.floor((100 * bytes) / Math.max(1, totalBytes())));
      process.stderr.write(`\r\u001B[K${what}: ${percent}% of ${formatBytes(totalBytes())}`);
    },
    end() {
      if (drawn) process.stderr.write('\r\u001B[K');
      drawn = false;
    },
  };
}
