// Feedback: what people and judges think of the work, as scores from 0 to 1. Each is an event of the GenAI conventions, linked to the span that was rated,
// and a sample that statistics and advice are made of.
import { type Context, context, logs, SeverityNumber, type Span, type SpanContext, trace } from '@opentelemetry/api';
import { guard } from '../../internal/guard.ts';
import { VERSION } from '../../internal/version.ts';
import * as names from '../../semconv.ts';
import { allRecords } from '../all-records.ts';
import { requireAuthorized } from '../authorize.ts';
import { currentAgent } from '../current-agent.ts';
import { InvalidInputError, StoreUnavailableError } from '../errors.ts';
import { readName, readOptionalName, readWhole } from '../input.ts';
import { newEvent } from '../own-event.ts';
import { coordinationSettings } from '../settings.ts';
import { coordinationStore } from '../store/process-store.ts';
import { carriedSpan, carryTrace, traceparentOf } from '../trace-context.ts';
import { FEEDBACK, type Feedback, keyPrefix, newKey, type Rated, toFeedback, toJson } from './feedback-record.ts';
import { certaintyOfSide, type FeedbackStats, statsOf } from './feedback-stats.ts';
import { recommend, type TierAdvice, UPGRADE_BELOW } from './recommend-tier.ts';

export interface FeedbackOptions {
  readonly workflow: string;
  readonly stage?: string | undefined;
  /** Class of model that did the work, one of the option `tiers`. */
  readonly tier?: string | undefined;
  /** From 0 to 1. */
  readonly score: number;
  /** What is looked at, one of few: `relevance`, `accuracy`, ...; `quality` when left out. */
  readonly name?: string | undefined;
  /** The score in a word, one of few: `pass`, `relevant`, ... */
  readonly label?: string | undefined;
  /** Why. It may quote a prompt: kept only where content is captured. */
  readonly explanation?: string | undefined;
  /** What is rated: a span, or its ids from a trace that is over. The active span when left out. */
  readonly span?: Span | Pick<SpanContext, 'traceId' | 'spanId'> | undefined;
  /** `gen_ai.response.id` of the answer that is rated, where its span is not known. */
  readonly responseId?: string | undefined;
}

/** What is meant: all that is left out may be any. */
export interface FeedbackFilter {
  readonly workflow?: string | undefined;
  readonly stage?: string | undefined;
  readonly tier?: string | undefined;
}

export interface HistoryOptions extends FeedbackFilter {
  /** 100 when left out, 10,000 at most. */
  readonly limit?: number | undefined;
}

export interface UnderperformingOptions extends FeedbackFilter {
  /** Below which mean; 0.7 when left out. */
  readonly below?: number | undefined;
  /** Scores it takes; 1 when left out. */
  readonly minSamples?: number | undefined;
}

/** A workflow, stage and tier, and its scores. */
export interface FeedbackGroup extends Rated {
  readonly stats: FeedbackStats;
}

/** One whose scores are too low. */
export interface Underperformer extends FeedbackGroup {
  /** 0 to 1: how sure it is that the mean lies below the limit. */
  readonly confidence: number;
}

export interface RecommendOptions {
  readonly workflow: string;
  readonly stage?: string | undefined;
  /** What it is now; the tier of the newest score when left out. */
  readonly tier?: string | undefined;
}

const DAY_MILLIS = 86_400_000;
const MAX_EXPLANATION_LENGTH = 10_000;

/**
 * Records a score. It is an event in the telemetry whatever the store has.
 * @returns what was kept; `undefined` when the store is not available, which is counted and said once.
 * @throws {InvalidInputError} when something cannot be used, such as a score of 1.1.
 */
