// What processes say of themselves in `<dir>/status/*.json`. Read leniently: the file may be of another version, torn, or of a process long gone.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from './otlp-json.ts';

export interface ProcessStatus {
  readonly pid: number;
  readonly alive: boolean;
  /** Milliseconds since the epoch at which the status was written. */
  readonly writtenMillis: number;
  /** As the process wrote it. */
  readonly status: Readonly<Record<string, unknown>>;
}

/** A status file is small; anything larger is none. */
const MAX_BYTES = 1_000_000;

/** Newest first. */
export function readProcesses(dir: string): ProcessStatus[] {
  const directory = join(dir, 'status');
  return namesIn(directory)
    .map((name) => readStatus(join(directory, name)))
    .filter((one) => one !== undefined)
    .sort((a, b) => b.writtenMillis - a.writtenMillis);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

function readStatus(path: string): ProcessStatus | undefined {
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > MAX_BYTES) return undefined;
    const status: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isObject(status) || typeof status.pid !== 'number' || !Number.isSafeInteger(status.pid) || status.pid <= 0)
      return undefined;
    return { pid: status.pid, alive: !hasEnded(status) && isAlive(status.pid), writtenMillis: stat.mtimeMs, status };
  } catch {
    return undefined;
  }
}

/** A process that ended in order says so; its number may be another's by now. */
function hasEnded(status: Record<string, unknown>): boolean {
  return typeof status.endedAt === 'number' || typeof status.endedAt === 'string' || status.ended === true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // There, but another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
