// What people are told: one series of one rule, firing or resolved.
import type { Operator, Severity } from './rule.ts';

/** What people are told of one series of one rule. */
export interface Alert {
  readonly rule: string;
  /** Of rule and labels, 16 hex digits; stable over processes and restarts. */
  readonly fingerprint: string;
  /** Values of `by` (those the series has), the rule's own labels, and `step` where the rule has steps. */
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'firing' | 'resolved';
  readonly severity: Severity;
  /** The rule's description template, filled in. */
  readonly description: string;
  /** null: no data. */
  readonly value: number | null;
  readonly threshold: number;
  readonly op: Operator;
  readonly unit: string | undefined;
  readonly channels: readonly string[];
  /** Milliseconds since the epoch at which it began to fire. */
  readonly startsAtMillis: number;
  /** Milliseconds since the epoch at which it was resolved; `undefined` while it fires. */
  readonly endsAtMillis: number | undefined;
}
