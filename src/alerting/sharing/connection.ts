// The connection of an engine to alerts.db: opens the file, another in its place, or what stands for it in memory while it cannot be used.
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction, openToRead } from '../../internal/database.ts';
import { alertsDatabasePath, openAlertsDatabase, openMemoryDatabase } from '../alerts-database.ts';
import type { Clock } from '../clock.ts';
import type { Evaluator, Moved } from '../evaluation/evaluator.ts';
import { JournalFeed } from '../journal/journal-feed.ts';
import { giveBack, lend } from '../notify/stand-in.ts';
import { PAGES_BESIDE } from '../store/checkpoint.ts';
import { Lease } from '../store/lease.ts';
import { describeSelf, Members } from '../store/member.ts';
import { RuleStore } from '../store/rule-store.ts';
import { type Publish, StateStore } from '../store/state-store.ts';
import { BUSY_MILLIS, inodeOf, type Stores } from '../store/stores.ts';
import { WindowStore } from '../store/window-store.ts';
import type { SharedWindows } from './shared-windows.ts';

export interface ConnectionOptions {
  readonly dir: string;
  /** See `AlertEngineOptions`. */
  readonly writer: string;
  readonly intervalMillis: number;
  readonly measuresSinceMillis?: number | undefined;
  readonly startsLate?: boolean | undefined;
  readonly clock: Clock;
  readonly evaluator: Evaluator;
  readonly windows: SharedWindows;
  readonly publish: Publish;
  /** It is another database: within the first transaction. */
  readonly onOpen: (stores: Pick<Stores, 'rules' | 'isFile'>) => void;
}

/** A member whose beat stands still for so many intervals is taken for dead or hung. */
const SILENT_INTERVALS = 3;
const MIN_SILENT_MILLIS = 5000;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #self: string;
  readonly #members: Members;
  #stores: Stores | undefined;
  /** The writer's name, anew when others took us for dead. */
  #lives = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#self = describeSelf(options.writer);
    this.#members = new Members(() => options.clock.monotonic());
  }

  /** What is open now. */
  get stores(): Stores | undefined {
    return this.#stores;
  }

  /**
   * The file, or what stands for it as long as the file cannot be used.
   * @throws what SQLite throws.
   */
  open(): Stores {
    const { dir } = this.#options;
    const open = this.#stores;
    if (open?.isFile === false) {
      const file = this.#fileTaking(open.database);
      if (file === undefined) return open;
      this.close();
      return this.#use(file, true);
    }
    if (open && inodeOf(dir) === open.inode) return open;
    this.close();
    return this.#use(openAlertsDatabase(dir, BUSY_MILLIS), true);
  }

  openInMemory(): Stores {
    const memory = openMemoryDatabase();
    this.#lendTo(memory);
    return this.#use(memory, false);
  }

  close(): void {
    const open = this.#stores;
    this.#stores = undefined;
    try {
      open?.database.close();
    } catch {
      // It is as good as closed.
    }
  }

  /** Others took us for dead: from now on we are another. */
  beginAnew(): void {
    this.#lives += 1;
    this.close();
  }

  #use(database: DatabaseSync, isFile: boolean): Stores {
    return (this.#stores = closeIfThrows(database, () => this.#storesOf(database, isFile)));
  }

  /** One that is only locked can be read, and as a rule one that is read-only. */
  #lendTo(memory: DatabaseSync): void {
    try {
      const file = openToRead(alertsDatabasePath(this.#options.dir));
      try {
        lend(file, memory);
      } finally {
        file.close();
      }
    } catch {
      // Then it is not known whom people have been told of: better twice than never.
    }
  }

  #storesOf(database: DatabaseSync, isFile: boolean): Stores {
    const { dir, intervalMillis, writer, measuresSinceMillis, startsLate, evaluator, publish, onOpen } = this.#options;
    const silentMillis = Math.max(MIN_SILENT_MILLIS, SILENT_INTERVALS * intervalMillis);
    database.exec(`PRAGMA wal_autocheckpoint = ${PAGES_BESIDE}; PRAGMA temp_store = MEMORY`);
    const windows = new WindowStore(database);
    const rules = new RuleStore(database);
    const name = this.#lives === 0 ? writer : `${writer}-${this.#lives}`;
    const self = measuresSinceMillis === undefined ? null : this.#self;
    const source = inTransaction(database, () => {
      onOpen({ rules, isFile });
      if (self !== null && !startsLate) windows.takeBack(name);
      return windows.source(name, self, this.#options.windows.countsFromMillis);
    });
    evaluator.forgetRows();
    const stores: Stores = {
      database,
      isFile,
      inode: isFile ? inodeOf(dir) : 0,
      rules,
      windows,
      states: new StateStore(database, publish),
      lease: new Lease(database, this.#self, this.#members, silentMillis),
      feed: undefined,
      source,
      seenChange: undefined,
    };
    // In memory who measures knows itself best; who measures nothing has the journal alone, and forgets how far it was read.
    if (isFile || measuresSinceMillis === undefined) {
      const commit = (fn: () => void): Promise<void> => this.#options.windows.commit(stores, fn);
      const takeOut = (buckets: readonly Moved[]): Promise<void> => this.#options.windows.takeOut(stores, buckets);
      stores.feed = new JournalFeed({ dir, windows, evaluator, members: this.#members, commit, takeOut });
    }
    return stores;
  }

  /** The file, once it takes what happened meanwhile: one that is locked or read-only can be opened, and that is all. */
  #fileTaking(memory: DatabaseSync): DatabaseSync | undefined {
    try {
      const file = openAlertsDatabase(this.#options.dir, BUSY_MILLIS);
      closeIfThrows(file, () => giveBack(memory, file));
      return file;
    } catch {
      return undefined;
    }
  }
}

function closeIfThrows<T>(database: DatabaseSync, use: () => T): T {
  try {
    return use();
  } catch (error) {
    database.close();
    throw error;
  }
}
