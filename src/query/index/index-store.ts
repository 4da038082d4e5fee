// The tables of the index: how far it has read which file, and what it keeps of the pieces it read. It knows SQL, and nothing of journals.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { isLockedError, openDatabase } from '../../internal/database.ts';
import { type Period } from '../call-filter.ts';
import { Chunk, columnNames, type EncodedChunk } from './chunk.ts';
import { decodeColumn, encodeColumn } from './columns.ts';
import { type ByteRange } from './cut-into-pieces.ts';
import { KINDS, type Kind } from './layout.ts';
import { type ParsedPiece } from './parse-piece.ts';
import { Table } from './table.ts';

/** A journal file as it was when it was read. */
export interface IndexedFile {
  readonly id: number;
  readonly name: string;
  readonly identity: string;
  readonly bornNanos: bigint;
  readonly bytes: number;
  readonly modifiedMillis: number;
  /** Bytes read: up to the end of a line. */
  readonly readBytes: number;
  /** A digest of the last of them, to know whether the file was only written on. */
  readonly tail: string;
}

/** Lines met in a file, and those that are damaged. */
interface LineCounts {
  readonly lines: number;
  readonly corruptLines: number;
}

const SCHEMA = `
  CREATE TABLE file (
    id INTEGER PRIMARY KEY, name TEXT, identity TEXT, bornNanos TEXT, bytes INTEGER, modifiedMillis REAL, readBytes INTEGER, tail TEXT
  );
  CREATE TABLE piece (
    id INTEGER PRIMARY KEY, file INTEGER, start INTEGER, "end" INTEGER, lines INTEGER, corruptLines INTEGER
  );
  CREATE INDEX pieceOfFile ON piece (file);
  -- What rows have in common, once for all chunks: of series, and of details. A number is never given again.
  CREATE TABLE words (id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER, isDetails INTEGER, list TEXT);
  CREATE TABLE chunk (
    id INTEGER PRIMARY KEY, piece INTEGER, kind INTEGER, rows INTEGER, firstMillis REAL, lastMillis REAL, series BLOB, ends BLOB, details BLOB, columns INTEGER
  );
  CREATE INDEX chunkOfPiece ON chunk (piece);
  CREATE INDEX chunkOfKind ON chunk (kind);
  -- The chunk and the column in one number: nothing is found faster.
  CREATE TABLE numbers (id INTEGER PRIMARY KEY, data BLOB);
`;
/**
 * Of a change of the tables, or of what is kept in them (call.ts, run.ts, layout.ts, chunk.ts), the version is another: one more that drops these tables and
 * makes them anew, to be filled from the journal. test/query/kept.test.ts tells when.
 */
const MIGRATIONS = [SCHEMA];
/** A column fills several: with fewer that are larger there are fewer reads. */
const PAGE_BYTES = 32 * 1024;
const COLUMNS_PER_CHUNK = 64;

