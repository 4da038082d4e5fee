// Shows how far a reading is, on stderr, once it takes longer than a second. Silent where nobody looks.
import { type JournalFile } from '../query/journal-files.ts';
import { formatBytes } from './format.ts';

const PATIENCE_MILLIS = 1000;
const REDRAW_MILLIS = 100;

export interface Progress {
  /** Bytes read so far. */
  readonly update: (bytes: number) => void;
  readonly end: () => void;
}

export function startProgress(files: readonly JournalFile[]): Progress {
  const totalBytes = files.reduce((sum, file) => sum + file.bytes, 0);
  let drawnAt = performance.now() + PATIENCE_MILLIS - REDRAW_MILLIS;
  let drawn = false;
  return {
    update(bytes) {
      const now = performance.now();
      if (!process.stderr.isTTY || now - drawnAt < REDRAW_MILLIS) return;
      drawnAt = now;
      drawn = true;
      const percent = Math.min(100, Math.floor((100 * bytes) / Math.max(1, totalBytes)));
      process.stderr.write(`\r\u001B[Kreading the journal: ${percent}% of ${formatBytes(totalBytes)}`);
    },
    end() {
      if (drawn) process.stderr.write('\r\u001B[K');
      drawn = false;
    },
  };
}
