// What the host tells of a run while it runs: that it tries again, falls back to another model, has failed. Bounded, and never throws.
import type { Attributes } from '@opentelemetry/api';
import { guard } from '../../internal/guard.ts';
import {
  AGENT_VITALS_RUN_FALLBACK_FROM,
  AGENT_VITALS_RUN_FALLBACK_TO,
  AGENT_VITALS_RUN_RETRIES,
} from '../../semconv.ts';
import { fields } from '../inference/wire.ts';
import { type RunEnd } from './run.ts';
import { nameIn } from './vitals.ts';

/** From which model to which. */
export interface Fallback {
  readonly from: string;
  readonly to: string;
}

/** More of one kind in one run are a loop gone wild. */
export const MAX_NOTES = 100;

export class RunNotes {
  retries = 0;
  /** What {@link fail} was told. */
  failure: { readonly error: unknown } | undefined;
  readonly #from: string[] = [];
  readonly #to: string[] = [];

  // Functions of their own: the host may take them out of the run, as `({ retry }) => ...` does.
  readonly retry = (): void => {
    this.retries += 1;
  };

  readonly fallback = (given: unknown): void => {
    guard('noting a fallback', () => {
      const { from, to } = fields(given);
      const names = [nameIn('fallback()', 'from', from), nameIn('fallback()', 'to', to)] as const;
      if (names[0] === undefined || names[1] === undefined || this.#from.length >= MAX_NOTES) return;
      this.#from.push(names[0]);
      this.#to.push(names[1]);
    });
  };

  readonly fail = (error?: unknown): void => {
    this.failure ??= { error };
  };

  /** How the run ended, with what {@link fail} was told. */
  ended(end: RunEnd): RunEnd {
    return this.failure && end.outcome === 'completed' ? { ...this.failure, outcome: 'error' } : end;
  }

  attributes(): Attributes {
    const attributes: Attributes = { [AGENT_VITALS_RUN_RETRIES]: this.retries };
    if (this.#from.length > 0) {
      attributes[AGENT_VITALS_RUN_FALLBACK_FROM] = [...this.#from];
      attributes[AGENT_VITALS_RUN_FALLBACK_TO] = [...this.#to];
    }
    return attributes;
  }
}
