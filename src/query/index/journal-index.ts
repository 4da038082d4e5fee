// The index of a journal: what its calls are, kept in an SQLite file beside it, so that a question reads only what is new. All of it comes from
// the journal, and it may be removed at any time. It keeps nothing that the journal no longer has.
import { existsSync } from 'node:fs';
import { NewerDatabaseError } from '../../internal/database.ts';
import { type Period } from '../call-filter.ts';
import { type JournalFile, type JournalListing, listJournalFiles } from '../journal-files.ts';
import { JournalTally } from '../journal-reader.ts';
import { type RunKind } from '../run.ts';
import { type Where } from '../where.ts';
import { type BuildOptions, type Built, buildIndex } from './build-index.ts';
import { indexPath, removeIndex } from './index-file.ts';
import { IndexStore } from './index-store.ts';
import { type Kind } from './layout.ts';
import { type ParsedPiece } from './parse-piece.ts';
import { readUnfinished } from './piece-reader.ts';
import { type CallTable, type RunTable, Table } from './table.ts';

/** SQLite's codes of a file that is damaged, or none of its own. */
const BROKEN: ReadonlySet<unknown> = new Set([11, 26]);

/** All calls and runs of a journal at one moment. Read when they are asked for: not every question is about all. */
export interface Snapshot {
  readonly calls: () => CallTable;
  /** The runs of a kind. */
  readonly runs: (kind: RunKind) => RunTable;
  readonly tally: JournalTally;
}

interface IndexSnapshot extends Snapshot {
  /** The files that may have calls or runs of the period, of those that can be read. */
  readonly filesWithin: (period: Period) => JournalFile[];
}

export class JournalIndex {
  readonly #dir: string;
  readonly #path: string;
  #store: IndexStore | undefined;
  #isInMemory = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(dir: string) {
    this.#dir = dir;
    this.#path = indexPath(dir);
  }

  /** Reads what is new, then hands all there is to `question`, which must not keep it. Questions wait for each other. */
  ask<T>(question: (snapshot: IndexSnapshot) => T, options: BuildOptions = {}): Promise<T> {
    return options.where === undefined
      ? this.#inTurn(() => this.#ask(question, options))
      : this.#askOnce(question, options);
  }

  /** Frees the file when the questions before are answered, then calls `whileClosed`: before a question that comes later opens it again. */
  close<T>(whileClosed: () => T): Promise<T> {
    return this.#inTurn(() => {
      this.#closeStore();
      return whileClosed();
    });
  }

  #inTurn<T>(fn: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(fn);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #closeStore(): void {
    this.#store?.close();
    this.#store = undefined;
  }

  async #ask<T>(question: (snapshot: IndexSnapshot) => T, options: BuildOptions): Promise<T> {
    for (let hasMended = false; ; hasMended = true) {
      try {
        const listing = this.#list();
        // Asking makes no file where there is nothing.
        if (listing.files.length === 0 && !existsSync(this.#path)) return question(emptySnapshot(listing));
        const store = (this.#store ??= new IndexStore(this.#isInMemory ? ':memory:' : this.#path));
        const built = await buildIndex(store, listing, () => this.#list(), options);
        return store.reading(() => question(snapshotOf(store, built)));
      } catch (error) {
        if (this.#isInMemory || !isOfStore(error)) throw error;
        this.#closeStore();
        if (isBroken(error) && !hasMended) removeIndex(this.#dir);
        // A directory that is not ours to write, a full disk: the answer is the same, at the price of reading all of the journal.
        else this.#isInMemory = true;
      }
    }
  }

  /** What is kept knows no attributes of any name: the lines are read for this question alone. */
  async #askOnce<T>(question: (snapshot: IndexSnapshot) => T, options: BuildOptions): Promise<T> {
    const store = new IndexStore(':memory:');
    try {
      const built = await buildIndex(store, this.#list(), () => this.#list(), options);
      return question(snapshotOf(store, built, options.where));
    } finally {
      store.close();
    }
  }

  #list(): JournalListing {
    return listJournalFiles(this.#dir, 'traces');
  }
}

function snapshotOf(store: IndexStore, { listing, unread }: Built, where?: Where): IndexSnapshot {
  const tally = new JournalTally();
  const unfinished: ParsedPiece[] = [];
  const sound: { readonly file: JournalFile; readonly id: number; readonly isFinished: boolean }[] = [];
  const known = new Map(store.files().map((file) => [file.identity, file]));
  const counts = store.lineCounts();
  for (const file of listing.files) {
    const indexed = known.get(file.identity);
    const reason = unread.get(file.identity);
    if (indexed === undefined || reason !== undefined) {
      // Without a reason it is gone: another process has seen it go.
      if (reason !== undefined) tally.skippedFiles.push({ file: file.name, reason });
      continue;
    }
    const { lines = 0, corruptLines = 0 } = counts.get(indexed.id) ?? {};
    tally.files += 1;
    tally.lines += lines;
    tally.addCorrupt(file.name, corruptLines);
    // A last line without its end is whole, or damaged, until it is written on: never a matter for the index.
    const isFinished = file.bytes <= indexed.readBytes;
    if (!isFinished) addUnfinished(file, indexed.readBytes);
    sound.push({ file, id: indexed.id, isFinished });
  }
  tally.skippedFiles.push(...listing.skipped);
  return { calls: () => table('call'), runs: table, filesWithin, tally };

  function filesWithin(period: Period): JournalFile[] {
    const ids = store.filesWithin(period);
    return sound.filter(({ id, isFinished }) => !isFinished || ids.has(id)).map(({ file }) => file);
  }

  function table(kind: Kind): Table {
    const all = store.table(kind);
    for (const { chunks } of unfinished) all.add(chunks);
    return all;
  }

  function addUnfinished(file: JournalFile, from: number): void {
    try {
      const piece = readUnfinished(file, from, where);
      tally.lines += piece.lines;
      tally.addCorrupt(file.name, piece.corruptLines);
      unfinished.push(piece);
    } catch {
      // Gone since.
    }
  }
}

function emptySnapshot({ skipped }: JournalListing): IndexSnapshot {
  const tally = new JournalTally();
  tally.skippedFiles.push(...skipped);
  return { calls: () => new Table('call'), runs: (kind) => new Table(kind), filesWithin: () => [], tally };
}

/** SQLite's trouble, or that of making its file: whatever else goes wrong would go wrong in memory, too. */
function isOfStore(error: unknown): boolean {
  return error instanceof NewerDatabaseError || (error instanceof Error && ('errcode' in error || 'syscall' in error));
}

function isBroken(error: unknown): boolean {
  return error instanceof NewerDatabaseError || BROKEN.has((error as { errcode?: unknown }).errcode);
}
