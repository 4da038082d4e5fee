// Bounded streams of events in SQLite: what `CoordinationStore` promises of them, as plain steps.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  ALL_EVENTS,
  type EventQuery,
  type EventStream,
  eventTopic,
  type NewEvent,
  type StoredEvent,
} from '../store.ts';
import type { Transaction } from './transaction.ts';

interface Row {
  readonly id: number;
  readonly type: string;
  readonly time: number;
  readonly value: string;
}

interface Appended {
  readonly count: number;
  readonly maxLength: number;
  readonly ttlMillis: number;
}

export class Events {
  /** In the step that is under way, by type. */
  readonly #appended = new Map<string, Appended>();
  #step: Transaction | undefined;
  readonly #insert: StatementSync;
  readonly #lengthen: StatementSync;
  readonly #shorten: StatementSync;
  readonly #removeEmpty: StatementSync;
  readonly #length: StatementSync;
  readonly #trim: StatementSync;
  readonly #deleteOne: StatementSync;
  readonly #deleteOld: StatementSync;
  readonly #streams: StatementSync;
  readonly #ttls: StatementSync;
  readonly #newer: StatementSync;
  readonly #newest: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO event (id, type, time, value) VALUES (?, ?, ?, ?)');
    this.#lengthen = database.prepare(`
      INSERT INTO stream (type, length, ttl) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET length = length + excluded.length, ttl = excluded.ttl RETURNING length`);
    this.#shorten = database.prepare('UPDATE stream SET length = length - ? WHERE type = ?');
    this.#removeEmpty = database.prepare('DELETE FROM stream WHERE type = ? AND length <= 0');
    this.#length = database.prepare('SELECT length FROM stream WHERE type = ?');
    this.#trim = database.prepare(`
      DELETE FROM event WHERE id IN (SELECT id FROM event WHERE type = ? ORDER BY id LIMIT ?)`);
    this.#deleteOne = database.prepare('DELETE FROM event WHERE type = ? AND id = ?');
    this.#deleteOld = database.prepare(`
      DELETE FROM event WHERE id IN (SELECT id FROM event WHERE type = ? AND id < ? ORDER BY id LIMIT ?)`);
    this.#ttls = database.prepare('SELECT type, ttl FROM stream');
    this.#streams = database.prepare(`
      SELECT stream.type, length, first.id AS first_id, first.time AS first_time, last.id AS last_id, last.time AS last_time
      FROM stream
      JOIN event AS first ON first.id = (SELECT min(id) FROM event WHERE type = stream.type)
      JOIN event AS last ON last.id = (SELECT max(id) FROM event WHERE type = stream.type)
      ORDER BY stream.type`);
    const ofTypes = '(:types IS NULL OR type IN (SELECT value FROM json_each(:types)))';
    this.#newer = database.prepare(`SELECT * FROM event WHERE id > :after AND ${ofTypes} ORDER BY id LIMIT :limit`);
    this.#newest = database.prepare(`
      SELECT * FROM (SELECT * FROM event WHERE ${ofTypes} ORDER BY id DESC LIMIT :limit) ORDER BY id`);
  }

  append(transaction: Transaction, { type, value, maxLength, ttlMillis }: NewEvent): StoredEvent {
    const { now } = transaction;
    const id = transaction.nextId();
    this.#insert.run(id, type, now, JSON.stringify(value));
    // What a step that failed had appended is gone.
    if (this.#step !== transaction) this.#appended.clear();
    this.#step = transaction;
    // Heartbeats come by the hundred in one step: their stream is measured and cut once.
    const before = this.#appended.get(type);
    if (before === undefined) transaction.atEnd(() => this.#settle(type));
    this.#appended.set(type, { count: (before?.count ?? 0) + 1, maxLength, ttlMillis });
    transaction.ring(eventTopic(type));
    transaction.ring(ALL_EVENTS);
    return { id: String(id), type, time: now, value };
  }

  #settle(type: string): void {
    const { count, maxLength, ttlMillis } = this.#appended.get(type) as Appended;
    this.#appended.delete(type);
    const length = Number(this.#lengthen.get(type, count, ttlMillis)?.length);
    if (length > maxLength) this.#remove(this.#trim, type, length - maxLength);
  }

  read({ types, after, limit }: EventQuery): StoredEvent[] {
    const wanted = { types: types ? JSON.stringify(types) : null, limit };
    const rows = after === undefined ? this.#newest.all(wanted) : this.#newer.all({ ...wanted, after: Number(after) });
    return (rows as unknown as Row[]).map((row) => ({
      id: String(row.id),
      type: row.type,
      time: row.time,
      value: JSON.parse(row.value),
    }));
  }

  streams(): EventStream[] {
    return this.#streams.all().map((row) => ({
      type: String(row.type),
      length: Number(row.length),
      firstId: String(row.first_id),
      lastId: String(row.last_id),
      firstTime: Number(row.first_time),
      lastTime: Number(row.last_time),
    }));
  }

  trim(type: string, maxLength: number): number {
    const length = Number(this.#length.get(type)?.length ?? 0);
    return length > maxLength ? this.#remove(this.#trim, type, length - maxLength) : 0;
  }

  delete(type: string, ids: readonly string[] | undefined): number {
    if (ids === undefined) return this.trim(type, 0);
    return ids.reduce((count, id) => count + this.#remove(this.#deleteOne, type, Number(id)), 0);
  }

  sweep(now: number, limit: number): void {
    // Ids are microseconds of the store's clock, or ahead of it.
    for (const { type, ttl } of this.#ttls.all()) {
      this.#remove(this.#deleteOld, String(type), (now - Number(ttl)) * 1000, limit);
    }
  }

  /** Every removal goes through here: a stream knows its length, which would be dear to count. */
  #remove(statement: StatementSync, type: string, ...parameters: number[]): number {
    const count = Number(statement.run(type, ...parameters).changes);
    if (count > 0) {
      this.#shorten.run(count, type);
      this.#removeEmpty.run(type);
    }
    return count;
  }
}
