// Who may do what: the user's own rule, asked before anything is done. What it does not clearly allow is not allowed.
import { type AgentIdentity } from './current-agent.ts';
import { NotAuthorizedError } from './errors.ts';

export type CoordinationAction = 'send' | 'approve' | 'clear';

/** What the action is about; what does not apply is absent. */
export interface ActionDetails {
  /** Of the signals or events, or what is to be approved. */
  readonly type?: string | undefined;
  /** Whom the signals are for; absent for all. */
  readonly to?: string | undefined;
  /** Id of a request. */
  readonly id?: string | undefined;
  /** Who answers a request, as they call themselves. */
  readonly responder?: string | undefined;
}

/**
 * @param action `send`: a signal; `approve`: answer a request, whichever way; `clear`: remove signals, events or feedback, or forget agents.
 * @param agent who wants to; `undefined` outside of an agent.
 * @returns true when it is allowed. Any other value, and what it throws, forbids it.
 */
export type Authorize = (
  action: CoordinationAction,
  agent: AgentIdentity | undefined,
  details: ActionDetails,
) => boolean | Promise<boolean>;

let authorize: Authorize | undefined;

/** Sets the rule of this process; `undefined` allows everything again. It binds this process alone: who runs others, or the command line, sets theirs. */
export function authorizeWith(rule: Authorize | undefined): void {
  authorize = rule;
}

/** Whether there is a rule of the user's. */
export function hasRule(): boolean {
  return authorize !== undefined;
}

/** @throws {NotAuthorizedError} */
export async function requireAuthorized(
  action: CoordinationAction,
  agent: AgentIdentity | undefined,
  details: ActionDetails,
): Promise<void> {
  if (!authorize) return;
  let cause: unknown;
  try {
    const answer: unknown = await authorize(action, agent, details);
    if (answer === true) return;
  } catch (error) {
    cause = error;
  }
  const about = [details.type, details.to && `to ${details.to}`, details.id].filter(Boolean).join(' ');
  const who = agent ? `agent ${agent.name} (${agent.id})` : 'code outside of an agent';
  throw new NotAuthorizedError(`${who} may not ${action} ${about || 'this'}: authorize does not allow it.`, { cause });
}
