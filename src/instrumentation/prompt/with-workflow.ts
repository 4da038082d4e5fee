// Names the work that calls belong to, on every span below, across `await`; the outermost call that names a workflow is a run of it, with a span.
import { createContextKey } from '@opentelemetry/api';
import { activeContext } from '../../internal/carried-context.ts';
import { guard } from '../../internal/guard.ts';
import * as names from '../../semconv.ts';
import { type Fields, fields } from '../inference/wire.ts';
import { needFunction } from '../run/need-function.ts';
import { type Run, type RunEnd, startRun, throughout, within } from '../run/run.ts';
import { type Fallback, MAX_NOTES, RunNotes } from '../run/run-notes.ts';
import { activeVitals, extendVitals, nameIn } from '../run/vitals.ts';

export interface WorkflowContext {
  /** Name of the work, one of few: it becomes a label of metrics. */
  readonly workflow?: string | undefined;
  /** Where in the work, for example `triage`. */
  readonly stage?: string | undefined;
  /** Class of model wanted, for example `cheap` or `premium`. */
  readonly tier?: string | undefined;
  /** Whose work it is. Written only as a keyed hash. */
  readonly userId?: string | number | bigint | undefined;
  readonly conversationId?: string | number | bigint | undefined;
}

/**
 * What the function tells of its workflow. Within a call that belongs to a workflow above, it is that workflow. Each may be taken out of it:
 * `({ stage, skip }) => ...`.
 */
export interface WorkflowRun {
  /** Runs `fn` as a stage: its calls carry the name, and the tier where one is given. @returns what `fn` returns. */
  stage<T>(this: void, stage: string | { readonly name: string; readonly tier?: string | undefined }, fn: () => T): T;
  /** This stage is left out this time. */
  skip(this: void, stage: string): void;
  /** The workflow tries something again. */
  retry(this: void): void;
  /** The workflow goes on with another model. */
  fallback(this: void, models: Fallback): void;
  /** The workflow has failed, though nothing is thrown. Only the class of `error` is written. */
  fail(this: void, error?: unknown): void;
}

const FROM = 'withWorkflow()';

/** The innermost workflow that runs. */
const WORKFLOW_KEY = createContextKey('agent-vitals.workflow');

class Workflow extends RunNotes implements WorkflowRun {
  readonly name: string;
  run: Run | undefined;
  readonly #stages = new Set<string>();
  readonly #skipped = new Set<string>();

  constructor(name: string) {
    super();
    this.name = name;
  }

  readonly stage = <T>(stage: Parameters<WorkflowRun['stage']>[0], fn: () => T): T => enterStage(stage, this, fn);

  readonly skip = (stage: string): void => {
    const name = nameIn('skip()', 'stage', stage);
    if (name !== undefined && this.#skipped.size < MAX_NOTES) this.#skipped.add(name);
  };

  /** A stage has begun. */
  entered(stage: string): void {
    if (this.#stages.size < MAX_NOTES) this.#stages.add(stage);
  }

  describeEnd(end: RunEnd): RunEnd {
    const attributes = this.attributes();
    if (this.#stages.size > 0) attributes[names.AGENT_VITALS_WORKFLOW_STAGES] = [...this.#stages];
    if (this.#skipped.size > 0) attributes[names.AGENT_VITALS_WORKFLOW_SKIPPED_STAGES] = [...this.#skipped];
    return { ...this.ended(end), attributes };
  }
}

/** For a call that names no workflow and is below none. */
const noWorkflow: WorkflowRun = {
  stage: (stage, fn) => enterStage(stage, undefined, fn),
  skip() {},
  retry() {},
  fallback() {},
  fail() {},
};

/**
 * Runs `fn` so that every span below carries what is said here. Nested calls add to and replace what the outer ones say.
 *
 * The outermost call that names a workflow is one run of it: a span `invoke_workflow {workflow}` until `fn` returns, its promise settles, or the
 * generator it returns has come to its end, with the totals of all calls below at its end. Within it, calls that name the same workflow or none say
 * something of it, and make no span; one that names another is a run of its own.
 * @returns what `fn` returns. It throws what `fn` throws, the same object, and nothing else.
 * @throws {TypeError} when `fn` is no function.
 */
export function withWorkflow<T>(workflow: WorkflowContext, fn: (run: WorkflowRun) => T): T {
  needFunction(fn, 'withWorkflow({ workflow: "support" }, async (run) => ...)');
  const open = activeContext().getValue(WORKFLOW_KEY) as Workflow | undefined;
  return enter(workflow, open?.run?.isOver ? undefined : open, fn);
}

function enter<T>(given: unknown, open: Workflow | undefined, fn: (run: WorkflowRun) => T): T {
  const said = guard('reading the argument of withWorkflow()', () => read(given, open));
  if (!said) return fn(open ?? noWorkflow);
  const { vitals, workflow, isNew, stage } = said;
  if (stage !== undefined) workflow?.entered(stage);
  if (!isNew || !workflow) {
    return throughout(activeContext().setValue(names.VITALS_CONTEXT_KEY, vitals), () => fn(workflow ?? noWorkflow));
  }
  const run = startRun({
    operation: names.OPERATION_INVOKE_WORKFLOW,
    name: workflow.name,
    vitals,
    describeEnd: (end) => workflow.describeEnd(end),
  });
  if (!run) return fn(workflow);
  workflow.run = run;
  return within(run, () => fn(workflow), run.context.setValue(WORKFLOW_KEY, workflow));
}

function enterStage<T>(stage: unknown, open: Workflow | undefined, fn: () => T): T {
  needFunction(fn, 'stage("triage", async () => ...)');
  return enter(
    guard('reading a stage', () => asContext(stage)),
    open,
    fn,
  );
}

function asContext(stage: unknown): Fields {
  const { name, tier } = fields(typeof stage === 'string' ? { name: stage } : stage);
  return { stage: name, tier };
}

function read(given: unknown, open: Workflow | undefined) {
  const said = fields(given);
  const name = nameIn(FROM, 'workflow', said.workflow);
  const stage = nameIn(FROM, 'stage', said.stage);
  const tier = nameIn(FROM, 'tier', said.tier);
  const conversationId = nameIn(FROM, 'conversationId', said.conversationId);
  const isNew = name !== undefined && name !== open?.name;
  const isOther = isNew && activeVitals()?.attributes[names.GEN_AI_WORKFLOW_NAME] !== undefined;
  return {
    isNew,
    workflow: isNew ? new Workflow(name) : open,
    stage,
    vitals: extendVitals(
      {
        ...(name !== undefined && { [names.GEN_AI_WORKFLOW_NAME]: name }),
        // The stage of a workflow says nothing of another that runs within it.
        ...((stage !== undefined || isOther) && { [names.AGENT_VITALS_WORKFLOW_STAGE]: stage }),
        ...(tier !== undefined && { [names.AGENT_VITALS_TIER]: tier }),
        ...(conversationId !== undefined && { [names.GEN_AI_CONVERSATION_ID]: conversationId }),
      },
      nameIn(FROM, 'userId', said.userId),
    ),
  };
}
