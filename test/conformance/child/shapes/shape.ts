// What a shape is, and what the journal must say of it.
import type { Trial } from '../trial.ts';

/** One inference span. What is left out must be absent from the span. */
export interface ExpectedSpan {
  readonly operation: 'chat' | 'text_completion' | 'embeddings';
  readonly outcome: 'completed' | 'cancelled' | 'abandoned' | 'error';
  readonly responseModel?: string;
  readonly finishReasons?: readonly string[];
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheCreation?: number;
  readonly reasoning?: number;
  /** `error.type`; `*` is any. */
  readonly error?: string;
  readonly resends?: number;
}

export interface Shape {
  readonly name: string;
  /** The spans it must leave, in the order the calls were made. */
  readonly spans: readonly ExpectedSpan[];
  run(trial: Trial): Promise<void>;
}

export const user = (content: unknown) => ({ role: 'user', content });
export const question = [user('What is the capital of France?')];
