// A call seen by two instrumentations is two inference spans, one below the other: the innermost counts. Must hold nothing alive: spans are
// only known weakly, so that one that never ends costs no memory.
import { type Context, type Span, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { readableSpan } from './readable-span.ts';
import { roleOf } from './span-role.ts';

/** What is known of a span that is an inference or lies below one. */
interface Place {
  /** The nearest inference above that had not ended when this span started. */
  readonly above: Place | undefined;
  /** Span id of the inference below that counts instead of this one. */
  countedBy: string | undefined;
  ended: boolean;
}

export interface CountedOnce {
  started(span: ReadableSpan, parentContext: Context): void;
  /** An inference ended. @returns the span id of the one that counts in its place, `undefined` when it counts itself. */
  ended(span: ReadableSpan): string | undefined;
}

export function createCountedOnce(): CountedOnce {
  const places = new WeakMap<object, Place>();

  function placeOf(span: object, above: Place | undefined): Place {
    let place = places.get(span);
    if (!place) places.set(span, (place = { above, countedBy: undefined, ended: false }));
    return place;
  }

  /** The inference that a child of `parent` would repeat. */
  function inferenceAt(span: Span): Place | undefined {
    const parent = readableSpan(span);
    if (parent === undefined) return undefined;
    switch (roleOf(parent.attributes)) {
      case 'inference':
        // Above all an ended call: what starts after it, in its context, is another one.
        return parent.ended ? undefined : placeOf(parent, undefined);
      case 'work':
        // A tool or agent that runs inside a call makes calls of its own.
        return undefined;
      case 'other':
        return places.get(parent)?.above;
    }
  }

  return {
    started(span, parentContext) {
      const parent = trace.getSpan(parentContext);
      // Across processes it is another request, even if both ends are this process.
      if (parent === undefined || span.parentSpanContext?.isRemote) return;
      const above = inferenceAt(parent);
      if (above === undefined) return;
      placeOf(span, above);
      // Said at its start, for the outer one may end first: when it returns a stream.
      if (!above.ended && roleOf(span.attributes) === 'inference') above.countedBy = span.spanContext().spanId;
    },
    ended(span) {
      const place = places.get(span);
      if (place === undefined) return undefined;
      place.ended = true;
      if (place.above && !place.above.ended) place.above.countedBy ??= span.spanContext().spanId;
      return place.countedBy;
    },
  };
}
