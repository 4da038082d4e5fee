// An agent as it lies in the store: what it said last, and by what it is judged. Read leniently, for another version may have written it.
import { hostname } from 'node:os';
import type { Heartbeat } from '../../semconv.ts';
import { coordinationSettings } from '../settings.ts';
import type { JsonValue, StoredRecord } from '../store/store.ts';

export const AGENTS = 'agents';

/** Times are milliseconds since the epoch by the store's clock. */
export interface RecordedAgent extends Omit<Heartbeat, 'heartbeatThread' | 'isLast'> {
  readonly startedAt: number;
  readonly lastBeatAt: number;
  /** Without a beat for as long it is lost. */
  readonly lostAfterMillis: number;
  readonly host: string;
  readonly pid: number;
  /** Which thread tells of its process. */
  readonly thread: string | undefined;
}

const host = hostname();

/** @param startedAt by the store's clock; `undefined` with the first beat, before the store has told. */
export function toRecord(beat: Heartbeat, startedAt: number | undefined, thread: string | undefined): JsonValue {
  const { id: _, heartbeatThread: __, isLast: ___, metadata, ...said } = beat;
  const lostAfterMillis = Math.max(coordinationSettings().coordination.agentTtlMillis, 3 * beat.expectEveryMillis);
  // JSON leaves out what is undefined.
  return { ...said, metadata, startedAt, lostAfterMillis, host, pid: process.pid, thread } as JsonValue;
}

export function fromRecord({ key, value, updatedAt }: StoredRecord): RecordedAgent {
  const said = value as unknown as Partial<RecordedAgent>;
  const expectEveryMillis = said.expectEveryMillis ?? 60_000;
  return {
    id: key,
    name: said.name ?? key,
    version: said.version,
    status: said.status ?? 'running',
    progress: said.progress,
    task: said.task,
    metadata: said.metadata ?? {},
    startedAt: said.startedAt ?? updatedAt,
    lastBeatAt: updatedAt,
    expectEveryMillis,
    lostAfterMillis: said.lostAfterMillis ?? 3 * expectEveryMillis,
    host: said.host ?? '',
    pid: said.pid ?? 0,
    thread: said.thread,
    traceId: said.traceId,
    spanId: said.spanId,
  };
}
