// Looks after all agents of the store, whoever runs them: notices who has become stale or lost, tells it once, and sums up how many there are.
// However many processes look, one does at a time.
import { logs, SeverityNumber } from '@opentelemetry/api';
import { guard } from '../../internal/guard.ts';
import { VERSION } from '../../internal/version.ts';
import * as names from '../../semconv.ts';
import { newEvent } from '../own-event.ts';
import { retentionMillis } from '../settings.ts';
import { coordinationStore } from '../store/process-store.ts';
import type { JsonValue } from '../store/store.ts';
import type { AgentState } from './agent-state.ts';
import { type KnownAgent, readAgents } from './known-agents.ts';

/** How often it is looked. */
const LOOK_MILLIS = 5000;
const LOOKS = 'agent-looks';
const TOLD = 'agent-states';

/** States that people want to hear of, and how bad each is. */
const WORRYING: Partial<Record<AgentState, SeverityNumber>> = {
  blocked: SeverityNumber.WARN,
  stale: SeverityNumber.WARN,
  lost: SeverityNumber.ERROR,
};

/** Of the agents of one name that have not ended. */
export interface AgentsOfName {
  readonly alive: number;
  readonly blocked: number;
  readonly stale: number;
  readonly lost: number;
  /** Milliseconds since the last beat of the one that has been silent longest, of those not lost; absent without any. */
  readonly silentMillis?: number;
}
export type AgentSummary = Readonly<Record<string, AgentsOfName>>;

/** Transitions this process knows to be told. */
let told = new Set<string>();
let timer: NodeJS.Timeout | undefined;

/** Looks now and then for as long as `isNeeded`. */
export function watchWhile(isNeeded: () => boolean): void {
  timer ??= setInterval(() => {
    if (isNeeded()) {
      // The store has said what is wrong with it.
      void lookAfterAgents().catch(() => undefined);
      return;
    }
    clearInterval(timer);
    timer = undefined;
  }, LOOK_MILLIS).unref();
}

/**
 * @returns how it stands, as seen in the last five seconds by whichever process looked.
 * @throws {StoreUnavailableError}
 */
export async function lookAfterAgents(): Promise<AgentSummary> {
  const store = coordinationStore();
  const seen = await store.get(LOOKS, 'look');
  if (seen === undefined) {
    const turn = await store.claim({ collection: LOOKS, key: 'look', value: {}, ttlMillis: LOOK_MILLIS });
    if (turn.won) return look();
  }
  const summary = await store.get(LOOKS, 'summary');
  return (summary?.value ?? {}) as unknown as AgentSummary;
}

async function look(): Promise<AgentSummary> {
  const { now, agents } = await readAgents();
  const before = told;
  told = new Set();
  for (const agent of agents) {
    if (WORRYING[agent.state] === undefined) continue;
    const key = `${agent.id} ${agent.state} ${agent.lastBeatAt}`;
    if (!before.has(key)) await tell(agent, key);
    told.add(key);
  }
  const summary = summarise(agents, now);
  const value = summary as unknown as JsonValue;
  await coordinationStore().put([{ collection: LOOKS, key: 'summary', value, ttlMillis: 10 * LOOK_MILLIS }]);
  return summary;
}

/** Once, whichever process notices it. */
async function tell({ id, name, state, since, status, task, lastBeatAt }: KnownAgent, key: string): Promise<void> {
  const payload = { since, status, task: task ?? null, lastBeatAt };
  const event = newEvent(`agent.${state}`, payload, { agent: { id, name } });
  const ttlMillis = retentionMillis();
  const { won } = await coordinationStore().claim({ collection: TOLD, key, value: null, ttlMillis, event });
  if (!won) return;
  guard('emitting an event', () =>
    logs.getLogger(names.SCOPE_NAME, VERSION).emit({
      eventName: names.EVENT_AGENT_STATE,
      severityNumber: WORRYING[state],
      attributes: {
        [names.GEN_AI_AGENT_ID]: id,
        [names.GEN_AI_AGENT_NAME]: name,
        [names.AGENT_VITALS_AGENT_STATE]: state,
        [names.AGENT_VITALS_AGENT_STATUS]: status,
      },
    }),
  );
}

function summarise(agents: readonly KnownAgent[], now: number): AgentSummary {
  const byName = new Map<string, { -readonly [K in keyof AgentsOfName]: AgentsOfName[K] }>();
  for (const { name, state, lastBeatAt } of agents) {
    const counts = byName.get(name) ?? { alive: 0, blocked: 0, stale: 0, lost: 0 };
    byName.set(name, counts);
    if (state === 'ended') continue;
    counts[state] += 1;
    if (state !== 'lost') counts.silentMillis = Math.max(counts.silentMillis ?? 0, now - lastBeatAt);
  }
  return Object.fromEntries(byName);
}
