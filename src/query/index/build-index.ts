// Brings an index up to what the journal holds: reads what is new, forgets what is gone. Several processes may do so at once: one reads while the
// others wait, round by round, and what one has read none reads again.
import { setTimeout as sleep } from 'node:timers/promises';
import { type JournalFile, type JournalListing } from '../journal-files.ts';
import { type Where } from '../where.ts';
import { type ByteRange, cutIntoPieces } from './cut-into-pieces.ts';
import { type IndexStore } from './index-store.ts';
import { PieceReaders, type ReadPiece, type Unread } from './piece-reader.ts';
import { type News, planUpdate, tailBefore } from './plan.ts';

export interface BuildOptions {
  /** Called while new lines are read, with the bytes that are read and those to be read. */
  readonly onProgress?: ((readBytes: number, totalBytes: number) => void) | undefined;
  /** Bytes of new lines from which on threads are started: of less, starting them takes longer than they save. */
  readonly muchBytes?: number | undefined;
  /** Attributes that spans must have; all are taken without it. */
  readonly where?: Where | undefined;
  /** What is parsed at once, if no line is longer; 16 MB by default. */
  readonly pieceBytes?: number | undefined;
  /** What is read before it is kept; 256 MB by default. */
  readonly roundBytes?: number | undefined;
}

export interface Built {
  /** The journal as it was when all of it was read. */
  readonly listing: JournalListing;
  /** Files that could not be read, by identity, and why. */
  readonly unread: ReadonlyMap<string, string>;
}

const MEGABYTE = 1024 * 1024;
/** What is parsed at once: thousands of calls, and no more than one line may have. */
const PIECE_BYTES = 16 * MEGABYTE;
/** Of less, starting threads takes longer than they save. */
const MUCH_BYTES = 24 * MEGABYTE;
/** What is read again when a building is broken off, and how long others wait. */
const ROUND_BYTES = 256 * MEGABYTE;
/** Last pieces of less are read again with what follows them: many small ones make all questions slow. */
const SMALL_BYTES = MEGABYTE / 4;
const WAIT_MILLIS = 20;

/**
 * @param first the files of the journal when the question was asked.
 * @param list those there are now.
 */
export async function buildIndex(
  store: IndexStore,
  first: JournalListing,
  list: () => JournalListing,
  { onProgress, where, muchBytes = MUCH_BYTES, pieceBytes = PIECE_BYTES, roundBytes = ROUND_BYTES }: BuildOptions,
): Promise<Built> {
  const unread = new Map<string, string>();
  let readers: PieceReaders | undefined;
  /** Of all that is to be read, by whomever. */
  let totalBytes = 0;
  const tell = (news: readonly News[], readBytes = 0): void => {
    const left = bytesOf(news);
    totalBytes = Math.max(totalBytes, left);
    onProgress?.(totalBytes - left + readBytes, totalBytes);
  };
  try {
    for (let listing = first; ; listing = list()) {
      const { gone, news } = planUpdate(listing.files, store.files());
      if (gone.length === 0 && news.every(({ file }) => unread.has(file.identity))) return { listing, unread };
      if (!store.tryLock()) {
        tell(news);
        await sleep(WAIT_MILLIS);
        continue;
      }
      try {
        // Again, now that nobody else changes it.
        listing = list();
        const plan = planUpdate(listing.files, store.files());
        for (const { id } of plan.gone) store.removeFile(id);
        readers ??= new PieceReaders(bytesOf(plan.news) >= muchBytes);
        const round = new Round(store, readers, unread, { pieceBytes, roundBytes, where }, (bytes) =>
          tell(plan.news, bytes),
        );
        const isAll = await round.read(plan.news);
        store.commit();
        // What was written meanwhile is for the next question: a journal that is written all the time is never read to its end.
        if (isAll) return { listing, unread };
      } catch (error) {
        store.rollback();
        throw error;
      }
    }
  } finally {
    await readers?.close();
  }
}

