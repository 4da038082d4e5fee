// A process (or worker thread) that takes part, as the others see it: who it is, and whether it still lives.
import { threadId } from 'node:worker_threads';
import { HERE, isAlive, processStart } from '../../internal/process-alive.ts';

/** How long a member that cannot be asked (another container, a thread of a living process) may give no sign of life, in milliseconds. */
const SILENT_MILLIS = 60_000;

interface Member {
  /** Tells members of one process apart. */
  readonly writer: string;
  readonly pid: number;
  readonly host: string;
  readonly thread: number;
  readonly started: string | undefined;
}

/** Who this process is, as JSON. */
export function describeSelf(writer: string): string {
  const self: Member = { writer, pid: process.pid, host: HERE, thread: threadId, started: processStart(process.pid) };
  return JSON.stringify(self);
}

/** Watches members for signs of life. Goes by its own clock, never by times that others wrote: clocks are set. */
export class Members {
  /** Milliseconds of a clock that nobody sets. */
  readonly #monotonic: () => number;
  readonly #seen = new Map<string, { sign: number; sinceMillis: number }>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /**
   * @param described what {@link describeSelf} gave there.
   * @param sign changes as long as it lives.
   * @param silentMillis how long it may stand still, though its process lives; by default only of those that cannot be asked.
   */
  mayLive(described: string, sign: number, silentMillis?: number): boolean {
    const member = parse(described);
    if (member === undefined) return false;
    const isHere = member.host === HERE;
    if (isHere && !isAlive(member.pid, member.started)) return false;
    if (isHere && member.thread === 0 && silentMillis === undefined) return true;
    const now = this.#monotonic();
    const seen = this.#seen.get(described);
    if (seen?.sign !== sign) {
      this.#seen.set(described, { sign, sinceMillis: now });
      return true;
    }
    return now - seen.sinceMillis < (silentMillis ?? SILENT_MILLIS);
  }

  forget(described: string): void {
    this.#seen.delete(described);
  }
}

function parse(described: string): Member | undefined {
  try {
    const { pid, host, thread, started, writer } = JSON.parse(described) as Partial<Member>;
    const isWhole = typeof pid === 'number' && typeof host === 'string' && typeof thread === 'number';
    return isWhole && typeof writer === 'string' ? { pid, host, thread, started, writer } : undefined;
  } catch {
    return undefined;
  }
}
