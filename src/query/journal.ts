// A journal that answers questions. Each is answered from all that is written by the time it is asked.
import { JournalIndex, type Snapshot } from './index/journal-index.ts';
import { filterOf, type JournalSummary, type Question, summaryOf, zoneOf } from './question.ts';
import {
  type AgentStatistics,
  agentStatistics,
  type PromptStatistics,
  promptStatistics,
  type WorkflowStatistics,
  workflowStatistics,
} from './run-statistics.ts';
import { type Dimension, type Statistics, statisticsOf } from './statistics.ts';
import { type Timeline, type TimelinePeriod, timelineOf } from './timeline.ts';

/** An answer, and the journal it is from. */
export type Answer<T> = T & { readonly journal: JournalSummary };

export interface StatsQuestion extends Question {
  /** What to break down by; by all when not given. */
  readonly by?: readonly Dimension[] | undefined;
}

export interface TimelineQuestion extends Question {
  /** What a point stands for; a day when not given. */
  readonly by?: TimelinePeriod | undefined;
}

export class Journal {
  /** The data directory. */
  readonly dir: string;
  readonly #index: JournalIndex;

  constructor(dir: string) {
    this.dir = dir;
    this.#index = new JournalIndex(dir);
  }

  /** Calls, errors, tokens, cost, cache hits and latency: of all and by model, provider, workflow, tier and day. */
  stats(question: StatsQuestion = {}): Promise<Answer<Statistics>> {
    return this.#answer(question, ({ chunks }) =>
      statisticsOf(chunks, filterOf(question), { by: question.by, zone: zoneOf(question) }),
    );
  }

  /** Runs of prompts by name, version and variant, and which of them is better. */
  prompts(question: Question = {}): Promise<Answer<PromptStatistics>> {
    return this.#answer(question, ({ runs }) => promptStatistics(runs('prompt', filterOf(question))));
  }

  /** Runs of workflows, with their stages and fallbacks. */
  workflows(question: Question = {}): Promise<Answer<WorkflowStatistics>> {
    return this.#answer(question, ({ runs }) => workflowStatistics(runs('workflow', filterOf(question))));
  }

  /** Runs of agents. */
  agents(question: Question = {}): Promise<Answer<AgentStatistics>> {
    return this.#answer(question, ({ runs }) => agentStatistics(runs('agent', filterOf(question))));
  }

  /** Calls, tokens, cost and latency by day or hour. */
  timeline(question: TimelineQuestion = {}): Promise<Answer<Timeline>> {
    return this.#answer(question, ({ chunks }) =>
      timelineOf(chunks, filterOf(question), question.by ?? 'day', zoneOf(question)),
    );
  }

  /** Frees the index. The journal can be asked again all the same. */
  close(): void {
    this.#index.close();
  }

  #answer<T extends object>({ onProgress }: Question, answer: (snapshot: Snapshot) => T): Promise<Answer<T>> {
    return this.#index.ask((snapshot) => ({ ...answer(snapshot), journal: summaryOf(this.dir, snapshot.tally) }), {
      onProgress,
    });
  }
}
