// What a process tells of itself: to the status file that `agent-vitals doctor` reads, and to `status()`.
import { basename } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import type { BackendStatus } from '../backends/backend.ts';
import { type HookedModule, hookedModules } from '../instrumentation/hook/hooked-modules.ts';
import { type Problem, problems } from '../internal/log.ts';
import { VERSION } from '../internal/version.ts';

export interface ProcessStatus {
  readonly version: string;
  readonly node: string;
  readonly pid: number;
  /** Absent in the main thread. */
  readonly thread?: number;
  /** File name of the program. Never its arguments: they hold secrets. */
  readonly program: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly backends: Readonly<Record<string, BackendStatus>>;
  /** What was hooked at which version, what was not and why. */
  readonly modules: readonly HookedModule[];
  readonly problems: readonly Problem[];
}

const startedAt = Math.round(Date.now() - process.uptime() * 1000);

export function processStatus(backends: Readonly<Record<string, BackendStatus>>): ProcessStatus {
  return {
    version: VERSION,
    node: process.versions.node,
    pid: process.pid,
    ...(isMainThread ? {} : { thread: threadId }),
    program: basename(process.argv[1] ?? ''),
    startedAt,
    backends,
    modules: hookedModules(),
    problems: [...problems().values()],
  };
}
