// Which run (of an agent, a prompt, a workflow) a span lies below, so that the run's totals hear of it, whoever made the span. Spans are only
// known weakly: one that never ends costs no memory.
import { type Context, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { type CountedCall, RUN_CONTEXT_KEY, type RunAbove } from '../semconv.ts';
import { readableSpan } from './readable-span.ts';
import { isToolCall, roleOf } from './span-role.ts';

interface Place {
  readonly run: RunAbove;
  /** What kind of call the run waits for; `undefined` when it is none. */
  readonly awaited: CountedCall['kind'] | undefined;
}

export interface RunsAbove {
  started(span: ReadableSpan, parentContext: Context): void;
  /** @param call what is to be counted; `undefined` when it is no call, or another span counts it. */
  ended(span: ReadableSpan, call: CountedCall | undefined): void;
}

export function createRunsAbove(): RunsAbove {
  const places = new WeakMap<object, Place>();
  const known = new WeakSet<RunAbove>();

  /** By the context, or by the parent: callbacks of frameworks make spans under a parent of their own in whatever context they run in. */
  function runOf(parentContext: Context): RunAbove | undefined {
    const run = parentContext.getValue(RUN_CONTEXT_KEY) as RunAbove | undefined;
    if (run !== undefined && !known.has(run)) {
      // The span of the run itself, which is started in the run's own context.
      known.add(run);
      return run;
    }
    const parent = trace.getSpan(parentContext);
    const readable = parent && readableSpan(parent);
    const ofParent = readable && places.get(readable)?.run;
    return ofParent === undefined || isWithin(run, ofParent) ? run : ofParent;
  }

  return {
    started(span, parentContext) {
      const run = runOf(parentContext);
      if (run === undefined) return;
      const awaited = isToolCall(span.attributes)
        ? 'tool'
        : roleOf(span.attributes) === 'inference'
          ? 'inference'
          : undefined;
      places.set(span, { run, awaited });
      if (awaited) run.started(awaited);
    },
    ended(span, call) {
      const place = places.get(span);
      if (place === undefined) return;
      if (call) place.run.counted(call);
      if (place.awaited) place.run.ended(place.awaited);
    },
  };
}

function isWithin(run: RunAbove | undefined, outer: RunAbove): boolean {
  for (let at = run; at !== undefined; at = at.above) if (at === outer) return true;
  return false;
}
