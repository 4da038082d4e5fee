// The only place that writes for people while the host runs: to stderr, never stdout, and never more than the host's user can bear.
import { sharedMemory } from './shared-memory.ts';

const seen = new Map<string, Problem>();
let verbose = false;
/** A bit for each problem that was said by any thread, as far as so many tell them apart; the first bit is for any. */
const said = new Uint8Array(sharedMemory('said', 1024));
const ANY = 0;

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
  const wasSaid = say(bitOf(key));
  const isFirst = !say(ANY);
  if (wasSaid || !(isFirst || verbose)) return;
  try {
    process.stderr.write(`agent-vitals: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  } catch {
    // A closed stderr is the host's affair; the problem is kept above.
  }
}

/** The problem under `key` is over: if it comes back it is said again. */
export function clearWarning(key: string): void {
  if (seen.delete(key)) unsay(bitOf(key));
}

/** Problems so far, by key. */
export function problems(): ReadonlyMap<string, Problem> {
  return seen;
}

function bitOf(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index++) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) >>> 0;
  return 1 + (hash % (said.length * 8 - 1));
}

/** @returns whether it was said before. */
function say(bit: number): boolean {
  const mask = 1 << (bit & 7);
  return (Atomics.or(said, bit >> 3, mask) & mask) !== 0;
}

function unsay(bit: number): void {
  Atomics.and(said, bit >> 3, ~(1 << (bit & 7)));
}