function bytesOf(news: readonly News[]): number {
  return news.reduce((sum, { file, from }) => sum + file.bytes - from, 0);
}

interface RoundSizes {
  readonly where: Where | undefined;
  readonly pieceBytes: number;
  readonly roundBytes: number;
}

class Round {
  readonly #store: IndexStore;
  readonly #readers: PieceReaders;
  readonly #unread: Map<string, string>;
  readonly #sizes: RoundSizes;
  readonly #onRead: (bytes: number) => void;
  readBytes = 0;

  constructor(
    store: IndexStore,
    readers: PieceReaders,
    unread: Map<string, string>,
    sizes: RoundSizes,
    onRead: (bytes: number) => void,
  ) {
    this.#store = store;
    this.#readers = readers;
    this.#unread = unread;
    this.#sizes = sizes;
    this.#onRead = onRead;
  }

  /** @returns whether it was all there is. */
  async read(news: readonly News[]): Promise<boolean> {
    const reading: {
      readonly one: News;
      readonly isWhole: boolean;
      readonly pieces: Promise<(ReadPiece | Unread)[]>;
    }[] = [];
    const { pieceBytes, roundBytes } = this.#sizes;
    let bytes = 0;
    for (const one of news) {
      if (bytes >= roundBytes) break;
      const from = this.#forgetSmall(one);
      const ranges = await cutIntoPieces(one.file, from, roundBytes - bytes, pieceBytes);
      bytes += one.file.bytes - from;
      const pieces = Promise.all(ranges.map((range) => this.#readPiece(one.file, range)));
      // Awaited below, after those before it.
      pieces.catch(() => undefined);
      reading.push({ one, isWhole: (ranges.at(-1)?.end ?? from) === one.file.bytes, pieces });
    }
    for (const { one, isWhole, pieces } of reading) this.#write(one, isWhole, await pieces);
    return reading.length === news.length && reading.every(({ isWhole }) => isWhole);
  }

  async #readPiece(file: JournalFile, range: ByteRange): Promise<ReadPiece | Unread> {
    const piece = await this.#readers.read({ file, ...range, where: this.#sizes.where });
    this.readBytes += range.end - range.start;
    this.#onRead(this.readBytes);
    return piece;
  }

  /** Pieces before the new one that are not much larger are read with it. @returns from where on. */
  #forgetSmall({ file, known, from }: News): number {
    if (known === undefined) return from;
    let start = from;
    for (const piece of this.#store.piecesOf(known.id).toReversed()) {
      const bytes = piece.end - piece.start;
      // Of two neighbours, one at least is more than half of what a piece may have: of a large file one piece is read again at most, never a whole round.
      if (2 * bytes >= this.#sizes.pieceBytes || bytes > Math.max(SMALL_BYTES, 2 * (file.bytes - start))) break;
      this.#store.removePiece(piece.id);
      start = piece.start;
    }
    return start;
  }

  #write({ file, known }: News, isWhole: boolean, pieces: readonly (ReadPiece | Unread)[]): void {
    const failed = pieces.find((piece) => 'reason' in piece);
    if (failed !== undefined) {
      this.#unread.set(file.identity, failed.reason);
      if (known !== undefined) this.#store.removeFile(known.id);
      return;
    }
    const sound = pieces as readonly ReadPiece[];
    const readBytes = sound.at(-1)?.end ?? known?.readBytes ?? 0;
    const { name, identity, bornNanos } = file;
    const [bytes, modifiedMillis] = isWhole ? [file.bytes, file.modifiedMillis] : [readBytes, UNFINISHED];
    const tail = tailBefore(file, readBytes);
    const id = this.#store.putFile({ name, identity, bornNanos, bytes, modifiedMillis, readBytes, tail }, known?.id);
    for (const piece of sound) if (piece.end > piece.start) this.#store.addPiece(id, piece, piece.parsed);
  }
}

/** Stands for the time of the last change of a file that is not read to its end. */
const UNFINISHED = -1;
