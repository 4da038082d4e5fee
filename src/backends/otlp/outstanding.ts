// What the collector has not got of one signal, wherever it is: live in memory, in the journal when the collector does not keep up, and what other
// writers left. Knows what is to be sent next, and nothing of how it is sent.
import { existsSync } from 'node:fs';
import { countLines } from '../../internal/count-lines.ts';
import type { Position, Written } from '../journal/segment-writer.ts';
import type { Share } from '../journal/segments.ts';
import type { Backlog, Piece, PieceLimits } from '../shipping/backlog.ts';
import { LiveQueue } from './live-queue.ts';
import { Unshipped } from './unshipped.ts';

/** What is on the disk of one writer and is sent from there. */
export type Stored = Pick<
  Backlog,
  'peek' | 'commit' | 'isHeld' | 'waitingBytes' | 'since' | 'readUpTo' | 'letGo' | 'startAgain' | 'close'
>;

/** The writer's own part of the journal. */
export interface OwnJournal {
  /** Marks all before `end` as shipped. */
  shipped(end: Position): void;
  /** What is not, from the disk. */
  backlog(): Stored;
  /** Whether it is still ours to ship. */
  isHeld(): boolean;
  /** Told that another process has shipped some of it meanwhile: how far, the cursors say. */
  onReclaimed: (() => void) | undefined;
  /** What of a file is not shipped by the word of the cursors, where so much was not; nothing when it is gone. */
  left(path: string, before: Share): Share;
  /** Tells up to which byte of a file (of this size) all is shipped, or in memory and will be: of our own, or of one that another writer left. */
  onItsWay: ((path: string, size: number, isOwn: boolean) => number) | undefined;
  /** Told what this process has removed of a file for want of room, and counted, and up to when (milliseconds since the epoch) it was written. */
  onEvicted: ((path: string, share: Share, until: number) => void) | undefined;
}

/** What goes into the next request, and what to do when it is through. */
export interface Shipment {
  readonly parts: readonly Buffer[];
  readonly records: number;
  /** Made by this process. */
  readonly isOwn: boolean;
  /** Bytes of the disk that it stands for; 0 from memory. */
  readonly storedBytes: number;
  commit(): void;
}

export interface OutstandingOptions {
  /** Of what waits in memory: above them the journal's is left to it, and other is dropped. */
  readonly limits: PieceLimits;
  /** Absent where there is none: everything then waits in memory. */
  readonly journal?: OwnJournal | undefined;
  /** What came from the disk is through: so many records, and so many lines that are none; our own, or what another writer left. */
  readonly onStored: (records: number, corrupt: number, isOwn: boolean) => void;
  /** So many records of ours were removed by others before they were sent. */
  readonly onLost: (records: number) => void;
}

export class Outstanding {
  readonly #options: OutstandingOptions;
  readonly #queue: LiveQueue;
  readonly #foreign: Stored[] = [];
  /** While it is set, what the journal has is sent from there. */
  #backlog: Stored | undefined;
  /** Milliseconds since the epoch: how old the oldest of what is sent from the disk is. */
  #storedSince = 0;
  /** What the journal has and the collector not. */
  readonly #unshipped = new Unshipped();
  #isClosed = false;
  /** Behind what came last into memory. */
  #end: Position | undefined;

  constructor(options: OutstandingOptions) {
    this.#options = options;
    this.#queue = new LiveQueue(options.limits);
    const { journal } = options;
    if (!journal) return;
    journal.onReclaimed = () => this.#startAgain();
    journal.onItsWay = (path, size, isOwn) => this.#onItsWay(path, size, isOwn);
    journal.onEvicted = (path, share, until) => {
      this.#unshipped.subtract(path, share);
      this.#storedSince = Math.max(this.#storedSince, until);
    };
  }

  /** Records in memory. */
  get records(): number {
    return this.#queue.records;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#queue.bytes;
  }

  /** Our own is sent from the disk. */
  get isBehind(): boolean {
    return this.#backlog !== undefined;
  }

