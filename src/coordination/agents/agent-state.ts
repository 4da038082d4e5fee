// What is to be thought of an agent, by the age of its last beat on the store's clock.
import type { AgentStatus } from '../../semconv.ts';
import type { RecordedAgent } from './agent-record.ts';

/**
 * `alive`: it beats. `blocked`: it does not, but its process lives and has no time for it. `stale`: nothing came for two intervals. `lost`: nothing
 * came for its time to live. `ended`: it said so.
 */
export const AGENT_STATES = ['alive', 'blocked', 'stale', 'lost', 'ended'] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** What the thread of its process has said last. */
export interface ThreadReport {
  readonly at: number;
  /** Milliseconds without another word after which it says nothing any more. */
  readonly validMillis: number;
  /** Since when the event loop does not turn; `undefined` when it does. */
  readonly blockedSince: number | undefined;
}

export interface StateOfAgent {
  readonly state: AgentState;
  readonly since: number;
}

const ENDED: ReadonlySet<AgentStatus> = new Set(['completed', 'failed', 'cancelled']);

export function isEnd(status: AgentStatus): boolean {
  return ENDED.has(status);
}

export function stateOf(agent: RecordedAgent, thread: ThreadReport | undefined, now: number): StateOfAgent {
  const { status, startedAt, lastBeatAt, expectEveryMillis, lostAfterMillis } = agent;
  if (isEnd(status)) return { state: 'ended', since: lastBeatAt };
  const staleAt = lastBeatAt + 2 * expectEveryMillis;
  if (now < staleAt) return { state: 'alive', since: startedAt };
  const isThreadAlive = thread !== undefined && now < thread.at + thread.validMillis;
  if (isThreadAlive && thread.blockedSince !== undefined) {
    // A beat is younger than the last turn that was looked at.
    return { state: 'blocked', since: Math.max(thread.blockedSince, lastBeatAt) };
  }
  const lostAt = lastBeatAt + lostAfterMillis;
  return now < lostAt ? { state: 'stale', since: staleAt } : { state: 'lost', since: lostAt };
}
