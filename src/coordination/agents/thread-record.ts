// What the thread of a process says of it in the store.
import type { JsonValue, NewRecord, StoredRecord } from '../store/store.ts';
import type { ThreadReport } from './agent-state.ts';

export const THREADS = 'agent-threads';

export function toThreadRecord(key: string, validMillis: number, blockedMillis: number | undefined): NewRecord {
  const value = { validMillis, blockedMillis } as JsonValue;
  return { collection: THREADS, key, value, ttlMillis: 2 * validMillis };
}

export function fromThreadRecord({ value, updatedAt }: StoredRecord): ThreadReport {
  const { validMillis = 0, blockedMillis } = value as { validMillis?: number; blockedMillis?: number };
  const blockedSince = blockedMillis === undefined ? undefined : updatedAt - blockedMillis;
  return { at: updatedAt, validMillis, blockedSince };
}
