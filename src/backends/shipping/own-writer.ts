// What this process writes, and ships itself where it has a collector: its claim on it, and how far it has come. Must never stop the writing or the
// shipping because the disk has a fault.
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { guard } from '../../internal/guard.ts';
import { randomHex } from '../../internal/random-id.ts';
import type { Signal } from '../backend.ts';
import { linesIn } from '../journal/lines-in.ts';
import type { DatedSegment } from '../journal/segment-age.ts';
import type { SegmentName } from '../journal/segment-name.ts';
import type { Position } from '../journal/segment-writer.ts';
import { listSegments, type Share } from '../journal/segments.ts';
import { Backlog } from './backlog.ts';
import { type Claim, Claims, type Keeper, type Shipped } from './claims.ts';
import { Cursors } from './cursors.ts';
import { shippedUpTo } from './shipped-up-to.ts';

export class OwnWriter {
  /** Eight hex digits in the names of the files, new for each process and worker thread. */
  readonly writer = randomHex(8);
  readonly claims: Claims;
  readonly cursors: Cursors;
  #shipped: Shipped | undefined;
  #claim: Claim | undefined;
  readonly #journals: OwnJournal[] = [];

  /** @param dir the data directory. */
  constructor(dir: string) {
    this.claims = new Claims(dir);
    this.cursors = new Cursors(dir);
  }

  /** From now on this process ships what it writes. */
  ship(shipped: Shipped): void {
    this.#shipped = shipped;
  }

  /** Before the first file is begun, so that nobody else can think it is nobody's. */
  beforeOpen(): void {
    this.#claim ??= guard('claiming the journal', () => {
      try {
        return this.#newClaim();
      } catch (error) {
        // The journal, or the cursor, tells what is wrong with the disk: in words for people, and of a process only one is printed.
        if ((error as NodeJS.ErrnoException).code === undefined) throw error;
        return undefined;
      }
    });
  }

  shippedUpTo(segment: SegmentName, path: string, size: number): number {
    return shippedUpTo(this.claims.shippedOf(segment.writer), this.cursors, segment, path, size);
  }

  neededFrom(segment: SegmentName, path: string, size: number): number {
    const shipped = this.shippedUpTo(segment, path, size);
    const isOwn = segment.writer === this.writer;
    return Math.max(shipped, this.#journalOf(segment, path)?.onItsWay?.(path, size, isOwn) ?? 0);
  }

  keeperOf({ writer }: SegmentName): Keeper {
    return this.claims.shippedOf(writer)?.keeper() ?? 'nobody';
  }

  removed(segment: DatedSegment, path: string, lost: Share): void {
    this.cursors.remove(path);
    if (segment.writer === this.writer) this.#journalOf(segment, path)?.onEvicted?.(path, lost, segment.writtenAt);
  }

  /** Without a claim, because the disk is at fault, there is nobody to share with. */
  isHeld(): boolean {
    if (this.#claim === undefined || this.#claim.isHeld()) return true;
    // Somebody has taken us for dead. Once they are done it is ours again.
    try {
      const again = this.#newClaim();
      if (again === undefined) return false;
      this.#claim = again;
      for (const journal of this.#journals) journal.onReclaimed?.();
      return true;
    } catch {
      return true;
    }
  }

  renew(): void {
    this.#claim?.renew();
  }

  /** Nothing more is written. @param isThrough nor is anything left to ship. */
  release(isThrough: boolean): void {
    if (!this.#claim?.isHeld()) return;
    if (isThrough) this.#claim.remove();
    else this.#claim.release(true);
  }

  /** One signal of it, in `directory`. */
  journal(directory: string, signal: Signal): OwnJournal {
    const journal = new OwnJournal(directory, signal, this);
    this.#journals.push(journal);
    return journal;
  }

  /** What ships files of that signal and directory. */
  #journalOf({ signal }: SegmentName, path: string): OwnJournal | undefined {
    return this.#journals.find((journal) => journal.has(signal, path));
  }

  #newClaim(): Claim | undefined {
    return this.#shipped && this.claims.claim(this.writer, this.#shipped, true);
  }
}

/** One signal of what this process writes and ships. */
class OwnJournal {
  /** Told that another process has shipped some of it meanwhile: how far, the cursors say. */
  onReclaimed: (() => void) | undefined;
  /** Tells up to which byte of a file, our own or adopted, all is shipped, or in memory and will be. */
  onItsWay: ((path: string, size: number, isOwn: boolean) => number) | undefined;
  /** Told what of a file retention has removed, and counted, and up to which time that was written. */
  onEvicted: ((path: string, lost: Share, until: number) => void) | undefined;
  readonly #directory: string;
  readonly #signal: Signal;
  readonly #owner: OwnWriter;
  #shipped: Position | undefined;

  constructor(directory: string, signal: Signal, owner: OwnWriter) {
    this.#directory = directory;
    this.#signal = signal;
    this.#owner = owner;
  }

  isHeld(): boolean {
    return this.#owner.isHeld();
  }

  /** Whether a file is of its kind. */
  has(signal: Signal, path: string): boolean {
    return signal === this.#signal && dirname(path) === this.#directory;
  }

  /** Marks all before `end` as shipped. A file that is gone has no cursor, and says nothing of the others: they may be younger. */
  shipped(end: Position): void {
    if (!existsSync(end.path)) return;
    if (this.#shipped?.path !== end.path) this.#completeBefore(end.path);
    this.#shipped = end;
    this.#owner.cursors.write(end.path, end.offset);
  }

  /** What of a file is not shipped by the word of the cursors, where so much was not: nothing when it is gone. */
  left(path: string, before: Share): Share {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const bytes = size - this.#owner.cursors.read(path, size);
    return bytes < before.bytes ? { records: linesIn(path, size - bytes), bytes } : before;
  }

  /** What is not shipped, from the disk. */
  backlog(): Backlog {
    return new Backlog({
      signal: this.#signal,
      files: () => listSegments(this.#directory, this.#signal, this.#owner.writer),
      cursors: this.#owner.cursors,
      from: () => this.#shipped,
      isOwn: true,
      isOver: false,
      isHeld: () => this.isHeld(),
    });
  }

  #completeBefore(path: string): void {
    const { cursors, writer } = this.#owner;
    for (const segment of listSegments(dirname(path), this.#signal, writer)) {
      if (segment.path === path) return;
      const size = statSync(segment.path, { throwIfNoEntry: false })?.size;
      if (size !== undefined && cursors.read(segment.path, size) < size) cursors.write(segment.path, size);
    }
  }
}