async function record(options: FeedbackOptions): Promise<Feedback | undefined> {
  const { score } = options;
  if (!(typeof score === 'number' && score >= 0 && score <= 1)) {
    throw new InvalidInputError(
      `score must be a number from 0 to 1, not ${typeof score === 'number' ? score : `a ${typeof score}`}.`,
    );
  }
  const rated = readRated(options);
  const name = readOptionalName('name', options.name) ?? 'quality';
  const label = readOptionalName('label', options.label);
  const explanation = readExplanation(options.explanation);
  const responseId = readOptionalName('responseId', options.responseId);
  const around = contextOf(options.span);
  guard('emitting an event', () => emit({ ...rated, score, name, label, explanation, responseId }, around));
  const agent = currentAgent();
  const traced = carryTrace(around);
  const kept = coordinationSettings().captureContent === 'none' ? undefined : explanation;
  try {
    const [stored] = await coordinationStore().put([
      {
        collection: FEEDBACK,
        key: newKey(rated),
        value: toJson({ score, name, label, explanation: kept, agent, ...traced }),
        ttlMillis: coordinationSettings().coordination.feedbackDays * DAY_MILLIS,
        event: newEvent(
          'feedback.recorded',
          { ...rated, stage: rated.stage ?? null, tier: rated.tier ?? null, score, name, label: label ?? null },
          { agent, trace: traced },
        ),
      },
    ]);
    return stored && toFeedback(stored);
  } catch (error) {
    if (error instanceof StoreUnavailableError) return undefined;
    throw error;
  }
}

/** @throws {InvalidInputError}, {StoreUnavailableError} */
async function stats(filter: FeedbackFilter = {}): Promise<FeedbackStats> {
  return statsOf((await find(filter)).map(({ score }) => score));
}

/** The newest first. @throws {InvalidInputError}, {StoreUnavailableError} */
async function history({ limit = 100, ...filter }: HistoryOptions = {}): Promise<readonly Feedback[]> {
  const count = readWhole('limit', limit, { max: 10_000 });
  return (await find(filter)).toReversed().slice(0, count);
}

/** Each workflow, stage and tier that is meant, by name. @throws {InvalidInputError}, {StoreUnavailableError} */
async function groups(filter: FeedbackFilter = {}): Promise<readonly FeedbackGroup[]> {
  return (await findGroups(filter)).map(({ group }) => group);
}

/** The worst first. @throws {InvalidInputError}, {StoreUnavailableError} */
async function underperforming(options: UnderperformingOptions = {}): Promise<readonly Underperformer[]> {
  const { below = UPGRADE_BELOW, minSamples = 1, ...filter } = options;
  if (!(typeof below === 'number' && below >= 0 && below <= 1)) {
    throw new InvalidInputError('below must be a number from 0 to 1.');
  }
  const least = readWhole('minSamples', minSamples, { max: Number.MAX_SAFE_INTEGER });
  const meanOf = (group: FeedbackGroup): number => group.stats.mean ?? 1;
  return (await findGroups(filter))
    .filter(({ group }) => group.stats.count >= least && meanOf(group) < below)
    .map(({ group, scores }) => Object.assign(group, { confidence: certaintyOfSide(scores, below) }))
    .sort((one, other) => meanOf(one) - meanOf(other));
}

/**
 * Whether a better or a cheaper tier of models would do, by the scores and the option `tiers`.
 * @throws {InvalidInputError} also when there is no score that tells the tier it is now; {StoreUnavailableError}
 */
async function recommendTier({ workflow, stage, tier }: RecommendOptions): Promise<TierAdvice> {
  readName('workflow', workflow);
  const given = readOptionalName('tier', tier);
  const found = await find({ workflow, stage });
  const current = given ?? found.findLast((one) => one.tier !== undefined)?.tier;
  if (current === undefined) {
    throw new InvalidInputError('tier must be given: no score of this workflow says which tier it is.');
  }
  const scoresOf = (wanted: string): number[] => found.filter((one) => one.tier === wanted).map(({ score }) => score);
  return recommend(current, scoresOf, coordinationSettings().tiers);
}

/** Forgets the scores that are meant. @returns how many there were. @throws {InvalidInputError}, {NotAuthorizedError}, {StoreUnavailableError} */
async function clear(filter: FeedbackFilter = {}): Promise<number> {
  readFilter(filter);
  await requireAuthorized('clear', currentAgent(), { type: 'feedback' });
  const keys = (await findRecords(filter)).map(({ key }) => key);
  return keys.length === 0 ? 0 : await coordinationStore().remove(FEEDBACK, keys);
}

