// Every inference that has begun and not ended, so that each ends: when nobody reads its stream any more, and when the process shuts down.
// Must hold neither streams nor promises of the user: they would never be collected.
import { settings } from './settings.ts';

export interface OpenInference {
  /** `performance.now()` since when the consumer could read on and does not; `undefined` while the vendor is waited for. */
  readonly idleSince: number | undefined;
  /** Where it stands among the open ones; ours to set. */
  place: number;
  abandon(): void;
}

const LONGEST_SWEEP_INTERVAL_MILLIS = 10_000;

// Not a Set: one that is emptied by every call makes a new table each time, and each old one keeps the next from being collected.
const open: OpenInference[] = [];
let sweep: NodeJS.Timeout | undefined;
let sweepInterval = 0;

export function trackInference(inference: OpenInference): void {
  inference.place = open.push(inference) - 1;
  const interval = Math.min(settings.streamIdleMillis / 2, LONGEST_SWEEP_INTERVAL_MILLIS);
  if (sweep && interval === sweepInterval) return;
  clearInterval(sweep);
  sweepInterval = interval;
  sweep = setInterval(abandonIdle, interval);
  sweep.unref();
}

export function untrackInference(inference: OpenInference): void {
  const { place } = inference;
  if (open[place] !== inference) return;
  const last = open.pop();
  if (last === undefined || last === inference) return;
  open[place] = last;
  last.place = place;
}

/** Ends all that is still open, as abandoned and with what is known so far. For the end of the process. */
export function abandonOpenInferences(): void {
  for (const inference of open.slice()) inference.abandon();
}

function abandonIdle(): void {
  const limit = performance.now() - settings.streamIdleMillis;
  for (const inference of open.slice()) {
    if (inference.idleSince !== undefined && inference.idleSince <= limit) inference.abandon();
  }
  if (open.length > 0) return;
  clearInterval(sweep);
  sweep = undefined;
}
