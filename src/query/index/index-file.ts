// Where the index of a journal lies, and how it goes.
import { rmSync } from 'node:fs';
import { join } from 'node:path';

export function indexPath(dir: string): string {
  return join(dir, 'index.db');
}

export function removeIndex(dir: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(indexPath(dir) + suffix, { force: true });
}
