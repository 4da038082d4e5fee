// Finds what other writers have left that nobody ships, claims it, and hands it to who sends. Looks at names and cursors only, now and then, and
// never at what a living process ships itself.
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { JOURNAL_DIRECTORY, OUTBOX_DIRECTORY } from '../../internal/data-directory.ts';
import { guard } from '../../internal/guard.ts';
import type { Signal } from '../backend.ts';
import { isAlive } from '../process-alive.ts';
import { Backlog } from './backlog.ts';
import { type Claim, type Claims, directoryOf, type Known, type Shipped } from './claims.ts';
import type { Cursors } from './cursors.ts';
import { listSegments, type Segment } from './segments.ts';

export interface AdoptionOptions {
  /** The data directory. */
  readonly dir: string;
  readonly claims: Claims;
  readonly cursors: Cursors;
  /** Signals that are sent. */
  readonly signals: readonly Signal[];
  /** Our own writer, which is not adopted. */
  readonly writer?: string | undefined;
  /** What living processes write that do not ship it themselves, too. */
  readonly living: boolean;
  readonly adopt: (signal: Signal, backlog: Backlog) => void;
}

/** A writer whose files we ship. */
interface Held {
  readonly claim: Claim;
  /** Signals of it that are not through. */
  open: number;
  /** It may write more: it is kept until it is dead. */
  lives: boolean;
}

export class Adoption {
  readonly #options: AdoptionOptions;
  readonly #held = new Map<string, Held>();

  constructor(options: AdoptionOptions) {
    this.#options = options;
  }

  /** Writers of which something is being shipped now. */
  get size(): number {
    return [...this.#held.values()].filter(({ open }) => open > 0).length;
  }

  /** Looks once. Never throws. */
  look(): void {
    guard('looking for what other processes left', () => {
      const { dir, claims, cursors } = this.#options;
      const known = claims.shipped();
      const segments = [JOURNAL_DIRECTORY, OUTBOX_DIRECTORY].flatMap((name) => listSegments(join(dir, name)));
      const byWriter = Map.groupBy(segments, ({ writer }) => writer);
      for (const [writer, written] of byWriter) this.#consider(writer, written, known.get(writer));
      if (known.size === 0) return;
      cursors.removeAllBut(segments.map(({ path }) => path));
      claims.removeAllBut(new Set(byWriter.keys()));
    });
  }

  renew(): void {
    for (const { claim } of this.#held.values()) claim.renew();
  }

  /** Others may have what is not through. */
  release(): void {
    for (const { claim } of this.#held.values()) if (claim.isHeld()) claim.release();
    this.#held.clear();
  }

  #consider(writer: string, written: readonly Segment[], known: Known | undefined): void {
    const { claims, signals, living } = this.#options;
    if (writer === this.#options.writer) return;
    const lives = known?.over !== true && written.some(({ pid }) => isAlive(pid));
    let held = this.#held.get(writer);
    if (held && held.open > 0) return;
    if (held) {
      held.lives = lives;
    } else {
      // Of a living process that ships nothing only who was asked to ship for it may take anything.
      if (known === undefined && lives && !living) return;
      const shipped = known ?? { signals, metrics: JOURNAL_DIRECTORY };
      if (signals.every((signal) => !this.#hasWaiting(written, signal, shipped))) return;
      const claim = claims.claim(writer, { signals, metrics: shipped.metrics });
      if (claim === undefined) return;
      held = { claim, open: 0, lives };
      this.#held.set(writer, held);
    }
    for (const signal of signals) {
      if (this.#hasWaiting(written, signal, held.claim.shipped)) this.#adopt(writer, signal, held);
    }
    this.#settle(writer, held);
  }

  #adopt(writer: string, signal: Signal, held: Held): void {
    const { dir, cursors, adopt } = this.#options;
    const directory = join(dir, directoryOf(signal, held.claim.shipped));
    held.open += 1;
    const backlog = new Backlog({
      signal,
      files: () => listSegments(directory, signal, writer),
      cursors,
      isOver: !held.lives,
      isHeld: () => held.claim.isHeld(),
      onClose: () => {
        held.open -= 1;
        this.#settle(writer, held);
      },
    });
    adopt(signal, backlog);
  }

  #settle(writer: string, held: Held): void {
    const mayWriteMore = held.lives && this.#options.living && held.claim.isHeld();
    if (held.open > 0 || mayWriteMore || this.#held.get(writer) !== held) return;
    this.#held.delete(writer);
    if (held.claim.isHeld()) held.claim.release();
  }

  #hasWaiting(written: readonly Segment[], signal: Signal, shipped: Shipped): boolean {
    const directory = join(this.#options.dir, directoryOf(signal, shipped));
    return written.some((segment) => {
      if (segment.signal !== signal || dirname(segment.path) !== directory) return false;
      const size = statSync(segment.path, { throwIfNoEntry: false })?.size ?? 0;
      return this.#options.cursors.read(segment.path, size) < size;
    });
  }
}