export class IndexStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** The numbers of the lists of words; while nobody else may change them. */
  #words: Map<string, number> | undefined;
  #hasRemoved = false;

  /** @throws what SQLite throws. */
  constructor(path: string) {
    // Who waits for another that builds does so without SQLite, which would stop the event loop.
    this.#database = openDatabase(path, { migrations: MIGRATIONS, pageBytes: PAGE_BYTES, busyTimeoutMillis: 50 });
    // What is removed from the journal is not to be found in the bytes of the file either.
    this.#database.exec('PRAGMA secure_delete = ON');
  }

  close(): void {
    this.#database.close();
  }

  /** Begins to write. @returns `false` when another does. */
  tryLock(): boolean {
    try {
      this.#run('BEGIN IMMEDIATE');
      return true;
    } catch (error) {
      if (isLockedError(error)) return false;
      throw error;
    }
  }

  commit(): void {
    if (this.#hasRemoved) this.#forgetUnused();
    this.#run('COMMIT');
    this.#endWriting();
  }

  rollback(): void {
    this.#run('ROLLBACK');
    this.#endWriting();
  }

  /** All that `fn` reads is of one moment. */
  reading<T>(fn: () => T): T {
    this.#run('BEGIN');
    try {
      return fn();
    } finally {
      this.#run('COMMIT');
    }
  }

  files(): IndexedFile[] {
    return this.#all('SELECT * FROM file').map(
      (row) => Object.assign(row, { bornNanos: BigInt(row.bornNanos as string) }) as never,
    );
  }

  /** By number of file. */
  lineCounts(): Map<number, LineCounts> {
    const rows = this.#all(
      'SELECT file, sum(lines) AS lines, sum(corruptLines) AS corruptLines FROM piece GROUP BY file',
    );
    return new Map(rows.map(({ file, ...counts }) => [file as number, counts as unknown as LineCounts]));
  }

  /** The numbers of the files that have anything of the period. */
  filesWithin({ sinceMillis = -Infinity, untilMillis = Infinity }: Period): Set<number> {
    const rows = this.#all(
      'SELECT DISTINCT file FROM chunk JOIN piece ON piece.id = chunk.piece WHERE lastMillis >= ? AND firstMillis < ?',
      sinceMillis,
      untilMillis,
    );
    return new Set(rows.map(({ file }) => file as number));
  }

  /** In the order of the file. */
  piecesOf(file: number): (ByteRange & { readonly id: number })[] {
    return this.#all('SELECT id, start, "end" FROM piece WHERE file = ? ORDER BY start', file) as never;
  }

  /** Takes the place of what was known of the file. @returns its number. */
  putFile(
    { name, identity, bornNanos, bytes, modifiedMillis, readBytes, tail }: Omit<IndexedFile, 'id'>,
    id?: number,
  ): number {
    const { lastInsertRowid } = this.#run(
      'INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      id ?? null,
      name,
      identity,
      String(bornNanos),
      bytes,
      modifiedMillis,
      readBytes,
      tail,
    );
    return Number(lastInsertRowid);
  }

  removeFile(file: number): void {
    for (const { id } of this.piecesOf(file)) this.removePiece(id);
    this.#run('DELETE FROM file WHERE id = ?', file);
    this.#hasRemoved = true;
  }

  addPiece(file: number, { start, end }: ByteRange, { lines, corruptLines, chunks }: ParsedPiece): void {
    const { lastInsertRowid } = this.#run(
      'INSERT INTO piece VALUES (NULL, ?, ?, ?, ?, ?)',
      file,
      start,
      end,
      lines,
      corruptLines,
    );
    for (const chunk of chunks) this.#addChunk(Number(lastInsertRowid), chunk);
  }

  removePiece(id: number): void {
    for (const chunk of this.#all('SELECT id FROM chunk WHERE piece = ?', id)) {
      const first = (chunk.id as number) * COLUMNS_PER_CHUNK;
      this.#run('DELETE FROM numbers WHERE id BETWEEN ? AND ?', first, first + COLUMNS_PER_CHUNK - 1);
    }
    this.#run('DELETE FROM chunk WHERE piece = ?', id);
    this.#run('DELETE FROM piece WHERE id = ?', id);
  }

  /** Oldest chunk first. Their columns are read when they are asked for. */
  table(kind: Kind): Table {
    const table = new Table(kind);
    const number = KINDS.indexOf(kind);
    for (const [isDetails, book] of [table.series, table.details].entries()) {
      const lists = this.#all('SELECT id, list FROM words WHERE kind = ? AND isDetails = ?', number, isDetails);
      book.addAll(
        lists.map(({ list }) => list as string),
        lists.map(({ id }) => id as number),
      );
    }
    const names = columnNames(kind);
    for (const row of this.#all('SELECT * FROM chunk WHERE kind = ? ORDER BY firstMillis', number)) {
      const { id, columns, series, ends, details, ...parts } = row as unknown as StoredChunk;
      const [ofSeries, ofEnds, ofDetails] = [series, ends, details].map(
        (encoded) => new Uint32Array(decodeColumn(encoded)),
      ) as [Uint32Array, Uint32Array, Uint32Array];
      table.chunks.push(
        new Chunk({ ...parts, series: ofSeries, ends: ofEnds, details: ofDetails }, (name) => {
          const column = names.indexOf(name);
          // As a bit: asking for what is not there takes as long as for what is.
          return Math.floor(columns / 2 ** column) % 2 === 1 ? this.#column(id, column) : undefined;
        }),
      );
    }
    return table;
  }

  #addChunk(piece: number, { kind, rows, firstMillis, lastMillis, ends, columns, ...words }: EncodedChunk): void {
    const names = columnNames(kind);
    const [series, details] = [words.series, words.details].map((lists, isDetails) =>
      encodeColumn(
        lists.map((list) => this.#wordsNumber({ kind: KINDS.indexOf(kind), isDetails, list })),
        Number.NaN,
      ),
    ) as [Uint8Array, Uint8Array];
    const { lastInsertRowid } = this.#run(
      'INSERT INTO chunk VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      piece,
      KINDS.indexOf(kind),
      rows,
      firstMillis,
      lastMillis,
      series,
      ends,
      details,
      names.reduce((bits, name, column) => bits + (columns.has(name) ? 2 ** column : 0), 0),
    );
    for (const [name, data] of columns) {
      const id = Number(lastInsertRowid) * COLUMNS_PER_CHUNK + names.indexOf(name);
      this.#run('INSERT INTO numbers VALUES (?, ?)', id, data);
    }
  }

  #column(chunk: number, column: number): Uint8Array | undefined {
    const row = this.#statement('SELECT data FROM numbers WHERE id = ?').get(chunk * COLUMNS_PER_CHUNK + column);
    return row?.data as Uint8Array | undefined;
  }

  #wordsNumber(words: WordsRow): number {
    this.#words ??= new Map(
      this.#all('SELECT * FROM words').map((row) => [keyOf(row as unknown as WordsRow), row.id as number]),
    );
    const key = keyOf(words);
    let number = this.#words.get(key);
    if (number === undefined) {
      const { kind, isDetails, list } = words;
      number = Number(this.#run('INSERT INTO words VALUES (NULL, ?, ?, ?)', kind, isDetails, list).lastInsertRowid);
      this.#words.set(key, number);
    }
    return number;
  }

  /** Words that the journal no longer has. */
  #forgetUnused(): void {
    const used = new Set<unknown>();
    for (const { series, details } of this.#all('SELECT series, details FROM chunk'))
      for (const numbers of [series, details])
        for (const number of decodeColumn(numbers as Uint8Array)) used.add(number);
    for (const { id } of this.#all('SELECT id FROM words'))
      if (!used.has(id)) this.#run('DELETE FROM words WHERE id = ?', id as number);
  }

  #endWriting(): void {
    this.#words = undefined;
    this.#hasRemoved = false;
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values);
  }

  #run(sql: string, ...values: SQLInputValue[]): ReturnType<StatementSync['run']> {
    return this.#statement(sql).run(...values);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }
}

/** A row of `chunk`. */
interface StoredChunk {
  readonly id: number;
  readonly rows: number;
  readonly firstMillis: number;
  readonly lastMillis: number;
  readonly series: Uint8Array;
  readonly ends: Uint8Array;
  readonly details: Uint8Array;
  /** A bit for each column there is. */
  readonly columns: number;
}

/** A row of `words`. */
interface WordsRow {
  readonly kind: number;
  readonly isDetails: number;
  readonly list: string;
}

function keyOf({ kind, isDetails, list }: WordsRow): string {
  return `${kind}${isDetails}${list}`;
}
