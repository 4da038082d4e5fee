// `agent-vitals agents stats`: what became of the runs of agents, what they cost and how long they took.
import { type Command } from 'commander';
import { type AgentStatistics } from '../../query/run-statistics.ts';
import { addQuestion } from '../question.ts';
import { renderAgents } from '../run-views.ts';

/** @param agents the command `agents`. */
export function addAgentStats(agents: Command): void {
  addQuestion<AgentStatistics, object>(agents, {
    name: 'stats',
    description: 'runs of agents in the journal: success, cost and duration',
    about: 'runs of agents',
    ask: (journal, question) => journal.agents(question),
    isEmpty: ({ totals }) => totals.runs === 0,
    record: ({ totals, agents: groups }) => ({
      ...totals,
      agents: groups.map(({ totals: ofGroup, ...group }) => Object.assign(group, ofGroup)),
    }),
    render: renderAgents,
  });
}
