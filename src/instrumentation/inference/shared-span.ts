// A span that a vendor's own SDK has started for a call we record too. Both write on it, and it ends when both are done.
import type { Attributes, Span, TimeInput } from '@opentelemetry/api';
import { guard } from '../../internal/guard.ts';

export interface OurEnd {
  readonly endTime?: TimeInput | undefined;
  /** What must stand on the span in the end, whatever its owner still writes. */
  readonly attributes?: Attributes | undefined;
  /** Nothing comes after this: neither its owner nor another turn of the event loop is waited for. */
  readonly now?: boolean;
}

/**
 * Makes a span wait for us: when its owner ends it, only the time is taken down.
 * @param onOwnerEnd told when the owner ends it before us
 * @returns what ends it on our side. Its time is that of whoever ended it first.
 */
export function shareSpan(span: Span, onOwnerEnd?: () => void): (ours: OurEnd) => void {
  const end = span.end.bind(span);
  let time: TimeInput | undefined;
  let attributes: Attributes | undefined;
  let ownerEnded = false;
  let weEnded = false;
  let closed = false;
  let lastTurn: NodeJS.Immediate | undefined;

  const close = (): void => {
    if (closed) return;
    closed = true;
    clearImmediate(lastTurn);
    guard('ending a span', () => {
      if (attributes) span.setAttributes(attributes);
      end(time);
    });
  };

  span.end = (endTime) => {
    if (ownerEnded) return;
    ownerEnded = true;
    // A number this small is time since the process started, which spans know how to turn into theirs without losing microseconds.
    time ??= endTime ?? performance.now();
    if (weEnded) close();
    else onOwnerEnd?.();
  };
  return (ours) => {
    if (weEnded) return;
    weEnded = true;
    attributes = ours.attributes;
    time ??= ours.endTime ?? performance.now();
    // As a rule its owner is done a few microtasks after us. It may also never be, as with a stream that nobody reads.
    if (ownerEnded || ours.now) close();
    else lastTurn = setImmediate(close);
  };
}
