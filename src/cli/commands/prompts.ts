// `agent-vitals prompts` and `workflows`: what became of the runs, and which of several ways to ask is better.
import { type Command } from 'commander';
import { type PromptStatistics, type WorkflowStatistics } from '../../query/run-statistics.ts';
import { addQuestion } from '../question.ts';
import { renderPrompts, renderWorkflows } from '../run-views.ts';

export function addPrompts(program: Command): void {
  addQuestion<PromptStatistics, object>(program, {
    name: 'prompts',
    description: 'runs of prompts by version and variant, and which of these is better',
    about: 'runs of prompts',
    ask: (journal, question) => journal.prompts(question),
    isEmpty: ({ totals }) => totals.runs === 0,
    record: ({ totals, prompts, comparisons }) => ({
      ...totals,
      prompts: prompts.map(({ totals: ofGroup, ...group }) => Object.assign(group, ofGroup)),
      comparisons: comparisons.map(({ verdict, ...between }) => Object.assign(between, verdict)),
    }),
    render: renderPrompts,
  });
}

export function addWorkflows(program: Command): void {
  addQuestion<WorkflowStatistics, object>(program, {
    name: 'workflows',
    description: 'runs of workflows: success, cost, duration, stages and fallbacks',
    about: 'runs of workflows',
    ask: (journal, question) => journal.workflows(question),
    isEmpty: ({ totals }) => totals.runs === 0,
    record: ({ totals, workflows }) => ({
      ...totals,
      workflows: workflows.map(({ totals: ofGroup, ...group }) => Object.assign(group, ofGroup)),
    }),
    render: renderWorkflows,
  });
}
