// The store of one machine: an SQLite file that many processes share. Its steps are synchronous and short; while another process writes, the
// event loop is not held up, the step is tried again a little later.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { COORDINATION_FILE, makeDataDirectory } from '../../../internal/data-directory.ts';
import { isLockedError, openDatabase } from '../../../internal/database.ts';
import type {
  Claim,
  CoordinationStore,
  EventQuery,
  EventStream,
  NewEvent,
  NewRecord,
  NewSignal,
  PendingQuery,
  RecordList,
  RecordQuery,
  SignalQuery,
  StoredEvent,
  StoredRecord,
  StoredSignal,
  TakenSignal,
} from '../store.ts';
import { Doorbell } from './doorbell.ts';
import { Events } from './events.ts';
import { Records } from './records.ts';
import { migrations } from './schema.ts';
import { Signals } from './signals.ts';
import { type Transaction, Transactions } from './transaction.ts';

/** How long a step may hold up the event loop for another process that writes. */
const BUSY_TIMEOUT_MILLIS = 3;
/** How long it is tried again. */
const PATIENCE_MILLIS = 10_000;
const SWEEP_EVERY_MILLIS = 2000;
/** Rows of a kind that one sweep removes at most: it is part of somebody's step. */
const SWEEP_ROWS = 500;

/** @throws what the file system and SQLite throw. */
export async function openSqliteStore(dir: string): Promise<CoordinationStore> {
  makeDataDirectory(dir);
  const path = join(dir, COORDINATION_FILE);
  const database = await patiently(() => openDatabase(path, { migrations, busyTimeoutMillis: BUSY_TIMEOUT_MILLIS }));
  return new SqliteStore(path, database);
}

class SqliteStore implements CoordinationStore {
  readonly engine = 'sqlite';
  readonly #path: string;
  readonly #inode: number;
  readonly #database: DatabaseSync;
  readonly #transactions: Transactions;
  readonly #events: Events;
  readonly #records: Records;
  readonly #signals: Signals;
  readonly #doorbell: Doorbell;
  #sweptAt = 0;

  constructor(path: string, database: DatabaseSync) {
    database.exec('PRAGMA foreign_keys = ON');
    this.#path = path;
    this.#inode = statSync(path).ino;
    this.#database = database;
    this.#transactions = new Transactions(database);
    this.#events = new Events(database);
    this.#records = new Records(database, this.#events);
    this.#signals = new Signals(database, this.#events);
    this.#doorbell = new Doorbell(path.replace(/db$/, 'bells'), changesSeenBy(database));
  }

  now(): Promise<number> {
    return this.#read((now) => now);
  }

  put(records: readonly NewRecord[]): Promise<readonly StoredRecord[]> {
    return this.#write((transaction) => records.map((record) => this.#records.put(transaction, record)));
  }

  claim(record: NewRecord, before?: number): Promise<Claim> {
    return this.#write((transaction) => this.#records.claim(transaction, record, before));
  }

  get(collection: string, key: string): Promise<StoredRecord | undefined> {
    return this.#read((now) => this.#records.get(now, collection, key));
  }

  list(collection: string, query: RecordQuery = {}): Promise<RecordList> {
    return this.#read((now) => this.#records.list(now, collection, query));
  }

  remove(collection: string, keys: readonly string[]): Promise<number> {
    return this.#write((transaction) => this.#records.remove(transaction, collection, keys));
  }

  append(event: NewEvent): Promise<StoredEvent> {
    return this.#write((transaction) => this.#events.append(transaction, event));
  }

  read(query: EventQuery): Promise<readonly StoredEvent[]> {
    return this.#read(() => this.#events.read(query));
  }

  latestId(): Promise<string> {
    return this.#read(() => String(this.#transactions.latestId()));
  }

  streams(): Promise<readonly EventStream[]> {
    return this.#read(() => this.#events.streams());
  }

  trim(type: string, maxLength: number): Promise<number> {
    return this.#write(() => this.#events.trim(type, maxLength));
  }

  deleteEvents(type: string, ids?: readonly string[]): Promise<number> {
    return this.#write(() => this.#events.delete(type, ids));
  }

  send(signal: NewSignal): Promise<StoredSignal> {
    return this.#write((transaction) => this.#signals.send(transaction, signal));
  }

  async take(query: SignalQuery, leaseMillis?: number): Promise<readonly TakenSignal[]> {
    // Mostly there is nothing, and then there is no need to keep others from writing.
    const waiting = await this.peek({ ...query, limit: 1 });
    if (waiting.length === 0) return [];
    return this.#write((transaction) => this.#signals.take(transaction, query, leaseMillis));
  }

  peek(query: SignalQuery): Promise<readonly StoredSignal[]> {
    return this.#read((now) => this.#signals.peek(now, query));
  }

  finish(id: string, lease: string): Promise<boolean> {
    return this.#write((transaction) => this.#signals.finish(transaction, id, lease));
  }

  release(id: string, lease: string): Promise<boolean> {
    return this.#write((transaction) => this.#signals.release(transaction, id, lease));
  }

  pending(query: PendingQuery, limit: number): Promise<readonly StoredSignal[]> {
    return this.#read((now) => this.#signals.pending(now, query, limit));
  }

  clear(query: PendingQuery): Promise<number> {
    return this.#write((transaction) => this.#signals.clear(transaction, query));
  }

  subscribe(topics: readonly string[], onRing: () => void): Promise<() => void> {
    return Promise.resolve(this.#doorbell.listen(topics, onRing));
  }

  close(): Promise<void> {
    this.#doorbell.close();
    if (this.#database.isOpen) this.#database.close();
    return Promise.resolve();
  }

  #read<T>(step: (now: number) => T): Promise<T> {
    return patiently(() => step(this.#transactions.now()));
  }

  async #write<T>(step: (transaction: Transaction) => T): Promise<T> {
    const { result, topics } = await patiently(() =>
      this.#transactions.run((transaction) => {
        const value = step(transaction);
        this.#sweep(transaction.now);
        return value;
      }),
    );
    this.#doorbell.ring(topics);
    return result;
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < SWEEP_EVERY_MILLIS) return;
    // What is written to a file that was removed, nobody else ever sees.
    if (statSync(this.#path, { throwIfNoEntry: false })?.ino !== this.#inode) throw new Error('the file was removed');
    this.#sweptAt = now;
    for (const table of [this.#records, this.#signals, this.#events]) table.sweep(now, SWEEP_ROWS);
  }
}

/** Whether others have written since it was last asked. */
function changesSeenBy(database: DatabaseSync): () => boolean {
  const version = database.prepare('PRAGMA data_version');
  const look = (): unknown => version.get()?.data_version;
  let seen = look();
  return () => {
    const now = look();
    const hasChanged = now !== seen;
    seen = now;
    return hasChanged;
  };
}

/** Tries again while other processes write. */
async function patiently<T>(step: () => T): Promise<T> {
  const giveUpAt = performance.now() + PATIENCE_MILLIS;
  for (let wait = 1; ; wait = Math.min(wait * 2, 32)) {
    try {
      return step();
    } catch (error) {
      if (!isLockedError(error) || performance.now() > giveUpAt) throw error;
    }
    // By chance, so that those who met do not meet again.
    await sleep(wait * Math.random());
  }
}
