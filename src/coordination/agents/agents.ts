// What the code and the command line ask of the agents that run anywhere. Of those of this process it is their last word.

import { requireAuthorized } from '../authorize.ts';
import { currentAgent } from '../current-agent.ts';
import { InvalidInputError } from '../errors.ts';
import { coordinationStore } from '../store/process-store.ts';
import { AGENTS } from './agent-record.ts';
import { flushHeartbeats } from './heartbeats.ts';
import { type KnownAgent, readAgent, readAgents } from './known-agents.ts';

export const agents = {
  /**
   * Every agent that is known, with those that have ended or are lost until their retention is over. By name, then the newest first.
   * @throws {StoreUnavailableError}
   */
  async list(): Promise<readonly KnownAgent[]> {
    await flushHeartbeats();
    return (await readAgents()).agents;
  },

  /**
   * @returns `undefined` when there is none of this id.
   * @throws {StoreUnavailableError}
   */
  async get(id: string): Promise<KnownAgent | undefined> {
    await flushHeartbeats();
    return await readAgent(id);
  },

  /**
   * Takes agents off the list, such as those that are lost for good. One that lives is on it again with its next beat.
   * @returns how many were on it.
   * @throws {InvalidInputError} {NotAuthorizedError} {StoreUnavailableError}
   */
  async forget(...ids: readonly string[]): Promise<number> {
    if (ids.length === 0 || ids.some((id) => typeof id !== 'string' || id === '')) {
      throw new InvalidInputError('forget() takes the ids of agents, as texts.');
    }
    await requireAuthorized('clear', currentAgent(), { type: 'agent' });
    return coordinationStore().remove(AGENTS, ids);
  },
};
