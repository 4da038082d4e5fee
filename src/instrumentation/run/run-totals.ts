// What happened below one run: told by the span processor, call by call, and handed on to the runs above. Must hold no span.
import type { Attributes } from '@opentelemetry/api';
import * as names from '../../semconv.ts';

export class RunTotals implements names.RunAbove {
  readonly above: names.RunAbove | undefined;
  calls = 0;
  /** Part of the calls. */
  cacheHits = 0;
  toolCalls = 0;
  errors = 0;
  inputTokens = 0;
  outputTokens = 0;
  /** US dollars of the priced calls. */
  #costUsd = 0;
  #isAnyPriced = false;
  unpricedCalls = 0;
  /** Calls that have begun and not ended. */
  open = 0;
  /** Part of them: tools cost nothing. */
  #openModelCalls = 0;
  /** How the call went that ended last. */
  lastEnd: Pick<names.CountedCall, 'outcome' | 'errorType'> = { outcome: 'completed' };
  readonly #models = new Set<string>();
  readonly #providers = new Set<string>();
  #onIdle: (() => void) | undefined;

  constructor(above?: names.RunAbove) {
    this.above = above;
  }

  /** US dollars; `undefined` where there was something to pay for and none of it is priced. */
  get costUsd(): number | undefined {
    return this.#isAnyPriced || this.unpricedCalls === 0 ? this.#costUsd : undefined;
  }

  /** Calls `fn` once, as soon as no call is open. */
  onIdle(fn: () => void): void {
    if (this.open === 0) fn();
    else this.#onIdle = fn;
  }

  /** Calls `fn` once, as soon as there were calls and none is open. */
  onIdleAfterCalls(fn: () => void): void {
    if (this.open === 0 && this.calls + this.toolCalls > 0) fn();
    else this.#onIdle = fn;
  }

  started(kind: names.CountedCall['kind']): void {
    this.open += 1;
    if (kind === 'inference') this.#openModelCalls += 1;
    this.above?.started(kind);
  }

  ended(kind: names.CountedCall['kind']): void {
    this.open -= 1;
    if (kind === 'inference') this.#openModelCalls -= 1;
    if (this.open === 0) {
      const onIdle = this.#onIdle;
      this.#onIdle = undefined;
      onIdle?.();
    }
    // After ours: an inner run ends before the one above.
    this.above?.ended(kind);
  }

  counted(call: names.CountedCall): void {
    if (call.kind === 'tool') this.toolCalls += 1;
    else this.calls += 1;
    if (call.cacheHit) this.cacheHits += 1;
    if (call.outcome === 'error') this.errors += 1;
    this.lastEnd = { outcome: call.outcome, errorType: call.errorType };
    this.inputTokens += call.inputTokens ?? 0;
    this.outputTokens += call.outputTokens ?? 0;
    if (call.costUsd !== undefined) {
      this.#costUsd += call.costUsd;
      this.#isAnyPriced = true;
    }
    if (call.unpriced) this.unpricedCalls += 1;
    keep(this.#models, call.model);
    keep(this.#providers, call.provider);
    this.above?.counted(call);
  }

  attributes(): Attributes {
    // Of what is still open nobody knows what it will have cost.
    const unpricedCalls = this.unpricedCalls + this.#openModelCalls;
    const attributes: Attributes = {
      [names.AGENT_VITALS_RUN_CALLS]: this.calls,
      [names.AGENT_VITALS_RUN_CACHE_HITS]: this.cacheHits,
      [names.AGENT_VITALS_RUN_TOOL_CALLS]: this.toolCalls,
      [names.AGENT_VITALS_RUN_ERRORS]: this.errors,
      [names.AGENT_VITALS_RUN_INPUT_TOKENS]: this.inputTokens,
      [names.AGENT_VITALS_RUN_OUTPUT_TOKENS]: this.outputTokens,
      [names.AGENT_VITALS_RUN_UNPRICED_CALLS]: unpricedCalls,
    };
    if (this.#isAnyPriced || unpricedCalls === 0) attributes[names.AGENT_VITALS_RUN_COST_USD] = this.#costUsd;
    if (this.#models.size > 0) attributes[names.AGENT_VITALS_RUN_MODELS] = [...this.#models];
    if (this.#providers.size > 0) attributes[names.AGENT_VITALS_RUN_PROVIDERS] = [...this.#providers];
    if (this.open > 0) attributes[names.AGENT_VITALS_RUN_UNFINISHED_CALLS] = this.open;
    return attributes;
  }
}

/** Who asks more models than that in one run makes their names up. */
const MAX_NAMES = 50;

function keep(kept: Set<string>, name: string | undefined): void {
  if (name !== undefined && kept.size < MAX_NAMES) kept.add(name);
}
