// Writes the beats of this process's agents to the store, many at once. Must never throw, wait or hold the process: an agent does not know whether
// anybody listens.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { guard } from '../../internal/guard.ts';
import type { Heartbeat } from '../../semconv.ts';
import { newEvent } from '../own-event.ts';
import { isSwitchedOff, retentionMillis } from '../settings.ts';
import { coordinationStore } from '../store/process-store.ts';
import type { NewRecord } from '../store/store.ts';
import { traceparentOf } from '../trace-context.ts';
import { AGENTS, toRecord } from './agent-record.ts';
import { isEnd } from './agent-state.ts';
import { leaveThread, threadFor } from './loop-thread.ts';
import { watchWhile } from './watch-agents.ts';

/** What only says "still so" waits for so long, or a quarter of the time in which it is expected. */
const BATCH_MILLIS = 1000;
/** News waits for so long when there were some just before. */
const NEWS_MILLIS = 50;
const RETRY_MILLIS = 1000;
/** Beats in one transaction: some milliseconds in which the event loop stands. */
const BATCH_SIZE = 500;
/** Beats that wait for a store that is away; of each agent the last is kept, and of agents the newest. */
const MAX_WAITING = 20_000;

interface OpenAgent {
  /** What was heard last. */
  last: Heartbeat;
  /** By the store's clock; `undefined` until it has told. */
  startedAt: number | undefined;
  readonly thread: string | undefined;
}

interface WaitingBeat {
  readonly beat: Heartbeat;
  /** `agent.running` and the like where the status has changed: of the beats themselves there are so many that they would drive it out. */
  readonly eventType: 'agent.heartbeat' | `agent.${Heartbeat['status']}`;
}

/** Of this process, from their first beat until their last is written. */
const open = new Map<string, OpenAgent>();
let waiting: WaitingBeat[] = [];
let timer: NodeJS.Timeout | undefined;
let dueAt = Infinity;
let writtenAt = -Infinity;
/** After a failure. */
let notBefore = -Infinity;
let writing: Promise<void> | undefined;

export function takeHeartbeat(beat: Heartbeat): void {
  if (isSwitchedOff()) return;
  const agent = open.get(beat.id);
  const before = agent?.last;
  if (agent) agent.last = beat;
  else {
    const thread = beat.heartbeatThread ? guard('starting a thread', () => threadFor(beat)) : undefined;
    open.set(beat.id, { last: beat, startedAt: undefined, thread });
    watchWhile(() => open.size > 0);
  }
  if (waiting.length >= 2 * MAX_WAITING) keepNewest([]);
  waiting.push({ beat, eventType: before?.status === beat.status ? 'agent.heartbeat' : `agent.${beat.status}` });
  if (before === beat) writeSoon(Math.min(BATCH_MILLIS, beat.expectEveryMillis / 4));
  else writeSoon(isEnd(beat.status) ? 0 : NEWS_MILLIS - (performance.now() - writtenAt));
}

function writeSoon(millis: number): void {
  const now = performance.now();
  const at = Math.max(now + millis, notBefore);
  if (writing || at >= dueAt) return;
  dueAt = at;
  clearTimeout(timer);
  // At once is before the process can end by itself; the timer would not keep it.
  if (at <= now) queueMicrotask(write);
  else timer = setTimeout(write, at - now).unref();
}

/** Writes what waits now. Never rejects. */
export async function flushHeartbeats(): Promise<void> {
  await writing;
  notBefore = -Infinity;
  await write();
}

function write(): Promise<void> {
  writing ??= writeAll().finally(() => {
    writing = undefined;
    if (waiting.length > 0) writeSoon(0);
  });
  return writing;
}

async function writeAll(): Promise<void> {
  clearTimeout(timer);
  let failed = false;
  while (waiting.length > 0 && !failed) {
    const batch = waiting.splice(0, BATCH_SIZE);
    failed = !(await writeBatch(batch));
    if (failed) keepNewest(batch);
    else if (waiting.length > 0) await nextTurn();
  }
  writtenAt = performance.now();
  notBefore = failed ? writtenAt + RETRY_MILLIS : -Infinity;
  dueAt = Infinity;
}

/** @returns whether they are written. */
async function writeBatch(batch: readonly WaitingBeat[]): Promise<boolean> {
  try {
    const written = await coordinationStore().put(batch.map(recordOf));
    for (const [index, { beat }] of batch.entries()) {
      const agent = open.get(beat.id);
      if (!agent) continue;
      agent.startedAt ??= written[index]?.updatedAt;
      if (agent.last === beat && beat.isLast) {
        open.delete(beat.id);
        if (agent.thread !== undefined) leaveThread();
      }
    }
    return true;
  } catch {
    // The store has said it.
    return false;
  }
}

function recordOf({ beat, eventType }: WaitingBeat): NewRecord {
  const agent = open.get(beat.id);
  const { id, name, status, progress = null, task = null, traceId, spanId } = beat;
  const trace =
    traceId === undefined || spanId === undefined ? {} : { traceparent: traceparentOf({ traceId, spanId }) };
  return {
    collection: AGENTS,
    key: id,
    value: toRecord(beat, agent?.startedAt, agent?.thread),
    ttlMillis: retentionMillis(),
    event: newEvent(eventType, { status, progress, task }, { agent: { id, name }, trace }),
  };
}

/** The store is away: what is to be written when it is back. */
function keepNewest(batch: readonly WaitingBeat[]): void {
  const newest = new Map<string, WaitingBeat>();
  for (const one of [...batch, ...waiting]) {
    newest.delete(one.beat.id);
    newest.set(one.beat.id, one);
  }
  waiting = [...newest.values()].slice(-MAX_WAITING);
}
