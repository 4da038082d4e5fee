import type { UnpricedReason } from '../semconv.ts';

/** Why the cost of a call is unknown; `undefined` when the call failed before there was anything to bill. */
export function unpricedReasonOf(hasUsage: boolean, hasFailed: boolean): UnpricedReason | undefined {
  if (hasUsage) return 'unknown_price';
  // A call that failed is not billed as a rule; one that answered is, though nobody said how much.
  return hasFailed ? undefined : 'unknown_usage';
}
