// The two ways to run an agent: around a function, or from here to there.

import { needFunction } from '../run/need-function.ts';
import { type Agent, RunningAgent } from './agent.ts';
import type { AgentOptions } from './agent-options.ts';

/**
 * Runs `fn` as an agent: a span `invoke_agent {name}` from now until it returns or its promise settles, with heartbeats as long. The calls made
 * below carry the agent's name. It ends as `completed`; as `failed` when `fn` throws, as `cancelled` when what it throws says that it was aborted;
 * or as the agent has said itself by then.
 * @returns what `fn` returns. It throws what `fn` throws, the same object.
 * @throws {TypeError} or {RangeError} when an option cannot be right, or `fn` is no function; then nothing is run.
 */
export function withAgent<T>(options: AgentOptions, fn: (agent: Agent) => T): T {
  needFunction(fn, 'withAgent({ name: "researcher" }, async (agent) => ...)');
  return new RunningAgent(options, true).runToEnd(fn);
}

/**
 * Starts an agent that ends with its `stop()`. What it does is told by `agent.run(fn)`.
 * @throws {TypeError} or {RangeError} when an option cannot be right.
 */
export function startAgent(options: AgentOptions): Agent {
  return new RunningAgent(options, false);
}
