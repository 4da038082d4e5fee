// What processes say of themselves in `<dir>/status/*.json`. Read leniently: a file may be of another version, torn, or of a process long gone.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BackendStatus } from '../backends/backend.ts';
import type { HookedModule } from '../instrumentation/hook/hooked-modules.ts';
import { STATUS_DIRECTORY } from '../internal/data-directory.ts';
import type { Problem } from '../internal/log.ts';
import { namesIn } from '../internal/names-in.ts';
import { isAlive } from '../internal/process-alive.ts';
import { isObject } from '../query/otlp-json.ts';

export interface KnownProcess {
  readonly pid: number;
  readonly alive: boolean;
  readonly version: string | null;
  readonly node: string | null;
  readonly program: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number | null;
  readonly writtenAt: number;
  readonly backends: Readonly<Record<string, Partial<BackendStatus>>>;
  readonly modules: readonly Partial<HookedModule>[];
  readonly problems: readonly Partial<Problem>[];
}

/** A status file is small; anything larger is none. */
const MAX_BYTES = 1_000_000;

/** Live ones first, then the newest. */
export function readProcesses(dir: string): KnownProcess[] {
  const directory = join(dir, STATUS_DIRECTORY);
  return namesIn(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readProcess(join(directory, name)))
    .filter((one) => one !== undefined)
    .sort((a, b) => Number(b.alive) - Number(a.alive) || b.writtenAt - a.writtenAt);
}

function readProcess(path: string): KnownProcess | undefined {
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > MAX_BYTES) return undefined;
    const status: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isObject(status)) return undefined;
    const { pid } = status;
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
    const backends = isObject(status.backends)
      ? Object.entries(status.backends).filter(([, one]) => isObject(one))
      : [];
    // Its last words are that all is stopped; the number may be another's by now.
    const hasEnded =
      backends.length > 0 && backends.every(([, one]) => (one as Partial<BackendStatus>).state === 'stopped');
    return {
      pid,
      alive: !hasEnded && isAlive(pid),
      version: textOr(status.version),
      node: textOr(status.node),
      program: textOr(status.program),
      startedAt: typeof status.startedAt === 'number' ? status.startedAt : null,
      writtenAt: Math.round(stat.mtimeMs),
      backends: Object.fromEntries(backends) as KnownProcess['backends'],
      modules: listOf(status.modules),
      problems: listOf(status.problems),
    };
  } catch {
    // Torn, or gone since it was listed.
    return undefined;
  }
}

function textOr(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function listOf<T extends object>(value: unknown): T[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isObject).map((one) => one as T) : [];
}
