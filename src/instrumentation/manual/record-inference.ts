// Records, after the fact, an inference that nothing of ours has seen.
import type { Attributes } from '@opentelemetry/api';
import { guard } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';
import {
  AGENT_VITALS_CACHE_HIT,
  AGENT_VITALS_CACHE_SAVED_CACHE_CREATION_TOKENS,
  AGENT_VITALS_CACHE_SAVED_CACHE_READ_TOKENS,
  AGENT_VITALS_CACHE_SAVED_INPUT_TOKENS,
  AGENT_VITALS_CACHE_SAVED_OUTPUT_TOKENS,
  AGENT_VITALS_CACHE_TYPE,
  OUTCOMES,
  type Outcome,
} from '../../semconv.ts';
import { startInference } from '../inference/recorder.ts';
import type { InferenceResponse } from '../inference/vendor-adapter.ts';
import { fields, number, string } from '../inference/wire.ts';
import { nameIn } from '../run/vitals.ts';
import { type InferenceAnswer, type InferenceDescription, readAnswer, readDescription } from './described-inference.ts';

export interface InferenceRecord extends InferenceDescription {
  readonly response?: InferenceAnswer | undefined;
  /** Milliseconds since the epoch. */
  readonly startTime?: number | Date | undefined;
  /** Milliseconds since the epoch; now when left out. */
  readonly endTime?: number | Date | undefined;
  /** In place of one of the two times. */
  readonly durationMillis?: number | undefined;
  /** `error` when there is an error, else `completed`, when left out. */
  readonly outcome?: Outcome | undefined;
  /** What was thrown. Only its class or HTTP status is written. */
  readonly error?: unknown;
  /** `error.type` where nothing was thrown. */
  readonly errorType?: string | undefined;
  readonly timeToFirstChunkMillis?: number | undefined;
  readonly chunks?: number | undefined;
  /** Times the request was sent again. */
  readonly resendCount?: number | undefined;
  /**
   * A cache of the app has answered, and no provider was asked: the call cost nothing. The usage is then what it would have been, and what that
   * would have cost is told as saved.
   */
  readonly cacheHit?: boolean | undefined;
  /** Kind of that cache, one of few: it becomes a label of metrics. For example `exact` or `semantic`. */
  readonly cacheType?: string | undefined;
}

/** Never throws: what cannot be recorded is said once on stderr. */
export function recordInference(record: InferenceRecord): void {
  const request = readDescription('recordInference()', record);
  if (request) guard('recording an inference', () => recordNow(request, fields(record)));
}

function recordNow(request: NonNullable<ReturnType<typeof readDescription>>, given: ReturnType<typeof fields>): void {
  const { outcome, error, errorType, timeToFirstChunkMillis, chunks, resendCount } = given;
  const { startTime, endTime } = times(given);
  // Read before the span begins: what throws when it is read must not leave one open.
  const answer = readAnswer('recordInference()', given.response);
  const { isHit, cacheType } = readCache(given);
  const response = isHit ? asCacheHit(answer, cacheType) : answer;
  if (given.usage !== undefined) {
    warnOnce(
      'manual:usage',
      'recordInference() takes the usage in "response": { response: { usage: { input, output } } }.',
    );
  }
  const recorder = startInference(request, { startTime });
  if (!recorder) return;
  const firstChunkMillis = number(timeToFirstChunkMillis);
  if (firstChunkMillis !== undefined) recorder.timeToFirstChunk = firstChunkMillis / 1000;
  recorder.chunks = number(chunks);
  recorder.resendCount = number(resendCount) ?? 0;
  const known = OUTCOMES.find((one) => one === outcome);
  if (outcome !== undefined && !known) {
    warnOnce(
      'manual:outcome',
      `recordInference() knows these outcomes: ${OUTCOMES.join(', ')}. Another one is ignored.`,
    );
  }
  const failed = error !== undefined || string(errorType) !== undefined;
  recorder.finish(known ?? (failed ? 'error' : 'completed'), {
    response,
    error,
    errorType: string(errorType),
    endTime,
  });
}

function readCache({ cacheHit, cacheType }: ReturnType<typeof fields>): {
  isHit: boolean;
  cacheType?: string | undefined;
} {
  if (cacheHit !== undefined && typeof cacheHit !== 'boolean') {
    warnOnce(
      'manual:cacheHit',
      'recordInference() takes "cacheHit" as true or false; another kind of value is no hit.',
    );
  }
  if (cacheHit === undefined && cacheType !== undefined) {
    warnOnce(
      'manual:cacheType',
      'recordInference() takes "cacheType" as the kind of cache that was hit: without { cacheHit: true } it is ignored.',
    );
  }
  if (cacheHit !== true) return { isHit: false };
  return { isHit: true, cacheType: nameIn('recordInference()', 'cacheType', cacheType) };
}

/** The tokens it would have used must not look as if they were used. */
function asCacheHit({ usage, ...answer }: InferenceResponse, cacheType: string | undefined): InferenceResponse {
  const attributes: Attributes = { ...answer.attributes, [AGENT_VITALS_CACHE_HIT]: true };
  if (cacheType) attributes[AGENT_VITALS_CACHE_TYPE] = cacheType;
  const savedTokens = {
    [AGENT_VITALS_CACHE_SAVED_INPUT_TOKENS]: usage?.input,
    [AGENT_VITALS_CACHE_SAVED_OUTPUT_TOKENS]: usage?.output,
    [AGENT_VITALS_CACHE_SAVED_CACHE_READ_TOKENS]: usage?.cacheRead,
    [AGENT_VITALS_CACHE_SAVED_CACHE_CREATION_TOKENS]: usage?.cacheCreation,
  };
  for (const [name, tokens] of Object.entries(savedTokens)) if (tokens !== undefined) attributes[name] = tokens;
  return { ...answer, attributes };
}

/** Two of start, end and duration give the third. */
function times(given: ReturnType<typeof fields>): { startTime: number; endTime: number } {
  const duration = Math.max(0, number(given.durationMillis) ?? 0);
  const start = millis(given.startTime);
  const endTime =
    millis(given.endTime) ??
    (start !== undefined && given.durationMillis !== undefined ? start + duration : Date.now());
  const startTime = start ?? endTime - duration;
  return { startTime, endTime: Math.max(startTime, endTime) };
}

function millis(time: unknown): number | undefined {
  return number(time instanceof Date ? time.getTime() : time);
}
