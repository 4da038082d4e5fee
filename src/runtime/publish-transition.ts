// What happens to alerts, for the streams of events that `agent-vitals events` shows.
import type { Transition } from '../alerting/notify/history.ts';
import { publishOwnEvent } from '../coordination/own-event.ts';

export function publishTransition({
  rule,
  severity,
  fingerprint,
  labels,
  from,
  to,
  value,
  threshold,
}: Transition): void {
  publishOwnEvent(`alert.${to}`, { rule, severity, fingerprint, labels, from, value, threshold }, undefined);
}
