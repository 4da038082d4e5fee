// A journal that answers questions. Each is answered from all that is written by the time it is asked. What they cannot be asked with rejects with a
// TypeError that says so: a wrong filter must not read as none.
import { isDeepStrictEqual } from 'node:util';
import { checkOptions, isText, shown } from '../internal/check-options.ts';
import { type Pricing } from '../pricing/pricing.ts';
import { type CacheStatistics, cacheStatistics } from './cache.ts';
import { type Comparison, comparisonOf } from './compare.ts';
import { noteOnRuns, notesOnCalls } from './comparison-notes.ts';
import { type ExportFormat, type ExportParts, type ExportSubject } from './export/export-format.ts';
import { exportJournal } from './export/export-journal.ts';
import type { Imported, ImportOptions, Privacy } from './import/import-files.ts';
import { JournalIndex, type Snapshot } from './index/journal-index.ts';
import { type SkippedFile } from './journal-files.ts';
import { type ModelStatistics, modelStatistics } from './models.ts';
import { filterOf, type JournalSummary, type Question, summaryOf, zoneOf } from './question.ts';
import {
  COMPARE_RULES,
  EXPORT_RULES,
  IMPORT_RULES,
  QUESTION_RULES,
  RESET_RULES,
  SAVINGS_RULES,
  SIDE_RULES,
  STATS_RULES,
  TIMELINE_RULES,
  TOP_RULES,
} from './question-rules.ts';
import { filesUntil, type RemovedJournal, removeFiles, sizeOf } from './remove-journal.ts';
import { RUN_KINDS } from './run.ts';
import {
  type AgentStatistics,
  agentStatistics,
  type PromptComparison,
  type PromptStatistics,
  promptComparisons,
  promptStatistics,
  type WorkflowStatistics,
  workflowStatistics,
} from './run-statistics.ts';
import { type PremiumModel, type Savings, savingsOf } from './savings.ts';
import { type Dimension, type Statistics, statisticsOf } from './statistics.ts';
import { type Timeline, type TimelinePeriod, timelineOf } from './timeline.ts';
import { type Top, type TopBy, topOf } from './top.ts';
import { type UserStatistics, userStatistics } from './users.ts';

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

export interface SavingsQuestion extends Question {
  /** The model to compare with, as a price list names it. */
  readonly premium: string | PremiumModel;
}

/** `where` is looked up in the lines, for both sides at once. */
type Side = Omit<Question, 'where' | 'onProgress'>;

export interface CompareQuestion extends Question {
  /** What one side is beyond the question itself, which both have in common. */
  readonly first: Side;
  readonly second: Side;
}

export interface TopQuestion extends Question {
  /** Cost when not given. */
  readonly by?: TopBy | undefined;
  /** 10 when not given. */
  readonly limit?: number | undefined;
}

export interface ExportQuestion extends Question {
  /** `jsonl` when not given. */
  readonly format?: ExportFormat | undefined;
  /** What a row is: `calls` when not given, or `runs` of prompts, workflows and agents. Not of `otlp`, whose lines hold both. */
  readonly of?: ExportSubject | undefined;
}

export interface ResetOptions extends Pick<Question, 'until' | 'timeZone'> {}

/** What was removed, and the files that could not be. */
export type Reset = RemovedJournal & { readonly left: readonly SkippedFile[] };

export class Journal {
  /** The data directory. */
  readonly dir: string;
  readonly #index: JournalIndex;
  readonly #pricing: Pricing;
  readonly #privacyOfImports: () => Promise<Privacy>;
  readonly #writeWhatWaits: () => void;

  /**
   * @param pricing what was not billed is priced by: a premium model, a prompt without its cache, a call that is imported.
   * @param privacyOfImports asked for when something is imported.
   * @param writeWhatWaits has this process write what it has made so far and keeps until the end of its turn.
   */
  constructor(
    dir: string,
    pricing: Pricing,
    privacyOfImports: () => Promise<Privacy>,
    writeWhatWaits: () => void = () => undefined,
  ) {
    this.dir = dir;
    this.#pricing = pricing;
    this.#privacyOfImports = privacyOfImports;
    this.#writeWhatWaits = writeWhatWaits;
    this.#index = new JournalIndex(dir);
  }

