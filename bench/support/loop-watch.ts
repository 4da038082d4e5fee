// Watches what holds the event loop: between two of its turns, how long a callback of the host waits, and what for. On a busy machine that is mostly
// for other programs to give up the processor, which must not hide what is our own.
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** In milliseconds. */
export interface Hold {
  /** Of the wall clock. */
  readonly wall: number;
  /** Processor time of the thread. */
  readonly cpu: number;
  /** Without the time in which others had the processor, so with what the disk took. Linux only; elsewhere the same as `wall`. */
  readonly own: number;
}

/** Node has it from 23.9 on; before, what other threads use is counted too. */
export const { threadCpuUsage = process.cpuUsage } = process as { readonly threadCpuUsage?: typeof process.cpuUsage };

export class LoopWatch {
  #holds: Hold[] = [];
  #next: NodeJS.Immediate | undefined;

  start(): void {
    this.#holds = [];
    let before = take();
    const turn = (): void => {
      const now = take();
      const wall = now.wall - before.wall;
      this.#holds.push({ wall, cpu: now.cpu - before.cpu, own: wall - (now.queued - before.queued) });
      before = now;
      this.#next = setImmediate(turn);
    };
    this.#next = setImmediate(turn);
  }

  /** @returns one for each turn of the loop since the start. */
  async stop(): Promise<readonly Hold[]> {
    await new Promise((resolve) => setImmediate(resolve));
    clearImmediate(this.#next);
    return this.#holds;
  }
}

function take(): { readonly wall: number; readonly cpu: number; readonly queued: number } {
  // Linux brings the time of the running thread up to date when it is asked for that of the process: else it may be some milliseconds old.
  process.cpuUsage();
  const { user, system } = threadCpuUsage();
  return { wall: performance.now(), cpu: (user + system) / 1000, queued: queuedMillis() };
}

/** How long this thread was ready to run and did not. */
function queuedMillis(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
