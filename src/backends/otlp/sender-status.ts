// What the senders of the signals come to, as one backend.
import type { BackendState, BackendStatus } from '../backend.ts';
import type { Sender } from './sender.ts';

/** The whole is in the state of its parts that stands last here. One that has sent nothing yet says nothing. */
const STATES: readonly BackendState[] = ['starting', 'healthy', 'recovering', 'degraded', 'stopped'];

/** @param later what no sender has yet: its bytes, and milliseconds since the epoch at which the oldest of it was begun. */
export function statusOf(
  senders: readonly Sender[],
  later = { bytes: 0, since: Number.POSITIVE_INFINITY },
): BackendStatus {
  const all = senders.map(({ health }) => health.status());
  const worst = all.reduce((a, b) => (STATES.indexOf(b.state) > STATES.indexOf(a.state) ? b : a));
  const dropped: Record<string, number> = {};
  for (const { dropped: some } of all) {
    for (const [reason, count] of Object.entries(some)) dropped[reason] = (dropped[reason] ?? 0) + count;
  }
  const lags = senders.map(({ lag }) => lag);
  return {
    ...worst,
    accepted: all.reduce((sum, { accepted }) => sum + accepted, 0),
    dropped,
    lag: {
      seconds: Math.max((Date.now() - later.since) / 1000, ...lags.map(({ seconds }) => seconds)),
      bytes: lags.reduce((sum, { bytes }) => sum + bytes, later.bytes),
    },
    details: {
      endpoint: [...new Set(senders.map(({ origin }) => origin))].join(', '),
      waiting: senders.reduce((sum, { waiting }) => sum + waiting, 0),
    },
  };
}
