// Looks into a directory that need not be there.
import { readdirSync } from 'node:fs';

/** What is in a directory; nothing where there is none or it may not be read. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
