// Records in SQLite: what `CoordinationStore` promises of them, as plain steps.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type Claim,
  type NewRecord,
  type RecordList,
  type RecordQuery,
  recordTopic,
  type StoredRecord,
} from '../store.ts';
import type { Events } from './events.ts';
import type { Transaction } from './transaction.ts';

interface Row {
  readonly key: string;
  readonly value: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly expires_at: number;
}

const COLUMNS = 'key, value, created_at, updated_at, expires_at';
/** Behind all others in UTF-8. */
const LAST_CHARACTER = '\u{10FFFF}';

export class Records {
  readonly #events: Events;
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #remove: StatementSync;
  readonly #expire: StatementSync;

  constructor(database: DatabaseSync, events: Events) {
    this.#events = events;
    this.#put = database.prepare(`
      INSERT INTO record (collection, key, value, created_at, updated_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, expires_at = excluded.expires_at,
        created_at = CASE WHEN expires_at <= excluded.updated_at THEN excluded.created_at ELSE created_at END
      RETURNING created_at`);
    this.#get = database.prepare(`SELECT ${COLUMNS} FROM record WHERE collection = ? AND key = ? AND expires_at > ?`);
    this.#list = database.prepare(`
      SELECT ${COLUMNS} FROM record
      WHERE collection = ? AND key > ? AND key >= ? AND key < ? AND expires_at > ? ORDER BY key LIMIT ?`);
    this.#remove = database.prepare('DELETE FROM record WHERE collection = ? AND key = ? RETURNING expires_at');
    this.#expire = database.prepare(`
      DELETE FROM record WHERE (collection, key) IN
        (SELECT collection, key FROM record WHERE expires_at <= ? LIMIT ?)`);
  }

  put(transaction: Transaction, { collection, key, value, ttlMillis, event }: NewRecord): StoredRecord {
    const { now } = transaction;
    const expiresAt = now + ttlMillis;
    const row = this.#put.get(collection, key, JSON.stringify(value), now, now, expiresAt);
    if (event) this.#events.append(transaction, event);
    return { key, value, createdAt: Number(row?.created_at), updatedAt: now, expiresAt };
  }

  claim(transaction: Transaction, record: NewRecord, before: number | undefined): Claim {
    const { now } = transaction;
    const held = this.get(now, record.collection, record.key);
    if (held) return { won: false, record: held, now };
    if (before !== undefined && now >= before) return { won: false, record: undefined, now };
    transaction.ring(recordTopic(record.collection, record.key));
    return { won: true, record: this.put(transaction, record), now };
  }

  get(now: number, collection: string, key: string): StoredRecord | undefined {
    const row = this.#get.get(collection, key, now) as Row | undefined;
    return row && stored(row);
  }

  list(now: number, collection: string, { prefix = '', after = '', limit = 1000 }: RecordQuery): RecordList {
    const rows = this.#list.all(collection, after, prefix, prefix + LAST_CHARACTER, now, limit);
    return { now, records: (rows as unknown as Row[]).map(stored) };
  }

  remove({ now }: Transaction, collection: string, keys: readonly string[]): number {
    const rows = keys.map((key) => this.#remove.get(collection, key));
    return rows.filter((row) => Number(row?.expires_at) > now).length;
  }

  sweep(now: number, limit: number): void {
    this.#expire.run(now, limit);
  }
}

function stored(row: Row): StoredRecord {
  return {
    key: row.key,
    value: JSON.parse(row.value),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
  };
}
