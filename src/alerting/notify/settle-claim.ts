// Writes down how a message went, and when it is tried again.
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../../internal/database.ts';
import { briefly, type Claim, MAX_WAIT_MILLIS, readRow } from './claim.ts';
import { writeHistory } from './history.ts';
import type { Attempt, Outcome } from './outcome.ts';
import { prepared } from './prepared.ts';
import { settleAlert } from './told.ts';

const MIN_BACKOFF_MILLIS = 5000;
const MAX_BACKOFF_MILLIS = 600_000;
/** What could not be told for so long is told no more. */
const GIVE_UP_MILLIS = 86_400_000;

/** Writes down how it went. */
export function settleClaim(
  database: DatabaseSync,
  claim: Claim,
  attempt: Attempt,
  durationMillis: number,
  nowMillis: number,
): Outcome {
  return inTransaction(database, () => {
    const { channel, groupKey } = claim;
    const row = readRow(database, claim);
    const isMine = row.claim === claim.id;
    const failingSince = row.failing_since ?? nowMillis;
    const isHopeless = attempt.outcome === 'failed' && isMine && nowMillis - failingSince > GIVE_UP_MILLIS;
    const outcome = isHopeless ? 'given_up' : attempt.outcome;
    writeHistory(database, {
      kind: 'delivery',
      atMillis: nowMillis,
      channel,
      channelType: claim.channelType,
      about: 'alerts',
      attempt: claim.attempt,
      outcome,
      ...(attempt.reason !== undefined && { reason: attempt.reason }),
      durationMillis,
      alerts: briefly(claim),
    });
    if (outcome !== 'failed') {
      for (const alert of claim.message.alerts) settleAlert(database, channel, alert, nowMillis);
    }
    // Somebody took over: theirs is the row.
    if (!isMine) return outcome;
    const update = prepared(
      database,
      `UPDATE notification SET claim = NULL, claimed_until = NULL, in_flight = NULL, failures = ?, failing_since = ?, next_try_at = ?, last_told_at = ?
       WHERE channel = ? AND group_key = ?`,
    );
    if (attempt.outcome === 'failed' && !isHopeless) {
      const failures = row.failures + 1;
      update.run(failures, failingSince, nowMillis + backoff(failures, attempt), row.last_told_at, channel, groupKey);
    } else {
      // What did not fit follows at once.
      update.run(0, null, 0, claim.hasMore ? 0 : nowMillis, channel, groupKey);
    }
    return outcome;
  });
}

function backoff(
  failures: number,
  { retryAfterMillis = 0 }: { readonly retryAfterMillis?: number | undefined },
): number {
  const doubled = Math.min(MAX_BACKOFF_MILLIS, MIN_BACKOFF_MILLIS * 2 ** (failures - 1));
  // Processes of several machines that wait for one receiver do not come back all at once.
  return Math.round(Math.max(doubled * (0.8 + Math.random() * 0.4), Math.min(retryAfterMillis, MAX_WAIT_MILLIS)));
}
