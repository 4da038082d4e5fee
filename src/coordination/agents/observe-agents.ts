// How many agents live and how many do not, as gauges: of all the store knows, so that a process that lives tells of those that do not.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Meter } from '@opentelemetry/api';
import { labelOf, OTHER } from '../../internal/bounded-labels.ts';
import { COORDINATION_FILE } from '../../internal/data-directory.ts';
import * as names from '../../semconv.ts';
import { coordinationSettings, isSwitchedOff } from '../settings.ts';
import { type AgentSummary, type AgentsOfName, lookAfterAgents } from './watch-agents.ts';

const STATES = ['alive', 'blocked', 'stale', 'lost'] as const;
/** A collection does not wait longer for the store. */
const PATIENCE_MILLIS = 500;
const NONE: AgentsOfName = { alive: 0, blocked: 0, stale: 0, lost: 0 };

/** Costs nothing where no agent has ever been: the store is not made for it. */
export function observeAgents(meter: Meter): void {
  const agents = meter.createObservableGauge(names.METRIC_AGENTS, {
    unit: '{agent}',
    description: 'Agents that have not ended, of all processes that share a store, by state.',
  });
  const age = meter.createObservableGauge(names.METRIC_AGENT_LAST_HEARTBEAT_AGE, {
    unit: 's',
    description: 'Time since the last heartbeat of the agent that has been silent longest, of those that are not lost.',
  });
  const folded = meter.createCounter(names.METRIC_SERIES_FOLDED, names.SERIES_FOLDED_OPTIONS);
  const onFold = (): void => folded.add(1, { [names.AGENT_VITALS_INSTRUMENT]: names.METRIC_AGENTS });
  let last: AgentSummary = {};
  /** A reader that keeps what it saw of a name must hear that nothing is there any more. */
  const seen = new Set<string>();
  meter.addBatchObservableCallback(
    async (result) => {
      if (isSwitchedOff() || !hasStore()) return;
      // What comes later is told the next time.
      const looking = lookAfterAgents().then((summary) => (last = summary));
      await Promise.race([looking.catch(() => undefined), sleep(PATIENCE_MILLIS, undefined, { ref: false })]);
      const bounded = bound(last, seen, onFold);
      for (const name of bounded.keys()) seen.add(name);
      for (const name of seen) {
        const labels = { [names.GEN_AI_AGENT_NAME]: name };
        const found = bounded.get(name) ?? NONE;
        for (const state of STATES) {
          result.observe(agents, found[state], { ...labels, [names.AGENT_VITALS_AGENT_STATE]: state });
        }
        result.observe(age, (found.silentMillis ?? 0) / 1000, labels);
      }
    },
    [agents, age],
  );
}

function hasStore(): boolean {
  const { redisUrl, dir } = coordinationSettings();
  return redisUrl !== undefined || existsSync(join(dir, COORDINATION_FILE));
}

/** No more names than there is room for; the others together are `other`. */
function bound(summary: AgentSummary, seen: ReadonlySet<string>, onFold: () => void): Map<string, AgentsOfName> {
  const room = Math.floor((coordinationSettings().maxSeries - 1) / STATES.length) - 1;
  const bounded = new Map<string, AgentsOfName>();
  let taken = seen.size;
  for (const [given, counts] of Object.entries(summary)) {
    const name = labelOf(given);
    if (!seen.has(name)) taken += 1;
    const hasRoom = seen.has(name) || taken <= room;
    if (!hasRoom) onFold();
    const key = hasRoom ? name : OTHER;
    bounded.set(key, add(bounded.get(key) ?? NONE, counts));
  }
  return bounded;
}

function add(one: AgentsOfName, other: AgentsOfName): AgentsOfName {
  const silent = Math.max(one.silentMillis ?? -1, other.silentMillis ?? -1);
  return {
    alive: one.alive + other.alive,
    blocked: one.blocked + other.blocked,
    stale: one.stale + other.stale,
    lost: one.lost + other.lost,
    ...(silent >= 0 && { silentMillis: silent }),
  };
}
