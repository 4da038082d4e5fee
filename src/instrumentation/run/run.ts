// A run: a span over what an agent, a prompt or a workflow does, with the totals of the calls below at its end. What the host's function returns
// or throws passes through untouched, and the run lasts as long as it. Its span ends once, says why, and waits a while for calls that outlast the
// run, such as a stream of a client's.
import {
  type Attributes,
  type Context,
  INVALID_SPAN_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { activeContext, runIn } from '../../internal/carried-context.ts';
import { guard } from '../../internal/guard.ts';
import { VERSION } from '../../internal/version.ts';
import * as names from '../../semconv.ts';
import { errorType, isAbort } from '../inference/error-type.ts';
import { type Hearing, hearIteration, hearPromise, hearThenable, isPlainPromise } from './hear-out.ts';
import { RunTotals } from './run-totals.ts';

export interface RunDescription {
  /** `gen_ai.operation.name`. */
  readonly operation: string;
  /** What runs: the span is called `{operation} {name}`. */
  readonly name?: string | undefined;
  /** Of the run's span alone. */
  readonly attributes?: Attributes | undefined;
  /** What the run's span and all below carry; what is active already when left out. */
  readonly vitals?: names.VitalsContext | undefined;
  /** Asked once, when the run is over: has the last word on how it ended. */
  readonly describeEnd?: (ended: RunEnd) => RunEnd;
  /** Told once, when the span has ended and the totals are all there are. */
  readonly onClose?: () => void;
}

export interface RunEnd {
  readonly outcome: names.Outcome;
  /** What was thrown. Only its class or HTTP status is written. */
  readonly error?: unknown;
  /** `error.type` where nothing was thrown. */
  readonly errorType?: string | undefined;
  readonly attributes?: Attributes | undefined;
}

/** Longest a span waits for calls that outlast its run, in milliseconds: what a collector makes of a trace must not wait for ever. */
const LATE_CALLS_MILLIS = 10_000;

/** Those whose span has not ended. They hold nothing of the host's. */
const open = new Set<Run>();
/** What the host will never settle, or never read to its end. */
const forgotten = new FinalizationRegistry<Run>((run) => run.finish({ outcome: 'abandoned' }));

export class Run {
  readonly span: Span;
  readonly totals: RunTotals;
  /** In which everything below is to run. */
  readonly context: Context;
  readonly #startTime = performance.now();
  readonly #describeEnd: RunDescription['describeEnd'];
  readonly #onClose: RunDescription['onClose'];
  #endTime: number | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor({ operation, name, attributes, vitals, describeEnd, onClose }: RunDescription) {
    const outer = activeContext();
    this.#describeEnd = describeEnd;
    this.#onClose = onClose;
    this.totals = new RunTotals(outer.getValue(names.RUN_CONTEXT_KEY) as names.RunAbove | undefined);
    let inner = outer.setValue(names.RUN_CONTEXT_KEY, this.totals);
    if (vitals) inner = inner.setValue(names.VITALS_CONTEXT_KEY, vitals);
    this.span = guard(
      'starting the span of a run',
      () =>
        trace.getTracer(names.SCOPE_NAME, VERSION).startSpan(
          name === undefined ? operation : `${operation} ${name}`,
          {
            kind: SpanKind.INTERNAL,
            startTime: this.#startTime,
            attributes: { ...vitals?.attributes, ...attributes, [names.GEN_AI_OPERATION_NAME]: operation },
          },
          inner,
        ),
      trace.wrapSpanContext(INVALID_SPAN_CONTEXT),
    );
    this.context = trace.setSpan(inner, this.span);
    open.add(this);
  }

  get isOver(): boolean {
    return this.#endTime !== undefined;
  }

  /** Seconds so far, or of the whole run. */
  get seconds(): number {
    return ((this.#endTime ?? performance.now()) - this.#startTime) / 1000;
  }

  /** The run is over. Only the first call counts. Its span ends with the calls still open below, or without them when they take long. */
  finish(end: RunEnd): void {
    if (this.isOver) return;
    this.#endTime = performance.now();
    guard('ending a run', () => {
      const { outcome, error, errorType: given, attributes } = this.#describeEnd?.(end) ?? end;
      const failed = outcome === 'error';
      this.span.setAttributes({ ...attributes, [names.AGENT_VITALS_OUTCOME]: outcome });
      if (failed) {
        const type = given ?? (error === undefined ? names.ERROR_TYPE_OTHER : errorType(error));
        this.span.setAttribute(names.ERROR_TYPE, type);
        // No message: the host's may quote a prompt.
        this.span.setStatus({ code: SpanStatusCode.ERROR });
      }
    });
    this.totals.onIdle(() => this.close());
    if (open.has(this)) this.#deadline = setTimeout(() => this.close(), LATE_CALLS_MILLIS).unref();
  }

  /**
   * It is over when there were calls below and none is open, and as the last of them: for a promise of a class of its own whose end is not heard.
   * @param isHeard whether somebody has asked it by then.
   */
  finishWithItsCalls(isHeard: () => boolean): void {
    // The vendors' clients send their request a few microtasks after they were asked to.
    setImmediate(() => {
      // Its span waits for the calls already.
      if (this.isOver) return;
      this.totals.onIdleAfterCalls(() => {
        if (isHeard()) return;
        const { lastEnd } = this.totals;
        // A stream that nobody reads is no fault of the run's.
        this.finish(lastEnd.outcome === 'abandoned' ? { outcome: 'completed' } : lastEnd);
      });
    });
  }

  /** Ends the span with what is known. */
  close(): void {
    if (!open.delete(this)) return;
    clearTimeout(this.#deadline);
    guard('ending a span', () => {
      this.span.setAttributes(this.totals.attributes());
      this.span.end(this.#endTime);
      this.#onClose?.();
    });
  }
}

/** Begins a run. Never throws. */
export function startRun(description: RunDescription): Run | undefined {
  return guard('starting a run', () => new Run(description));
}

/**
 * Runs `fn` as the run, which ends when `fn` returns, its promise settles, or the generator it returns has come to its end.
 * @param inner in which `fn` runs.
 * @returns what `fn` returns. It throws what `fn` throws, the same object, and nothing else.
 */
export function within<T>(run: Run, fn: () => T, inner: Context = run.context): T {
  const failed = (error: unknown): void => run.finish({ outcome: isAbort(error) ? 'cancelled' : 'error', error });
  let result: T;
  try {
    result = runIn(inner, fn);
  } catch (error) {
    failed(error);
    throw error;
  }
  let isHeard = false;
  const hearing: Hearing = {
    context: inner,
    begun() {
      isHeard = true;
    },
    completed(value) {
      // The generator of an async function has not even begun.
      if (hearIteration(value, hearing)) endWith(value, run);
      else run.finish({ outcome: 'completed' });
    },
    failed,
    left: () => run.finish({ outcome: 'cancelled' }),
  };
  if (isPlainPromise(result)) {
    endWith(result, run);
    return hearPromise(result, hearing) as T;
  }
  const isIteration = hearIteration(result, hearing);
  if (hearThenable(result, hearing)) run.finishWithItsCalls(() => isHeard);
  else if (!isIteration) {
    run.finish({ outcome: 'completed' });
    return result;
  }
  endWith(result, run);
  return result;
}

/** Has what `fn` returns go on in the context that `fn` ran in, where it is a generator or lazy. @returns what `fn` returns. */
export function throughout<T>(inner: Context, fn: () => T): T {
  const result = runIn(inner, fn);
  // It goes on in there by itself; and were it changed, a run around it that is handed it on would no longer know it.
  if (isPlainPromise(result)) return result;
  const hearing: Hearing = { context: inner, begun() {}, completed() {}, failed() {}, left() {} };
  hearIteration(result, hearing);
  hearThenable(result, hearing);
  return result;
}

/** The run is abandoned when the host forgets `what` it waits for. */
function endWith(what: unknown, run: Run): void {
  forgotten.unregister(run);
  forgotten.register(what as object, run, run);
}

/** Ends all that is still open, as abandoned and with what is known so far. For the end of the process. */
export function abandonOpenRuns(): void {
  // The inner ones first.
  for (const run of [...open].toReversed()) {
    run.finish({ outcome: 'abandoned' });
    run.close();
  }
}