export const feedback = { record, stats, groups, history, underperforming, recommendTier, clear } as const;

/** Oldest first. */
async function find(filter: FeedbackFilter): Promise<Feedback[]> {
  const records = await findRecords(filter);
  return records.map(toFeedback).sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
}

async function findGroups(filter: FeedbackFilter): Promise<{ group: FeedbackGroup; scores: readonly number[] }[]> {
  const found = await find(filter);
  const all = Map.groupBy(found, ({ workflow, stage = '', tier = '' }) => JSON.stringify([workflow, stage, tier]));
  return [...all]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, samples]) => {
      const [first] = samples;
      if (!first) return [];
      const { workflow, stage, tier } = first;
      const scores = samples.map(({ score }) => score);
      return [{ group: { workflow, stage, tier, stats: statsOf(scores) }, scores }];
    });
}

async function findRecords(filter: FeedbackFilter) {
  const { workflow, stage, tier } = readFilter(filter);
  const { records } = await allRecords(FEEDBACK, keyPrefix({ workflow, stage, tier }));
  return records.filter((stored) => {
    const one = toFeedback(stored);
    return (stage === undefined || one.stage === stage) && (tier === undefined || one.tier === tier);
  });
}

function readFilter({ workflow, stage, tier }: FeedbackFilter): FeedbackFilter {
  return {
    workflow: readOptionalName('workflow', workflow),
    stage: readOptionalName('stage', stage),
    tier: readOptionalName('tier', tier),
  };
}

function readRated({ workflow, stage, tier }: FeedbackOptions): Rated {
  return {
    workflow: readName('workflow', workflow),
    stage: readOptionalName('stage', stage),
    tier: readOptionalName('tier', tier),
  };
}

function readExplanation(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'string' && given.length <= MAX_EXPLANATION_LENGTH) return given.toWellFormed();
  throw new InvalidInputError(`explanation must be a text of ${MAX_EXPLANATION_LENGTH} characters at most.`);
}

/** With the rated span as the active one. @throws {InvalidInputError} */
function contextOf(span: FeedbackOptions['span']): Context {
  const active = context.active();
  if (span === undefined) return active;
  if ('spanContext' in span) return trace.setSpan(active, span);
  const rated = carriedSpan({ traceparent: traceparentOf(span) });
  if (rated) return trace.setSpanContext(active, rated);
  throw new InvalidInputError('span must be a span, or { traceId, spanId } as 32 and 16 hex digits.');
}

interface Evaluation extends Rated {
  readonly score: number;
  readonly name: string;
  readonly label: string | undefined;
  readonly explanation: string | undefined;
  readonly responseId: string | undefined;
}

// "This event SHOULD be parented to GenAI operation span being evaluated when possible or set `gen_ai.response.id` when span id is not available."
function emit(
  { workflow, stage, tier, score, name, label, explanation, responseId }: Evaluation,
  around: Context,
): void {
  const { captureContent } = coordinationSettings();
  const isCaptured = captureContent === 'event' || captureContent === 'both';
  logs.getLogger(names.SCOPE_NAME, VERSION).emit({
    eventName: names.EVENT_EVALUATION_RESULT,
    severityNumber: SeverityNumber.INFO,
    context: around,
    attributes: {
      [names.GEN_AI_EVALUATION_NAME]: name,
      [names.GEN_AI_EVALUATION_SCORE_VALUE]: score,
      [names.GEN_AI_WORKFLOW_NAME]: workflow,
      ...(stage !== undefined && { [names.AGENT_VITALS_WORKFLOW_STAGE]: stage }),
      ...(tier !== undefined && { [names.AGENT_VITALS_TIER]: tier }),
      ...(label !== undefined && { [names.GEN_AI_EVALUATION_SCORE_LABEL]: label }),
      ...(isCaptured && explanation !== undefined && { [names.GEN_AI_EVALUATION_EXPLANATION]: explanation }),
      ...(responseId !== undefined && { [names.GEN_AI_RESPONSE_ID]: responseId }),
    },
  });
}
