// The only place that writes for people while the host runs: to stderr, never stdout, and never more than the host's user can bear.

const seen = new Map<string, Problem>();
let verbose = false;
let printed = false;

/** Something that went wrong while the host ran. `times` counts its repetitions. */
export interface Problem {
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  times: number;
}

/** Print every distinct problem once, not only the first: for `OTEL_LOG_LEVEL` of `warn` and finer. */
export function setVerbose(on: boolean): void {
  verbose = on;
}

/**
 * Says a problem once. The first of a process goes to stderr as one line; all are kept for the status that `agent-vitals doctor` shows.
 * @param key what makes two reports the same problem, for example `scrape:port`.
 */
export function warnOnce(key: string, message: string): void {
  const known = seen.get(key);
  if (known) {
    known.times += 1;
    return;
  }
  // A broken host can produce endless distinct keys: what is kept is bounded.
  if (seen.size >= 100) return;
  seen.set(key, { message, since: Date.now(), times: 1 });
  if (printed && !verbose) return;
  printed = true;
  try {
    process.stderr.write(`agent-vitals: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  } catch {
    // A closed stderr is the host's affair; the problem is kept above.
  }
}

/** The problem under `key` is over: if it comes back it is said again. */
export function clearWarning(key: string): void {
  seen.delete(key);
}

/** Problems so far, by key. */
export function problems(): ReadonlyMap<string, Problem> {
  return seen;
}
