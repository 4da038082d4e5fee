// What people are told of one series of one rule: the seam between those who judge and those who tell.
export type Severity = 'info' | 'warning' | 'critical';

/** What people are told of one series of one rule. */
export interface Alert {
  readonly rule: string;
  /** Of rule and labels; stable over processes and restarts. */
  readonly fingerprint: string;
  /** Values of `by`, and the rule's own labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'firing' | 'resolved';
  readonly severity: Severity;
  /** The rule's description template, filled in. */
  readonly description: string;
  /** null: no data. */
  readonly value: number | null;
  readonly threshold: number;
  readonly op: '>' | '>=' | '<' | '<=' | '==' | '!=';
  readonly unit: string | undefined;
  readonly channels: readonly string[];
  readonly startsAtMillis: number;
  readonly endsAtMillis: number | undefined;
}