  /** Calls, errors, tokens, cost, cache hits and latency: of all and by model, provider, workflow, tier and day. */
  async stats(question: StatsQuestion = {}): Promise<Answer<Statistics>> {
    checkOptions('stats(question)', question, STATS_RULES);
    return this.#answer(question, ({ calls }) =>
      statisticsOf(calls(), filterOf(question), { by: question.by, zone: zoneOf(question) }),
    );
  }

  /** Runs of prompts by name, version and variant, and which of them is better. */
  async prompts(question: Question = {}): Promise<Answer<PromptStatistics>> {
    checkOptions('prompts(question)', question, QUESTION_RULES);
    return this.#answer(question, ({ runs }) => promptStatistics(runs('prompt'), filterOf(question)));
  }

  /** Runs of workflows, with their stages and fallbacks. */
  async workflows(question: Question = {}): Promise<Answer<WorkflowStatistics>> {
    checkOptions('workflows(question)', question, QUESTION_RULES);
    return this.#answer(question, ({ runs }) => workflowStatistics(runs('workflow'), filterOf(question)));
  }

  /** Runs of agents. */
  async agents(question: Question = {}): Promise<Answer<AgentStatistics>> {
    checkOptions('agents(question)', question, QUESTION_RULES);
    return this.#answer(question, ({ runs }) => agentStatistics(runs('agent'), filterOf(question)));
  }

  /** Calls, tokens, cost and latency by day or hour. */
  async timeline(question: TimelineQuestion = {}): Promise<Answer<Timeline>> {
    checkOptions('timeline(question)', question, TIMELINE_RULES);
    return this.#answer(question, ({ calls }) =>
      timelineOf(calls(), filterOf(question), question.by ?? 'day', zoneOf(question)),
    );
  }

  /** What cheaper models and caches saved, beside a premium model. */
  async savings(asked: SavingsQuestion): Promise<Answer<Savings>> {
    checkOptions('savings(question)', asked, SAVINGS_RULES);
    const { premium, ...question } = asked;
    const model = typeof premium === 'string' ? { model: premium } : premium;
    return this.#answer(question, ({ calls }) => savingsOf(calls(), filterOf(question), model, this.#pricing));
  }

  /** The providers' prompt caches, by workflow and model. */
  async cache(question: Question = {}): Promise<Answer<CacheStatistics>> {
    checkOptions('cache(question)', question, QUESTION_RULES);
    return this.#answer(question, ({ calls }) => cacheStatistics(calls(), filterOf(question), this.#pricing));
  }

  /** Two sets of calls: `{ first: { model: 'a' }, second: { model: 'b' } }`, or two periods. */
  async compare(asked: CompareQuestion): Promise<Answer<Comparison>> {
    checkOptions('compare(question)', asked, COMPARE_RULES);
    const { first: ofFirst, second: ofSecond, ...question } = asked;
    checkOptions('"first" of compare(question)', ofFirst, SIDE_RULES);
    checkOptions('"second" of compare(question)', ofSecond, SIDE_RULES);
    const [one, other] = [
      { ...question, ...ofFirst },
      { ...question, ...ofSecond },
    ];
    const prompts = promptsOfBoth(one, other);
    return this.#answer(question, ({ calls, runs }) => {
      const [first, second] = [filterOf(one), filterOf(other)];
      const compared = comparisonOf(calls(), first, second);
      if (prompts === undefined) return { ...compared, runs: [], notes: [] };
      const { by, both } = prompts;
      const verdicts = promptComparisons(runs('prompt'), filterOf(both)).filter((ofRuns) => ofRuns.by === by);
      const sides = { by, first, second };
      const onRuns = verdicts.length > 0 ? [] : [noteOnRuns(runs('prompt'), sides)];
      return { ...compared, runs: verdicts, notes: [...notesOnCalls(calls(), sides), ...onRuns] };
    });
  }

  /** Models, their errors and the fallbacks between them. */
  async models(question: Question = {}): Promise<Answer<ModelStatistics>> {
    checkOptions('models(question)', question, QUESTION_RULES);
    return this.#answer(question, ({ calls, runs }) =>
      modelStatistics(calls(), RUN_KINDS.map(runs), filterOf(question)),
    );
  }

  /** Users by hash, dearest first. */
  async users(question: Question = {}): Promise<Answer<UserStatistics>> {
    checkOptions('users(question)', question, QUESTION_RULES);
    return this.#answer(question, ({ calls }) => userStatistics(calls(), filterOf(question)));
  }

  /** The dearest or slowest calls, or what fails most. */
  async top(asked: TopQuestion = {}): Promise<Answer<Top>> {
    checkOptions('top(question)', asked, TOP_RULES);
    const { by = 'cost', limit = 10, ...question } = asked;
    return this.#answer(question, ({ calls }) => topOf(calls(), filterOf(question), by, limit));
  }

  /**
   * Takes calls and runs of other programs' files into the journal: OTLP/JSON lines, and the flat usage log this product replaces. What is
   * there already is not taken again, and what is private is left out as it is of the spans of this process. Rejects with what the file system says of a file that cannot be read or written.
   */
  async import(paths: readonly string[], options: ImportOptions = {}): Promise<Imported> {
    if (!Array.isArray(paths) || !paths.every(isText)) {
      throw new TypeError(
        `import(files): it must be a list of paths, as in import(['calls.jsonl']), not ${shown(paths)}.`,
      );
    }
    checkOptions('import(files, options)', options, IMPORT_RULES);
    this.#writeWhatWaits();
    // Only then: no question needs it.
    const { importFiles } = await import('./import/import-files.ts');
    const known = await this.#index.ask(({ calls, runs }) => {
      const ids = new Set<string>();
      for (const { chunks } of [calls(), ...RUN_KINDS.map(runs)])
        for (const chunk of chunks) for (let row = 0; row < chunk.rows; row++) ids.add(chunk.id(row));
      return ids;
    });
    const privacy = await this.#privacyOfImports();
    return importFiles(this.dir, paths, known, { pricing: this.#pricing, ...privacy, ...options });
  }

  /**
   * The calls or the runs for other programs, in parts to be written one after the other, in the order of the journal:
   * `pipeline(journal.export({ format: 'csv' }), createWriteStream('calls.csv'))`. At its end the generator returns what was exported.
   */
  export(
    question?: ExportQuestion & { readonly format?: Exclude<ExportFormat, 'parquet'> | undefined },
  ): ExportParts<string>;
  export(question: ExportQuestion & { readonly format: 'parquet' }): ExportParts<Uint8Array>;
  export(question: ExportQuestion): ExportParts;
  async *export(asked: ExportQuestion = {}): ExportParts {
    checkOptions('export(question)', asked, EXPORT_RULES);
    const { format = 'jsonl', of, ...question } = asked;
    if (of !== undefined && format === 'otlp') {
      throw new TypeError('export(question): leave "of" out, the lines of "otlp" hold calls and runs alike.');
    }
    this.#writeWhatWaits();
    return yield* exportJournal(this.dir, filterOf(question), {
      format,
      of,
      index: this.#index,
      onProgress: question.onProgress,
    });
  }

  /**
   * Removes the journal, with its logs and metrics, and the index. With `until` only files that were last written before then. Asks nobody. What running
   * processes write from then on goes into new files; what they write in that very moment is lost.
   */
  async reset(question: ResetOptions = {}): Promise<Reset> {
    checkOptions('reset(options)', question, RESET_RULES);
    this.#writeWhatWaits();
    const files = filesUntil(this.dir, filterOf(question).untilMillis);
    const size = await sizeOf(files);
    const left = await this.#index.close(() => removeFiles(this.dir, files));
    return { ...size, left };
  }

  /** Frees the index when the questions before are answered. The journal can be asked again all the same. */
  async close(): Promise<void> {
    await this.#index.close(() => undefined);
  }

  async #answer<T extends object>(
    { where, onProgress }: Question,
    answer: (snapshot: Snapshot) => T,
  ): Promise<Answer<T>> {
    this.#writeWhatWaits();
    const summed = (snapshot: Snapshot): Answer<T> => ({
      ...answer(snapshot),
      journal: summaryOf(this.dir, snapshot.tally),
    });
    return this.#index.ask(summed, { onProgress, where });
  }
}

/** Where two questions differ in the versions or the variants they ask for and in nothing else: which of the two, and both as one question about runs. */
function promptsOfBoth(
  first: Question,
  second: Question,
): { readonly by: PromptComparison['by']; readonly both: Question } | undefined {
  const all = Object.keys({ ...first, ...second }) as (keyof Question)[];
  const [name, ...others] = all.filter((key) => !isDeepStrictEqual([first[key]].flat(), [second[key]].flat()));
  if (others.length > 0 || (name !== 'promptVersion' && name !== 'promptVariant')) return undefined;
  const named = [first[name], second[name]].map((names) => [names ?? []].flat());
  // Of several on a side it would be told which of those is better.
  if (named.some(({ length }) => length !== 1)) return undefined;
  return { by: name === 'promptVersion' ? 'version' : 'variant', both: { ...first, [name]: named.flat() } };
}
