// A prompt run: one attempt to get something of use from a model by a prompt of a name, with however many calls that takes. Must write no text of
// the prompt or the answer unless content is captured.
import type { Attributes } from '@opentelemetry/api';
import { freeText } from '../../internal/free-text.ts';
import { guard } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';
import * as names from '../../semconv.ts';
import { settings } from '../inference/settings.ts';
import { fields } from '../inference/wire.ts';
import { needFunction } from '../run/need-function.ts';
import { type RunDescription, type RunEnd, startRun, within } from '../run/run.ts';
import { type Fallback, RunNotes } from '../run/run-notes.ts';
import { extendVitals, nameIn } from '../run/vitals.ts';

export interface PromptDescription {
  /** Name of the prompt, one of few: it becomes a label of metrics, as do version and variant. */
  readonly name: string;
  readonly version?: string | number | undefined;
  /** One of several ways to ask for the same, for example `xml` or `plain`. */
  readonly variant?: string | number | undefined;
  /** Name of the workflow the run belongs to; the one around it when left out. */
  readonly workflow?: string | undefined;
  /** Part the model plays, for example `reviewer`. */
  readonly agentRole?: string | undefined;
  /** What is to be done, in your words. Written only when capture of content is on, the first 100 characters. */
  readonly task?: string | undefined;
}

/** What the function tells of its run, as it learns it. Each may be taken out of it: `({ retry, parsed }) => ...`. */
export interface PromptRun {
  /** It is tried again. */
  retry(this: void): void;
  /** Whether the answer could be read. The last word counts: after a retry, say it again. */
  parsed(this: void, ok: boolean): void;
  /** Whether the answer is what was wanted. The last word counts. */
  validated(this: void, ok: boolean): void;
  /** The run goes on with another model. */
  fallback(this: void, models: Fallback): void;
  /** The run has failed, though nothing is thrown. Of `error` the class is written; the first 100 characters of its message only when capture of content is on. */
  fail(this: void, error?: unknown): void;
}

class OpenPrompt extends RunNotes implements PromptRun {
  #parsed: boolean | undefined;
  #validated: boolean | undefined;

  readonly parsed = (ok: unknown): void => {
    this.#parsed = Boolean(ok);
  };

  readonly validated = (ok: unknown): void => {
    this.#validated = Boolean(ok);
  };

  describeEnd(end: RunEnd): RunEnd {
    const { outcome, error, errorType } = this.ended(end);
    const of = this.#outcome(outcome);
    const attributes: Attributes = { ...this.attributes(), [names.AGENT_VITALS_PROMPT_OUTCOME]: of };
    if (this.#parsed !== undefined) attributes[names.AGENT_VITALS_PROMPT_PARSED] = this.#parsed;
    if (this.#validated !== undefined) attributes[names.AGENT_VITALS_PROMPT_VALIDATED] = this.#validated;
    Object.assign(
      attributes,
      freeText(settings.captureContent, names.AGENT_VITALS_PROMPT_ERROR_MESSAGE, messageOf(error)),
    );
    const isUseless = of === 'parse_failed' || of === 'validation_failed';
    if (isUseless && outcome === 'completed') return { outcome: 'error', errorType: of, attributes };
    return { outcome, error, errorType, attributes };
  }

  #outcome(outcome: names.Outcome): names.PromptOutcome {
    if (outcome === 'cancelled' || outcome === 'abandoned') return outcome;
    // Whether it throws then is a matter of taste.
    if (this.#parsed === false) return 'parse_failed';
    if (this.#validated === false) return 'validation_failed';
    return outcome === 'error' ? 'error' : 'success';
  }
}

/**
 * Runs `fn` as one run of a prompt: a span until it returns, its promise settles, or the generator it returns has come to its end, with the model
 * calls below it, which carry the prompt's name, version and variant. Its totals (calls, tokens, cost, errors) are on it at its end, and so is how it
 * ended: `parse_failed` or `validation_failed` when that was the function's last word; else `error` when `fn` throws or says `fail()`, and `success`;
 * `cancelled` when what it throws says that it was aborted, or who reads its generator leaves before the end.
 * @returns what `fn` returns. It throws what `fn` throws, the same object, and nothing else.
 * @throws {TypeError} when `fn` is no function.
 */
export function withPrompt<T>(prompt: PromptDescription, fn: (run: PromptRun) => T): T {
  needFunction(fn, 'withPrompt({ name: "extract" }, async (run) => ...)');
  const open = new OpenPrompt();
  const description = guard('reading the argument of withPrompt()', () => describe(prompt, open));
  const run = description && startRun(description);
  return run ? within(run, () => fn(open)) : fn(open);
}

/** @returns `undefined` when it has no name, which is said once. */
function describe(prompt: unknown, open: OpenPrompt): RunDescription | undefined {
  const said = fields(prompt);
  const take = (field: keyof PromptDescription): string | undefined => nameIn('withPrompt()', field, said[field]);
  const name = take('name');
  if (name === undefined) {
    warnOnce('manual:withPrompt', 'withPrompt() needs a text as "name"; this run is not recorded.');
    return undefined;
  }
  const workflow = take('workflow');
  const role = take('agentRole');
  return {
    operation: names.OPERATION_RUN_PROMPT,
    name,
    vitals: extendVitals({
      // All three, for what a run above says of its own prompt is not true of this one.
      [names.GEN_AI_PROMPT_NAME]: name,
      [names.AGENT_VITALS_PROMPT_VERSION]: take('version'),
      [names.AGENT_VITALS_PROMPT_VARIANT]: take('variant'),
      ...(workflow !== undefined && { [names.GEN_AI_WORKFLOW_NAME]: workflow }),
    }),
    attributes: {
      ...(role !== undefined && { [names.AGENT_VITALS_PROMPT_AGENT_ROLE]: role }),
      ...freeText(settings.captureContent, names.AGENT_VITALS_PROMPT_TASK, take('task')),
    },
    describeEnd: (end) => open.describeEnd(end),
  };
}

function messageOf(error: unknown): string | undefined {
  return guard('reading an error', () => {
    const text: unknown = error instanceof Error ? error.message : error;
    return typeof text === 'string' ? text : undefined;
  });
}
