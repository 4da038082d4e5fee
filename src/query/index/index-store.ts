// The tables of the index: how far it has read which file, and what it keeps of the pieces it read. It knows SQL, and nothing of journals.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { isLockedError, openDatabase } from '../../internal/database.ts';
import { type RunKind } from '../run.ts';
import { Chunk, COLUMN_NAMES, type ColumnName, type EncodedChunk } from './chunk.ts';
import { type ParsedPiece } from './parse-piece.ts';
import { type EncodedRuns, RunChunk } from './run-chunk.ts';

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
  /** The last of them, to know whether the file was only written on. */
  readonly tail: Uint8Array;
}

/** Lines met in a file, and those that are damaged. */
export interface LineCounts {
  readonly lines: number;
  readonly corruptLines: number;
}

/** Bytes of a file from `start` on, before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Of what is kept. With another, all of it is dropped and read from the journal again. */
const VERSION = 4;
const SCHEMA = `
  DROP TABLE IF EXISTS file;
  DROP TABLE IF EXISTS piece;
  DROP TABLE IF EXISTS chunk;
  DROP TABLE IF EXISTS runs;
  DROP TABLE IF EXISTS numbers;
  CREATE TABLE file (
    id INTEGER PRIMARY KEY, name TEXT, identity TEXT, bornNanos TEXT, bytes INTEGER, modifiedMillis REAL, readBytes INTEGER, tail BLOB
  );
  CREATE TABLE piece (
    id INTEGER PRIMARY KEY, file INTEGER, start INTEGER, "end" INTEGER, lines INTEGER, corruptLines INTEGER
  );
  CREATE INDEX pieceOfFile ON piece (file);
  CREATE TABLE chunk (
    piece INTEGER PRIMARY KEY, rows INTEGER, firstMillis REAL, lastMillis REAL, words TEXT, series BLOB, cells BLOB
  );
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY, piece INTEGER, kind TEXT, rows INTEGER, firstMillis REAL, lastMillis REAL, words TEXT, wordsOf BLOB, numbers BLOB, ids BLOB
  );
  CREATE INDEX runsOfPiece ON runs (piece);
  -- The piece and the column in one number: nothing is found faster.
  CREATE TABLE numbers (id INTEGER PRIMARY KEY, data BLOB);
`;
const MIGRATIONS = Array.from({ length: VERSION }, (_, version) => (version === VERSION - 1 ? SCHEMA : ''));
const COLUMNS_PER_PIECE = 64;

export class IndexStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @throws what SQLite throws. */
  constructor(path: string) {
    // Who waits for another that builds does so without SQLite, which would stop the event loop.
    this.#database = openDatabase(path, { migrations: MIGRATIONS, busyTimeoutMillis: 50 });
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
    this.#run('COMMIT');
  }

  rollback(): void {
    this.#run('ROLLBACK');
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

  /** In the order of the file. */
  piecesOf(file: number): (Span & { readonly id: number })[] {
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
  }

  addPiece(file: number, { start, end }: Span, { lines, corruptLines, chunk, runs }: ParsedPiece): void {
    const { lastInsertRowid } = this.#run(
      'INSERT INTO piece VALUES (NULL, ?, ?, ?, ?, ?)',
      file,
      start,
      end,
      lines,
      corruptLines,
    );
    const piece = Number(lastInsertRowid);
    if (chunk !== undefined) this.#addChunk(piece, chunk);
    for (const some of runs) this.#addRuns(piece, some);
  }

  removePiece(id: number): void {
    this.#run('DELETE FROM piece WHERE id = ?', id);
    this.#run('DELETE FROM chunk WHERE piece = ?', id);
    this.#run('DELETE FROM runs WHERE piece = ?', id);
    this.#run('DELETE FROM numbers WHERE id BETWEEN ? AND ?', numbersId(id, 0), numbersId(id, COLUMNS_PER_PIECE - 1));
  }

  /** Their columns are read when they are asked for. */
  chunks(): Chunk[] {
    return this.#all('SELECT * FROM chunk').map(
      ({ piece, ...chunk }) =>
        new Chunk(chunk as unknown as Omit<EncodedChunk, 'columns'>, (name) => this.#column(piece as number, name)),
    );
  }

  /** Those of a kind, oldest piece first. Their numbers are read when they are asked for. */
  runChunks(kind: RunKind): RunChunk[] {
    return this.#all(
      'SELECT id, rows, firstMillis, lastMillis, words, wordsOf FROM runs WHERE kind = ? ORDER BY firstMillis',
      kind,
    ).map(
      ({ id, ...chunk }) =>
        new RunChunk(
          chunk as unknown as EncodedRuns,
          (name) => this.#statement(`SELECT ${name} FROM runs WHERE id = ?`).get(id as number)?.[name] as Uint8Array,
        ),
    );
  }

  #addRuns(piece: number, { kind, rows, firstMillis, lastMillis, words, wordsOf, numbers, ids }: EncodedRuns): void {
    this.#run(
      'INSERT INTO runs VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      piece,
      kind,
      rows,
      firstMillis,
      lastMillis,
      words,
      wordsOf,
      numbers,
      ids,
    );
  }

  #addChunk(piece: number, { rows, firstMillis, lastMillis, words, series, cells, columns }: EncodedChunk): void {
    this.#run(
      'INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?)',
      piece,
      rows,
      firstMillis,
      lastMillis,
      words,
      series,
      cells,
    );
    for (const [name, data] of columns) {
      this.#run('INSERT INTO numbers VALUES (?, ?)', numbersId(piece, COLUMN_NAMES.indexOf(name)), data);
    }
  }

  #column(piece: number, name: ColumnName): Uint8Array | undefined {
    const row = this.#statement('SELECT data FROM numbers WHERE id = ?').get(
      numbersId(piece, COLUMN_NAMES.indexOf(name)),
    );
    return row?.data as Uint8Array | undefined;
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

function numbersId(piece: number, column: number): number {
  return piece * COLUMNS_PER_PIECE + column;
}
