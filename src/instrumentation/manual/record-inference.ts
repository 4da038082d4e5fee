// Records, after the fact, an inference that nothing of ours has seen.

import { guard } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';
import { OUTCOMES, type Outcome } from '../../semconv.ts';
import { startInference } from '../inference/recorder.ts';
import { fields, number, string } from '../inference/wire.ts';
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
  const response = readAnswer('recordInference()', given.response);
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
