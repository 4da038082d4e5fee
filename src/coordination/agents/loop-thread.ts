// The thread that says of this process that it lives, and whether its event loop turns: started with the first agent that asks for it, ended with
// the last. Must never keep the process.
import { randomUUID } from 'node:crypto';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { warnOnce } from '../../internal/log.ts';
import type { Heartbeat } from '../../semconv.ts';
import { coordinationSettings } from '../settings.ts';

/** Milliseconds between two signs that the loop turns. */
export const TURN_MILLIS = 250;
/** Longest between two reports. */
const REPORT_MILLIS = 5000;
const LEAST_REPORT_MILLIS = 100;

/** What the two threads share: how often the loop has turned, and how often to report in milliseconds. */
export interface SharedWithThread {
  readonly key: string;
  readonly turns: Int32Array;
  readonly settings: ReturnType<typeof coordinationSettings>;
}

let running:
  | { readonly shared: SharedWithThread; readonly worker: Worker; readonly timer: NodeJS.Timeout; agents: number }
  | undefined;

/** @returns the key under which the thread reports. */
export function threadFor({ expectEveryMillis }: Heartbeat): string {
  running ??= start();
  running.agents += 1;
  const { key, turns } = running.shared;
  const reportMillis = Math.max(LEAST_REPORT_MILLIS, Math.min(Atomics.load(turns, 1), expectEveryMillis / 2));
  Atomics.store(turns, 1, reportMillis);
  return key;
}

/** An agent that asked for it has ended. */
export function leaveThread(): void {
  if (!running) return;
  running.agents -= 1;
  if (running.agents > 0) return;
  clearInterval(running.timer);
  void running.worker.terminate();
  running = undefined;
}

function start(): NonNullable<typeof running> {
  const turns = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  Atomics.store(turns, 1, REPORT_MILLIS);
  const shared: SharedWithThread = { key: randomUUID(), turns, settings: coordinationSettings() };
  // A file of its own beside this one, in the sources and in the bundle alike.
  const worker = new Worker(join(import.meta.dirname, `loop-report${extname(import.meta.filename)}`), {
    name: 'agent-vitals heartbeats',
    workerData: shared,
    // Not the flag that started us here: it would start us there too.
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  worker.on('error', () => {
    warnOnce(
      'agents:thread',
      'the thread that tells a blocked event loop from a dead process has failed: it is not told.',
    );
  });
  worker.unref();
  const timer = setInterval(() => Atomics.add(turns, 0, 1), TURN_MILLIS).unref();
  return { shared, worker, timer, agents: 0 };
}