  /** Something is to be sent from the disk. */
  get hasStored(): boolean {
    return this.#backlog !== undefined || this.#foreign.length > 0;
  }

  /** The collector has all that we have put into the journal. */
  get isThrough(): boolean {
    return this.#unshipped.isEmpty && this.#backlog === undefined;
  }

  /** Nothing that waits is in memory alone. */
  get isOnDisk(): boolean {
    if (!this.#options.journal || this.#queue.hasUnjournaled) return false;
    return this.#backlog === undefined || !this.#queue.hasJournaled;
  }

  /** The age of the oldest record that is outstanding, and bytes. */
  get lag(): { readonly seconds: number; readonly bytes: number } {
    const stored = this.#foreign.reduce((sum, { waitingBytes }) => sum + waitingBytes, 0);
    const bytes = stored + this.#queue.bytes + (this.#backlog ? this.#unshipped.bytes : 0);
    const isStored = this.#backlog !== undefined || stored > 0;
    const since = Math.min(
      isStored ? this.#storedSince : Number.POSITIVE_INFINITY,
      this.#queue.since ?? Number.POSITIVE_INFINITY,
    );
    return { seconds: bytes === 0 ? 0 : Math.max(0, (Date.now() - since) / 1000), bytes };
  }

  /** Takes what the journal has, in one file. */
  pushJournaled(lines: Buffer, records: number, written: Written): void {
    this.#unshipped.add(written.path, records, lines.length);
    // What comes after our end is shipped by who comes next.
    if (this.#backlog || this.#isClosed) return;
    if (!this.#queue.hasRoom(lines, records)) return this.#fallBehind();
    this.#queue.push(lines, records, written);
    this.#end = written;
  }

  /** Takes the first of `lines`, which the journal does not have, as far as there is room. @returns how many. */
  pushUnjournaled(lines: Buffer): number {
    return this.#queue.pushFitting(lines);
  }

  /** What another writer left. Closed when there is nothing more of it. */
  adopt(stored: Stored): void {
    const since = stored.since ?? Date.now();
    this.#storedSince = this.hasStored ? Math.min(this.#storedSince, since) : since;
    this.#foreign.push(stored);
  }

  /**
   * Our own before what others left; of our own the older, which is on the disk, first.
   * @param mayRead whether anything may be read from the disk.
   */
  async next(limits: PieceLimits, mayRead: boolean): Promise<Shipment | undefined> {
    const { journal } = this.#options;
    // Another process has taken us for dead and ships what we wrote: what it leaves is read from the disk once it is ours again.
    if (journal && !this.#backlog && this.#queue.records > 0 && !journal.isHeld()) this.#fallBehind();
    // Kept when it fell behind, for its files were gone: older than what is on the disk.
    if (this.#backlog && this.#queue.hasJournaled) return this.#nextInMemory(limits);
    if (mayRead && this.#backlog?.isHeld()) {
      this.#countLost();
      const shipment = await this.#nextOf(this.#backlog, limits);
      if (shipment) return shipment;
    }
    return this.#nextInMemory(limits) ?? (mayRead ? this.#nextOfOthers(limits) : undefined);
  }

  /** Counts what others have removed and is not in memory. */
  look(): void {
    if (this.#options.journal?.isHeld()) this.#countLost();
  }

  /** Nothing more is sent, as far as anybody knows: what others have removed is lost, also what is in memory of it, and counted. All else stays. */
  end(): void {
    this.#dropJournaled(false);
    this.look();
  }

  /** The collector is not there: what is on the disk waits there. */
  letGo(): void {
    this.#queue.release();
    this.#backlog?.letGo();
    if (this.#backlog?.isHeld()) this.#countLost();
  }

  /** @returns records that are lost. */
  close(): number {
    const { journal } = this.#options;
    this.#isClosed = true;
    if (journal) journal.onItsWay = undefined;
    this.#dropJournaled();
    this.#backlog?.close();
    this.letGo();
    const lost = this.#queue.records;
    this.#queue.clear();
    for (const stored of this.#foreign.splice(0)) {
      const left = countLines(stored.letGo());
      if (left > 0) this.#options.onLost(left);
      stored.close();
    }
    return lost;
  }

  /** From now on the journal is what is sent from: it has all, and memory need not. */
  #fallBehind(): void {
    this.#storedSince = this.#queue.since ?? Date.now();
    this.#dropJournaled();
    this.#backlog = this.#options.journal?.backlog();
  }

  /** What is in memory another has sent, perhaps. */
  #startAgain(): void {
    const { journal } = this.#options;
    if (journal) this.#unshipped.reduce((path, before) => journal.left(path, before));
    if (this.#backlog) this.#backlog.startAgain();
    else this.#fallBehind();
  }

  /** @param isThere gives up what the journal has in files that are there, or had in files that are gone. */
  #dropJournaled(isThere = true): void {
    const known = new Map<string, boolean>();
    this.#queue.dropJournaled((path) => {
      if (!known.has(path)) known.set(path, existsSync(path));
      return known.get(path) === isThere;
    });
  }

  #nextInMemory(limits: PieceLimits): Shipment | undefined {
    const taken = this.#queue.peek(limits);
    if (!taken) return undefined;
    const commit = (): void => {
      this.#queue.commit(taken);
      for (const file of taken.journaled) this.#unshipped.subtract(file.path, file);
      const end = taken.journaled.at(-1);
      if (end) this.#options.journal?.shipped(end);
    };
    return { ...taken, isOwn: true, storedBytes: 0, commit };
  }

  async #nextOfOthers(limits: PieceLimits): Promise<Shipment | undefined> {
    for (;;) {
      const [stored] = this.#foreign;
      if (!stored) return undefined;
      const shipment = stored.isHeld() ? await this.#nextOf(stored, limits) : undefined;
      if (shipment) return shipment;
      this.#foreign.shift();
      stored.close();
    }
  }

  /** The next piece of what is on the disk. Of our own backlog: when there is none, memory serves again. */
  async #nextOf(stored: Stored, limits: PieceLimits): Promise<Shipment | undefined> {
    for (;;) {
      const { bytes } = this.#unshipped;
      const piece = await stored.peek(limits);
      if (!piece) {
        // Something was written while it was looked for.
        if (stored === this.#backlog && this.#unshipped.bytes !== bytes) continue;
        if (stored === this.#backlog) this.#caughtUp(stored);
        return undefined;
      }
      const { lines, records, size } = piece;
      const commit = (): void => this.#commit(stored, piece);
      if (records > 0) return { parts: [lines], records, isOwn: stored === this.#backlog, storedBytes: size, commit };
      commit();
    }
  }

  #commit(stored: Stored, piece: Piece): void {
    const isOwn = stored === this.#backlog;
    stored.commit(piece);
    if (isOwn) {
      const { end, records, corrupt, size } = piece;
      this.#unshipped.subtract(end.path, { records: records + corrupt, bytes: size });
    }
    if (piece.lastAt !== undefined) this.#storedSince = piece.lastAt;
    this.#options.onStored(piece.records, piece.corrupt, isOwn);
  }

  #onItsWay(path: string, size: number, isOwn: boolean): number {
    if (!isOwn) return Math.max(0, ...this.#foreign.map((stored) => stored.readUpTo(path)));
    if (this.#backlog) return Math.max(this.#backlog.readUpTo(path), this.#queue.underWayUpTo(path));
    if (path === this.#end?.path) return this.#end.offset;
    // One of this very turn has not come yet.
    return this.#unshipped.has(path) ? size : 0;
  }

  /** What others have removed, and is not in memory. */
  #countLost(isThere: (path: string) => boolean = (path) => existsSync(path) || !!this.#backlog?.readUpTo(path)): void {
    const lost = this.#unshipped.forgetGone(isThere, (path) => this.#queue.shareOf(path));
    if (lost > 0) this.#options.onLost(lost);
  }

  #caughtUp(backlog: Stored): void {
    this.#backlog = undefined;
    backlog.close();
    this.#countLost(() => false);
  }
}
