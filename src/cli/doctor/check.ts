// What one check of `doctor` finds.

/** `problem` is something broken; `warning` something to know before relying on the numbers; `info` no judgement. */
export type CheckState = 'ok' | 'info' | 'warning' | 'problem';

export interface Check {
  /** Stable, for programs: `node`, `journal`, ... */
  readonly check: string;
  readonly state: CheckState;
  /** One sentence for people. */
  readonly message: string;
  /** Further lines for people. */
  readonly details?: readonly string[];
  /** The same facts for programs. */
  readonly data?: unknown;
}
