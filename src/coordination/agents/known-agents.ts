// All agents the store knows, each with what is to be thought of it now.
import { allRecords } from '../all-records.ts';
import { coordinationStore } from '../store/process-store.ts';
import type { StoredRecord } from '../store/store.ts';
import { AGENTS, fromRecord, type RecordedAgent } from './agent-record.ts';
import { type AgentState, stateOf, type ThreadReport } from './agent-state.ts';
import { fromThreadRecord, THREADS } from './thread-record.ts';

/** Times are milliseconds since the epoch by the store's clock, which all processes share. */
export interface KnownAgent extends Omit<RecordedAgent, 'thread'> {
  readonly state: AgentState;
  /** When it came into this state. */
  readonly since: number;
}

export interface KnownAgents {
  /** When they were looked at. */
  readonly now: number;
  /** By name, then the newest first. */
  readonly agents: readonly KnownAgent[];
}

/** @throws {StoreUnavailableError} */
export async function readAgents(): Promise<KnownAgents> {
  // The threads first: what a thread has said cannot be older than the agent then.
  const threads = await allRecords(THREADS);
  const reports = new Map(threads.records.map((record) => [record.key, fromThreadRecord(record)]));
  const { now, records } = await allRecords(AGENTS);
  const agents = records.map((record) => judge(record, reports, now));
  agents.sort((a, b) => (a.name === b.name ? b.startedAt - a.startedAt : a.name < b.name ? -1 : 1));
  return { now, agents };
}

/** @throws {StoreUnavailableError} */
export async function readAgent(id: string): Promise<KnownAgent | undefined> {
  const store = coordinationStore();
  const record = await store.get(AGENTS, id);
  if (record === undefined) return undefined;
  const { thread } = fromRecord(record);
  const report = thread === undefined ? undefined : await store.get(THREADS, thread);
  const reports = new Map(report && [[report.key, fromThreadRecord(report)]]);
  return judge(record, reports, await store.now());
}

function judge(record: StoredRecord, reports: ReadonlyMap<string, ThreadReport>, now: number): KnownAgent {
  const { thread, ...agent } = fromRecord(record);
  const report = thread === undefined ? undefined : reports.get(thread);
  return { ...agent, ...stateOf({ ...agent, thread }, report, now) };
}
