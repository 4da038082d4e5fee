// Signals in SQLite: what `CoordinationStore` promises of them, as plain steps.
import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type NewSignal,
  type PendingQuery,
  type SignalQuery,
  type StoredSignal,
  signalTopic,
  type TakenSignal,
} from '../store.ts';
import type { Events } from './events.ts';
import type { Transaction } from './transaction.ts';

interface Row {
  readonly id: number;
  readonly type: string;
  readonly recipient: string;
  readonly sender: string | null;
  readonly sender_id: string | null;
  readonly value: string;
  readonly sent_at: number;
  readonly expires_at: number;
  readonly deliveries: number | null;
}

const EVERYBODY = '';
/** The slot of a delivery that all takers of a signal share. */
const SHARED = '';
const COLUMNS = 'signal.id, type, recipient, sender, sender_id, value, sent_at, expires_at, deliveries';
const MATCHES = `(:types IS NULL OR type IN (SELECT value FROM json_each(:types))) AND (:sender IS NULL OR sender = :sender OR sender_id = :sender)`;

export class Signals {
  readonly #events: Events;
  readonly #insert: StatementSync;
  readonly #available: StatementSync;
  readonly #deliver: StatementSync;
  readonly #prolong: StatementSync;
  readonly #leased: StatementSync;
  readonly #settle: StatementSync;
  readonly #delete: StatementSync;
  readonly #pending: StatementSync;
  readonly #clear: StatementSync;
  readonly #expire: StatementSync;

  constructor(database: DatabaseSync, events: Events) {
    this.#events = events;
    this.#insert = database.prepare(
      'INSERT INTO signal (id, type, recipient, sender, sender_id, value, sent_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#available = database.prepare(`
      SELECT ${COLUMNS} FROM signal
      LEFT JOIN delivery ON delivery.signal = signal.id AND agent = iif(recipient = '${EVERYBODY}', :agent, '${SHARED}')
      WHERE recipient IN (SELECT value FROM json_each(:recipients)) AND expires_at > :now
        AND (delivery.signal IS NULL OR leased_until <= :now) AND ${MATCHES}
      ORDER BY signal.id LIMIT :limit`);
    this.#deliver = database.prepare(`
      INSERT INTO delivery (signal, agent, lease, leased_until, deliveries) VALUES (?, ?, ?, ?, 1)
      ON CONFLICT DO UPDATE SET lease = excluded.lease, leased_until = excluded.leased_until, deliveries = deliveries + 1`);
    this.#prolong = database.prepare('UPDATE signal SET expires_at = max(expires_at, ?) WHERE id = ?');
    this.#leased = database.prepare(`
      SELECT recipient, agent FROM delivery JOIN signal ON signal.id = delivery.signal
      WHERE delivery.signal = ? AND lease = ? AND expires_at > ?`);
    this.#settle = database.prepare(
      'UPDATE delivery SET lease = NULL, leased_until = ? WHERE signal = ? AND agent = ?',
    );
    this.#delete = database.prepare('DELETE FROM signal WHERE id = ?');
    const waiting = `expires_at > :now AND (:recipient IS NULL OR recipient = :recipient) AND ${MATCHES}`;
    this.#pending = database.prepare(`
      SELECT ${COLUMNS} FROM signal LEFT JOIN delivery ON delivery.signal = signal.id AND agent = '${SHARED}'
      WHERE ${waiting} ORDER BY signal.id LIMIT :limit`);
    this.#clear = database.prepare(`DELETE FROM signal WHERE ${waiting}`);
    this.#expire = database.prepare(
      'DELETE FROM signal WHERE id IN (SELECT id FROM signal WHERE expires_at <= ? LIMIT ?)',
    );
  }

  send(transaction: Transaction, { type, to, from, fromId, value, ttlMillis, event }: NewSignal): StoredSignal {
    const { now } = transaction;
    const id = transaction.nextId();
    const expiresAt = now + ttlMillis;
    this.#insert.run(id, type, to ?? EVERYBODY, from ?? null, fromId ?? null, JSON.stringify(value), now, expiresAt);
    if (event) this.#events.append(transaction, event);
    transaction.ring(signalTopic(to));
    return { id: String(id), type, to, from, fromId, value, sentAt: now, expiresAt, deliveries: 0 };
  }

  peek(now: number, query: SignalQuery): StoredSignal[] {
    return this.#find(now, query).map((row) => stored(row));
  }

  take({ now }: Transaction, query: SignalQuery, leaseMillis: number | undefined): TakenSignal[] {
    return this.#find(now, query).map((row) => {
      const isForAll = row.recipient === EVERYBODY;
      if (leaseMillis === undefined) {
        if (isForAll) this.#deliver.run(row.id, query.agent, null, null);
        else this.#delete.run(row.id);
        return stored(row);
      }
      const lease = randomUUID();
      const leasedUntil = now + leaseMillis;
      this.#deliver.run(row.id, isForAll ? query.agent : SHARED, lease, leasedUntil);
      this.#prolong.run(leasedUntil, row.id);
      return stored(row, { lease, leasedUntil });
    });
  }

  finish({ now }: Transaction, id: string, lease: string): boolean {
    const delivery = this.#leased.get(Number(id), lease, now);
    if (!delivery) return false;
    if (delivery.recipient === EVERYBODY) this.#settle.run(null, Number(id), delivery.agent as string);
    else this.#delete.run(Number(id));
    return true;
  }

  release(transaction: Transaction, id: string, lease: string): boolean {
    const delivery = this.#leased.get(Number(id), lease, transaction.now);
    if (!delivery) return false;
    this.#settle.run(transaction.now, Number(id), delivery.agent as string);
    const to = delivery.recipient as string;
    transaction.ring(signalTopic(to === EVERYBODY ? undefined : to));
    return true;
  }

  pending(now: number, query: PendingQuery, limit: number): StoredSignal[] {
    return (this.#pending.all({ ...parameters(query), now, limit }) as unknown as Row[]).map((row) => stored(row));
  }

  clear({ now }: Transaction, query: PendingQuery): number {
    return Number(this.#clear.run({ ...parameters(query), now }).changes);
  }

  sweep(now: number, limit: number): void {
    this.#expire.run(now, limit);
  }

  #find(now: number, { agent, addresses, types, from, limit }: SignalQuery): Row[] {
    return this.#available.all({
      agent,
      recipients: JSON.stringify([...addresses, EVERYBODY]),
      types: types ? JSON.stringify(types) : null,
      sender: from ?? null,
      now,
      limit,
    }) as unknown as Row[];
  }
}

function parameters({ to, types, from }: PendingQuery): Record<string, SQLInputValue> {
  return { recipient: to ?? null, types: types ? JSON.stringify(types) : null, sender: from ?? null };
}

function stored(row: Row, leased?: { readonly lease: string; readonly leasedUntil: number }): TakenSignal {
  return {
    id: String(row.id),
    type: row.type,
    to: row.recipient === EVERYBODY ? undefined : row.recipient,
    from: row.sender ?? undefined,
    fromId: row.sender_id ?? undefined,
    value: JSON.parse(row.value),
    sentAt: row.sent_at,
    expiresAt: Math.max(row.expires_at, leased?.leasedUntil ?? 0),
    deliveries: row.deliveries ?? 0,
    ...(leased && { lease: leased.lease }),
  };
}
