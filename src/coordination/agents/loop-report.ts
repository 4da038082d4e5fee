// Runs in a thread of its own, see loop-thread.ts: looks whether the event loop of the process turns, and reports to the store.
import { workerData } from 'node:worker_threads';
import { configureCoordination } from '../settings.ts';
import { coordinationStore } from '../store/process-store.ts';
import { type SharedWithThread, TURN_MILLIS } from './loop-thread.ts';
import { toThreadRecord } from './thread-record.ts';

/** A loop that has not turned for so long is blocked. */
const BLOCKED_MILLIS = 1000;

const { key, turns, settings } = workerData as SharedWithThread;
let seen = -1;
let turnedAt = performance.now();
let reportedAt = -Infinity;
let wasBlocked = false;
let isReporting = false;

configureCoordination(settings);
setInterval(look, TURN_MILLIS);

function look(): void {
  const now = performance.now();
  const turn = Atomics.load(turns, 0);
  if (turn !== seen) {
    seen = turn;
    turnedAt = now;
  }
  const blockedMillis = now - turnedAt;
  const isBlocked = blockedMillis >= BLOCKED_MILLIS;
  const reportMillis = Atomics.load(turns, 1);
  if (isReporting || (isBlocked === wasBlocked && now - reportedAt < reportMillis)) return;
  reportedAt = now;
  wasBlocked = isBlocked;
  void report(3 * Math.max(reportMillis, BLOCKED_MILLIS), isBlocked ? Math.round(blockedMillis) : undefined);
}

async function report(validMillis: number, blockedMillis: number | undefined): Promise<void> {
  isReporting = true;
  try {
    await coordinationStore().put([toThreadRecord(key, validMillis, blockedMillis)]);
  } catch {
    // It is said by the process itself, and tried again.
  }
  isReporting = false;
}
