// How a span says that it ended, the same for calls and runs.
import { ERROR_TYPE_OTHER, OUTCOMES, type Outcome } from '../semconv.ts';
import { isObject, type SpanJson } from './otlp-json.ts';

const outcomes: ReadonlySet<string | null> = new Set(OUTCOMES);
const STATUS_ERROR = 2;

/** @param told what the span's attributes say of it: its `agent_vitals.outcome` and its `error.type`. */
export function outcomeOf({ status }: SpanJson, told: string | null, errorType: string | null): Outcome {
  if (outcomes.has(told)) return told as Outcome;
  // Spans that others made say only whether there was an error.
  return errorType !== null || (isObject(status) && status.code === STATUS_ERROR) ? 'error' : 'completed';
}

/** `_OTHER` for an error that does not say its type, as in the conventions. @param told by the span's `error.type`. */
export function errorTypeOf(outcome: Outcome, told: string | null): string | null {
  return told ?? (outcome === 'error' ? ERROR_TYPE_OTHER : null);
}
