// How an attempt to tell somebody ended, in words of ours: a server's own words may hold what was sent to it.

/**
 * `delivered`; `failed`, to be tried again; `given_up`, after which it is not;
 * `interrupted`: who sent it is gone and nobody knows whether it arrived, so it is sent again.
 */
export type Outcome = 'delivered' | 'failed' | 'given_up' | 'interrupted';

/** What a channel says of one attempt. */
export type Attempt =
  | { readonly outcome: 'delivered'; readonly reason?: string }
  | {
      readonly outcome: 'failed';
      readonly reason: string;
      /** Milliseconds that the receiver asked to be left alone. */
      readonly retryAfterMillis?: number | undefined;
    }
  /** What is wrong stays wrong until somebody changes it. */
  | { readonly outcome: 'given_up'; readonly reason: string };
