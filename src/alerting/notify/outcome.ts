// How an attempt to tell somebody ended, in words of ours: a server's own words may hold what was sent to it.

/**
 * `delivered`; `failed`, to be tried again; `given_up`, after which it is not;
 * `interrupted`: who sent it is gone and nobody knows whether it arrived, so it is sent again.
 */
export type Outcome = 'delivered' | 'failed' | 'given_up' | 'interrupted';
