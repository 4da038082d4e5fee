// Who ships what a writer of the journal has written: one process at a time, the writer's own as a rule, another after its death. Never waits,
// and never takes a claim from a holder that may be alive.
import { existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import {
  JOURNAL_DIRECTORY,
  makeDataDirectory,
  type OUTBOX_DIRECTORY,
  SHIPPING_DIRECTORY,
} from '../../internal/data-directory.ts';
import { namesIn } from '../../internal/names-in.ts';
import { HERE, isAlive, processStart } from '../../internal/process-alive.ts';
import type { Signal } from '../backend.ts';

/** What is shipped of a writer. */
export interface Shipped {
  readonly signals: readonly Signal[];
  /**
   * Where the collector's metrics lie: in the outbox when the writer's process made some for the collector, else in the journal, whose metrics then
   * are the only ones.
   */
  readonly metrics: typeof OUTBOX_DIRECTORY | typeof JOURNAL_DIRECTORY;
}

/** What is known of a writer that was claimed. */
export interface Known extends Shipped {
  /** The writer has said that it writes no more. */
  readonly over?: boolean | undefined;
  /** It cannot be read: it is being written, or a power cut has torn it. What is to be shipped is not known then. */
  readonly torn?: true;
  /** Who writes, where it was the first to claim. */
  readonly writtenBy?: Process | undefined;
}

/** Of a claim: nobody has it, a living process has it, or one that cannot be asked and gives no sign of life: after a minute it counts as dead. */
export type Holding = 'free' | 'held' | 'silent';

export interface Claimed extends Known {
  holding(): Holding;
  /** Who ships it just now: nobody that is known to live, this process, the process that writes it, or another. */
  keeper(): Keeper;
}

export type Keeper = 'nobody' | 'us' | 'writer' | 'another';

/** The directory whose files of `signal` are shipped. */
export function directoryOf(signal: Signal, { metrics }: Shipped): string {
  return signal === 'metrics' ? metrics : JOURNAL_DIRECTORY;
}

interface Holder extends Known, Process {
  readonly released?: boolean;
}

interface Process {
  readonly pid: number;
  readonly host: string;
  readonly thread: number;
  /** See `processStart`. */
  readonly started?: string | undefined;
}

/** Whether the process that writes may write more. One that cannot be asked is on another machine or in another container, or is a thread of a living process. */
export type Life = 'alive' | 'dead' | 'unknown';

/** A holder that cannot be asked whether it lives renews its claim within this time. */
export const SILENT_MILLIS = 60_000;
/** Between two renewals: well within that time. */
export const RENEW_MILLIS = 10_000;
const TORN: Holder = { pid: 0, host: '', thread: 0, signals: [], metrics: JOURNAL_DIRECTORY, torn: true };
const FILE = /^([0-9a-f]{8})-(\d{6,})\.claim$/;

export class Claim {
  readonly shipped: Known;
  readonly #path: string;
  readonly #next: string;
  readonly #holder: Holder;

  constructor(writer: string, directory: string, generation: number, holder: Holder) {
    this.shipped = holder;
    this.#path = join(directory, nameOf(writer, generation));
    this.#next = join(directory, nameOf(writer, generation + 1));
    this.#holder = holder;
  }

  /** Whether it is still ours: a process that was stopped for long may have been taken for dead. Asked before each request. */
  isHeld(): boolean {
    // Who takes it over makes the next, and takes this one away.
    return existsSync(this.#path) && !existsSync(this.#next);
  }

  /** Shows that its holder lives. */
  renew(): void {
    try {
      const now = new Date();
      utimesSync(this.#path, now, now);
    } catch {
      // The directory is gone or cannot be written. Nobody else can claim anything there then.
    }
  }

  /**
   * Others may claim the writer. The file stays, so that who has seen an older one cannot claim beside us.
   * @param over the writer writes no more.
   */
  release(over = this.#holder.over): void {
    try {
      writeFileSync(`${this.#path}.tmp`, JSON.stringify({ ...this.#holder, over, released: true }), { mode: 0o600 });
      renameSync(`${this.#path}.tmp`, this.#path);
    } catch {
      // As good as released once this process is gone.
    }
  }

  /** There is nothing left of the writer that anybody could ship. */
  remove(): void {
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // Whoever finds it finds nothing to ship.
    }
  }
}

export class Claims {
  readonly #dir: string;
  readonly #directory: string;
  /** Claims of holders that cannot be asked: when we first saw them as they are (by `performance.now()`). */
  readonly #silent = new Map<string, { readonly modified: number; readonly since: number }>();

  /** @param dir the data directory. */
  constructor(dir: string) {
    this.#dir = dir;
    this.#directory = join(dir, SHIPPING_DIRECTORY);
  }

  /**
   * Claims a writer.
   * @param shipped where the metrics of a writer lie is known from its first claim; later ones keep that.
   * @param isWriter this process is the writer itself.
   * @returns `undefined` when a holder has it that lives, or may live.
   */
  claim(writer: string, shipped: Shipped, isWriter = false): Claim | undefined {
    makeDataDirectory(this.#dir, SHIPPING_DIRECTORY);
    const generation = this.#generationOf(writer);
    const before = generation === 0 ? undefined : this.#read(nameOf(writer, generation));
    if (generation > 0 && (before === undefined || this.#holding(nameOf(writer, generation), before) !== 'free'))
      return undefined;
    const self = { pid: process.pid, host: HERE, thread: threadId, started: processStart(process.pid) };
    const holder: Holder = {
      ...self,
      writtenBy: before ? before.writtenBy : isWriter ? self : undefined,
      signals: [...new Set([...(before?.signals ?? []), ...shipped.signals])],
      metrics: before && !before.torn ? before.metrics : shipped.metrics,
      over: before?.over,
    };
    try {
      // Of those who saw the same holder dead, the file system lets one make the next file.
      writeFileSync(join(this.#directory, nameOf(writer, generation + 1)), JSON.stringify(holder), {
        flag: 'wx',
        mode: 0o600,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
      throw error;
    }
    if (generation > 0) rmSync(join(this.#directory, nameOf(writer, generation)), { force: true });
    return new Claim(writer, this.#directory, generation + 1, holder);
  }

  /** What is shipped of each writer that was ever claimed, and whether somebody does. */
  shipped(): Map<string, Claimed> {
    const found = new Map<string, Claimed>();
    for (const name of namesIn(this.#directory).sort((a, b) => (a < b ? -1 : 1))) {
      const writer = FILE.exec(name)?.[1];
      const holder = writer === undefined ? undefined : this.#read(name);
      if (writer !== undefined && holder) found.set(writer, this.#claimed(name, holder));
    }
    return found;
  }

  /** The same of one. */
  shippedOf(writer: string): Claimed | undefined {
    const generation = this.#generationOf(writer);
    const name = nameOf(writer, generation);
    const holder = generation === 0 ? undefined : this.#read(name);
    return holder && this.#claimed(name, holder);
  }

  #claimed(name: string, holder: Holder): Claimed {
    const holding = (): Holding => this.#holding(name, holder);
    const keeper = (): Keeper => {
      if (holding() !== 'held') return 'nobody';
      if (holder.pid === process.pid && holder.host === HERE && holder.thread === threadId) return 'us';
      return isSame(holder, holder.writtenBy) ? 'writer' : 'another';
    };
    return { ...holder, holding, keeper };
  }

  #generationOf(writer: string): number {
    let newest = 0;
    for (const name of namesIn(this.#directory)) {
      const found = name.startsWith(writer) ? FILE.exec(name) : undefined;
      if (found?.[1] === writer) newest = Math.max(newest, Number(found[2]));
    }
    return newest;
  }

  /** `undefined` when it is gone. */
  #read(name: string): Holder | undefined {
    try {
      const holder: unknown = JSON.parse(readFileSync(join(this.#directory, name), 'utf8'));
      return isHolder(holder) ? holder : TORN;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : TORN;
    }
  }

  #holding(name: string, holder: Holder): Holding {
    const { pid, host, thread, started, released, torn } = holder;
    // To write a claim takes a moment: one that stays torn, by the clock of the day or by ours, belongs to nobody.
    if (torn) {
      return this.#heard(name) === 'free' || this.#ageMillis(name) > SILENT_MILLIS ? 'free' : 'silent';
    }
    if (released) return 'free';
    const isHere = host === HERE;
    if (isHere && !isAlive(pid, started)) return 'free';
    const isMainThread = thread === 0;
    return isHere && isMainThread ? 'held' : this.#heard(name);
  }

  #heard(name: string): Holding {
    const modified = this.#modified(name);
    const seen = this.#silent.get(name);
    if (seen?.modified !== modified) this.#silent.set(name, { modified, since: performance.now() });
    else if (performance.now() - seen.since >= SILENT_MILLIS) return 'free';
    // By the clock of the day, which may be wrong: for hope, not for proof.
    return this.#ageMillis(name) > 2 * RENEW_MILLIS ? 'silent' : 'held';
  }

  #ageMillis(name: string): number {
    return Date.now() - this.#modified(name);
  }

  #modified(name: string): number {
    return statSync(join(this.#directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }
}

/** @param pid of its files: all that is known of a writer that claimed nothing, and it may be of another container. */
export function lifeOf(known: Known | undefined, pid: number | undefined): Life {
  if (known?.over) return 'dead';
  const writer = known?.writtenBy;
  if (writer === undefined) return pid !== undefined && isAlive(pid) ? 'alive' : 'unknown';
  if (writer.host !== HERE) return 'unknown';
  if (!isAlive(writer.pid, writer.started)) return 'dead';
  return writer.thread === 0 ? 'alive' : 'unknown';
}

function isSame({ pid, host, thread, started }: Process, other: Process | undefined): boolean {
  return pid === other?.pid && host === other.host && thread === other.thread && started === other.started;
}

function isHolder(value: unknown): value is Holder {
  const { pid, host, thread, signals, metrics } = (value ?? {}) as Partial<Holder>;
  const isWhole = typeof pid === 'number' && typeof host === 'string' && typeof thread === 'number';
  return isWhole && Array.isArray(signals) && typeof metrics === 'string';
}

function nameOf(writer: string, generation: number): string {
  return `${writer}-${String(generation).padStart(6, '0')}.claim`;
}
