// Finds what other writers have left that nobody ships, claims it, and hands it to who sends: a little at a time, now and then, and never what a
// living process ships itself.
import { type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { JOURNAL_DIRECTORY, OUTBOX_DIRECTORY } from '../../internal/data-directory.ts';
import { guard } from '../../internal/guard.ts';
import type { Signal } from '../backend.ts';
import { listSegments, type Segment } from '../journal/segments.ts';
import { Backlog } from './backlog.ts';
import {
  type Claim,
  type Claimed,
  type Claims,
  directoryOf,
  type Life,
  lifeOf,
  type Shipped,
  SILENT_MILLIS,
} from './claims.ts';
import type { Cursors } from './cursors.ts';

export interface AdoptionOptions {
  /** The data directory. */
  readonly dir: string;
  readonly claims: Claims;
  readonly cursors: Cursors;
  /** Signals that are sent. */
  readonly signals: readonly Signal[];
  /** Our own writer, which is not adopted. */
  readonly writer?: string | undefined;
  /**
   * Also what processes write, or wrote, that have no collector themselves. Else only what was meant for one: who first names a collector
   * does not want to see the months before.
   */
  readonly all: boolean;
  readonly adopt: (signal: Signal, backlog: Backlog) => void;
}

/** A writer whose files we ship. */
interface Held {
  readonly claim: Claim;
  /** Signals of it that are not through. */
  open: number;
  /** One that lives is kept until it is dead. */
  life: Life;
  /** Its files, as they were when it was looked at: all there will be, of a dead one. */
  written: readonly Segment[];
}

interface Found {
  readonly writer: string;
  readonly written: readonly Segment[];
  readonly known: Claimed | undefined;
}

/** What waits for others to be through. */
interface Candidate extends Found {
  readonly bytes: number;
  /** Milliseconds since the epoch at which the first file with something to ship was begun. */
  readonly since: number;
}

/** Held at a time: one request is under way anyway, and a directory may have thousands of writers. */
const MOST_HELD = 4;
/** Longest time in milliseconds that candidates are looked at in one turn of the event loop. */
const LOOK_MILLIS = 5;

export class Adoption {
  readonly #options: AdoptionOptions;
  readonly #held = new Map<string, Held>();
  /** Dead, and through. */
  readonly #finished = new Set<string>();
  /** What there was of a writer when nothing of it was to be shipped: as long as that is all, nothing is. */
  readonly #through = new Map<string, string>();
  /** Not yet looked at. */
  #found: Found[] = [];
  #candidates: Candidate[] = [];
  /** Writers that have left something, and whose holder gives no sign of life. */
  readonly #silent = new Set<string>();
  #next: NodeJS.Timeout | undefined;
  #spentMillis = 0;

  constructor(options: AdoptionOptions) {
    this.#options = options;
  }

  /** Writers of which something is being shipped, or may have to be. */
  get size(): number {
    return this.#found.length + this.#candidates.length + this.#open;
  }

  /** Writers that have left something, and whose holder may be dead: whoever looks again in a minute will know. */
  get silent(): number {
    return this.#silent.size;
  }

  /** What is not being shipped yet: its bytes, and when the oldest file of it was begun (milliseconds since the epoch). */
  get waiting(): { readonly bytes: number; readonly since: number } {
    let [bytes, since] = [0, Number.POSITIVE_INFINITY];
    for (const candidate of this.#candidates) {
      bytes += candidate.bytes;
      since = Math.min(since, candidate.since);
    }
    return { bytes, since };
  }

  /** Looks once, and goes on with what it finds. Never throws. */
  look(): void {
    guard('looking for what other processes left', () => {
      const { dir, claims, writer: own, all } = this.#options;
      const known = claims.shipped();
      known.delete(own ?? '');
      if (known.size === 0 && !all) return;
      const segments = [JOURNAL_DIRECTORY, OUTBOX_DIRECTORY].flatMap((name) => listSegments(join(dir, name)));
      const byWriter = Map.groupBy(segments, ({ writer }) => writer);
      byWriter.delete(own ?? '');
      const writers = new Set([...known.keys(), ...(all ? byWriter.keys() : [])]);
      for (const writer of this.#through.keys()) if (!writers.has(writer)) this.#through.delete(writer);
      const unfinished = [...writers].filter((writer) => !this.#finished.has(writer));
      this.#candidates = [];
      this.#silent.clear();
      this.#found = unfinished.map((writer) => ({
        writer,
        written: byWriter.get(writer) ?? [],
        known: known.get(writer),
      }));
      this.#advance();
    });
  }

  renew(): void {
    for (const { claim } of this.#held.values()) claim.renew();
  }

  /** Others may have what is not through. */
  close(): void {
    clearTimeout(this.#next);
    this.#found = [];
    this.#candidates = [];
    for (const { claim } of this.#held.values()) if (claim.isHeld()) claim.release();
    this.#held.clear();
  }

  #advance(): void {
    clearTimeout(this.#next);
    this.#next = undefined;
    const begin = performance.now();
    while (performance.now() - begin < LOOK_MILLIS) {
      const candidate = this.#open < MOST_HELD ? this.#candidates.shift() : undefined;
      const found = candidate ? undefined : this.#found.shift();
      if (candidate) guard('shipping what another process left', () => this.#consider(candidate));
      else if (found) guard('looking at what another process left', () => this.#weigh(found));
      else return;
      this.#spentMillis = performance.now() - begin;
    }
    this.#advanceSoon();
  }

  get #open(): number {
    return [...this.#held.values()].filter((held) => held.open > 0).length;
  }

  #advanceSoon(): void {
    // As long as it has held up the app, it leaves the app alone.
    this.#next ??= setTimeout(() => this.#advance(), this.#spentMillis).unref();
  }

  #weigh(found: Found): void {
    const { writer, written, known } = found;
    const { signals } = this.#options;
    if (this.#held.has(writer)) return this.#consider(found);
    const traces = tracesOf(found);
    if (this.#through.get(writer) === traces) return;
    const shipped = shippedOf(found, signals);
    let [bytes, since] = [0, Number.POSITIVE_INFINITY];
    for (const file of written) {
      const left = this.#left(file, signals, shipped);
      bytes += left;
      if (left > 0) since = Math.min(since, file.beganAt);
    }
    if (bytes === 0) {
      this.#through.set(writer, traces);
      return this.#consider(found);
    }
    const holding = known?.holding() ?? 'free';
    if (holding === 'silent') this.#silent.add(writer);
    if (holding === 'free') this.#candidates.push({ ...found, bytes, since });
  }

  #consider(found: Found): void {
    const { writer, written, known } = found;
    const { claims, signals } = this.#options;
    const life = lifeOf(known, written[0]?.pid);
    let held = this.#held.get(writer);
    if (held && held.open > 0) return;
    if (held) {
      Object.assign(held, { life, written });
    } else {
      const shipped = shippedOf(found, signals);
      if (!this.#waits(written, signals, shipped)) {
        // A claim that nobody needs any more is taken, and taken away.
        const isNeeded = life !== 'dead' && (life === 'alive' || written.length > 0);
        if (isNeeded || (known && this.#waits(written, known.signals, known))) return;
        if (life === 'dead') this.#finished.add(writer);
        if (known === undefined) return;
      }
      const claim = claims.claim(writer, { signals, metrics: shipped.metrics });
      if (claim === undefined) return;
      held = { claim, open: 0, life, written };
      this.#held.set(writer, held);
    }
    for (const signal of signals) {
      if (this.#waits(written, [signal], held.claim.shipped)) this.#adopt(writer, signal, held);
    }
    this.#settle(writer, held);
  }

  #adopt(writer: string, signal: Signal, held: Held): void {
    const { dir, cursors, adopt } = this.#options;
    const directory = join(dir, directoryOf(signal, held.claim.shipped));
    const { life } = held;
    // A dead one writes no more files: the directory need not be read for each step.
    const written = held.written.filter((file) => file.signal === signal && dirname(file.path) === directory);
    const backlog = new Backlog({
      signal,
      files: life === 'dead' ? () => written : () => listSegments(directory, signal, writer),
      cursors,
      isOver: life === 'dead' || (life === 'unknown' && isOld(written)),
      isHeld: () => held.claim.isHeld(),
      onClose: () => {
        held.open -= 1;
        this.#settle(writer, held);
        this.#advanceSoon();
      },
    });
    held.open += 1;
    adopt(signal, backlog);
  }

  #settle(writer: string, held: Held): void {
    if (held.open > 0 || this.#held.get(writer) !== held) return;
    const isHeld = held.claim.isHeld();
    if (held.life === 'alive' && this.#options.all && isHeld) return;
    this.#held.delete(writer);
    if (!isHeld) return;
    // Of a dead one that is through there is nothing to know any more, nor of one that has no file.
    const isOver = held.life === 'dead' || (held.life === 'unknown' && held.written.length === 0);
    const isThrough = isOver && this.#isThrough(held);
    if (isThrough && held.life === 'dead') this.#finished.add(writer);
    if (isThrough) held.claim.remove();
    else held.claim.release();
  }

  #isThrough({ claim, written }: Held): boolean {
    return !this.#waits(written, claim.shipped.signals, claim.shipped);
  }

  /** Whether some of these files, of these signals, are to be shipped and are not. */
  #waits(written: readonly Segment[], signals: readonly Signal[], shipped: Shipped): boolean {
    return written.some((file) => this.#left(file, signals, shipped) > 0);
  }

  /** Bytes of a file that are to be shipped and are not. */
  #left({ path, signal }: Segment, signals: readonly Signal[], shipped: Shipped): number {
    if (!signals.includes(signal) || basename(dirname(path)) !== directoryOf(signal, shipped)) return 0;
    const size = statOf(path)?.size ?? 0;
    return size - this.#options.cursors.read(path, size);
  }
}

/** The same as long as nothing is written, and the writer's process is what it was. */
function tracesOf({ known, written }: Found): string {
  const last = new Map(written.map(({ path, signal }) => [`${dirname(path)} ${signal}`, path]));
  return [lifeOf(known, written[0]?.pid), ...[...last.values()].map((path) => `${path} ${statOf(path)?.size}`)].join(
    '\n',
  );
}

/** Whether nothing was written for so long that a last line without its end will never get one. */
function isOld(written: readonly Segment[]): boolean {
  return written.every(({ path }) => Date.now() - (statOf(path)?.mtimeMs ?? 0) > SILENT_MILLIS);
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function shippedOf({ known, written }: Found, signals: readonly Signal[]): Shipped {
  return known && !known.torn ? known : { signals, metrics: metricsOf(written) };
}

/** Where the metrics for the collector lie of a writer of which nothing is known: whoever made some for it has an outbox. */
function metricsOf(written: readonly Segment[]): Shipped['metrics'] {
  return written.some(({ path }) => basename(dirname(path)) === OUTBOX_DIRECTORY)
    ? OUTBOX_DIRECTORY
    : JOURNAL_DIRECTORY;
}
