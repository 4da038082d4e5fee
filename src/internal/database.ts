// Opens an SQLite file of ours. It knows no table: each store brings its own schema. Must never print the warning that `node:sqlite` is experimental.
import { existsSync, writeFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

export interface DatabaseOptions {
  /** SQL of each version of the schema, oldest first: what is missing in the file is run, in one transaction. Once released, an entry never changes. */
  readonly migrations: readonly string[];
  /** Of a file that is made: larger than SQLite's own where large values are kept. */
  readonly pageBytes?: number;
  /** Milliseconds a statement waits for another process that writes. It blocks the event loop for as long. */
  readonly busyTimeoutMillis?: number;
}

// SQLite's own numbers.
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;

/** The file was written by a later version of this package, whose tables mean something else. */
export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError';
}

/**
 * Opens `path` (made if absent, with mode 0600; its directory must be there) in WAL mode and brings its schema up to date. `:memory:` is no file.
 * @throws {NewerDatabaseError} and what SQLite throws: the file is corrupt, locked for too long, read-only, ...
 */
export function openDatabase(
  path: string,
  { migrations, pageBytes, busyTimeoutMillis = 1000 }: DatabaseOptions,
): DatabaseSync {
  // Before SQLite makes it with the permissions of the umask; its -wal and -shm files take after it.
  if (path !== ':memory:' && !existsSync(path)) writeFileSync(path, '', { flag: 'a', mode: 0o600 });
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMillis}`);
    if (pageBytes !== undefined) database.exec(`PRAGMA page_size = ${pageBytes}`);
    database.exec('PRAGMA journal_mode = WAL');
    // A power cut may take the last transactions, never the file.
    database.exec('PRAGMA synchronous = NORMAL');
    migrate(database, migrations, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens `path` as it is. @throws what SQLite throws: it is not there, locked for reading too, ... */
export function openToRead(path: string): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    versionOf(database);
    return database;
  } catch (error) {
    database.close();
    if (!isReadOnlyError(error)) throw error;
    // In WAL mode readers write a little beside the file, but for one that nobody can change.
    const unchanging = pathToFileURL(path);
    unchanging.searchParams.set('immutable', '1');
    return new DatabaseSync(unchanging, { readOnly: true });
  }
}

/** Runs `fn` in one transaction that no other process can come between; what it throws undoes it. */
export function inTransaction<T>(database: DatabaseSync, fn: () => T): T {
  // IMMEDIATE: a transaction that reads first and writes later cannot wait for another writer, it fails.
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = fn();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    try {
      database.exec('ROLLBACK');
    } catch {
      // A full disk has undone it already.
    }
    throw error;
  }
}

/** Whether somebody else held the database for too long. */
export function isLockedError(error: unknown): boolean {
  return codeOf(error) === SQLITE_BUSY;
}

/** Whether this user may not write it. */
export function isReadOnlyError(error: unknown): boolean {
  return codeOf(error) === SQLITE_READONLY;
}

/** There are several codes of a kind, which is their lower byte. */
function codeOf(error: unknown): number | undefined {
  const { errcode } = (error ?? {}) as { errcode?: number };
  return errcode === undefined ? undefined : errcode & 0xff;
}

function migrate(database: DatabaseSync, migrations: readonly string[], path: string): void {
  if (versionOf(database) === migrations.length) return;
  inTransaction(database, () => {
    // Another process may have done it meanwhile.
    const version = versionOf(database);
    if (version > migrations.length) {
      throw new NewerDatabaseError(
        `${path} was written by a later version of agent-vitals (schema ${version}, known up to ${migrations.length}): update this one, or use another directory.`,
      );
    }
    for (const sql of migrations.slice(version)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version);
}

function loadSqlite(): typeof import('node:sqlite') {
  // Node warns on stderr, which is the host's, when the module is first loaded.
  const emitWarning = Reflect.get(process, 'emitWarning');
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}
