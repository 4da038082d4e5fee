// A journal that answers questions. Each is answered from all that is written by the time it is asked.
import { JournalIndex, type Snapshot } from './index/journal-index.ts';
import { filterOf, type JournalSummary, type Question, summaryOf, zoneOf } from './question.ts';
import { type Dimension, type Statistics, statisticsOf } from './statistics.ts';

/** An answer, and the journal it is from. */
export type Answer<T> = T & { readonly journal: JournalSummary };

export interface StatsQuestion extends Question {
  /** What to break down by; by all when not given. */
  readonly by?: readonly Dimension[] | undefined;
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
