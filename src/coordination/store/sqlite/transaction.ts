// One step on the database: its time, its ids, and who is to be told when it is done.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { inTransaction } from '../../../internal/database.ts';

interface ClockRow {
  readonly time: number;
  readonly lead: number;
  readonly id: number;
}

export interface Transaction {
  readonly now: number;
  /** Microseconds of the store's clock or, when that many are made in one, the next free number. */
  nextId(): number;
  /** Done before the step is over, as part of it. */
  atEnd(fn: () => void): void;
  /** Told once the step is done, and not when it fails. */
  ring(topic: string): void;
}

/**
 * The clock is the machine's, as all who use the file are on one machine. When it is set back, it goes on from where it was: what is to last a
 * minute lasts a minute.
 */
export class Transactions {
  readonly #database: DatabaseSync;
  readonly #readClock: StatementSync;
  readonly #writeClock: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#readClock = database.prepare('SELECT time, lead, id FROM clock');
    this.#writeClock = database.prepare('UPDATE clock SET time = ?, lead = ?, id = ?');
  }

  now(): number {
    const { time, lead } = this.#clock();
    const now = Date.now() + lead;
    // It was set back, and nobody has written since.
    if (now < time - 1000) return this.run((transaction) => transaction.now).result;
    return Math.max(time, now);
  }

  latestId(): number {
    return this.#clock().id;
  }

  /** @returns what `step` returns, and the topics that are to be rung. */
  run<T>(step: (transaction: Transaction) => T): { result: T; topics: ReadonlySet<string> } {
    const topics = new Set<string>();
    const result = inTransaction(this.#database, () => {
      const { time, lead, id: last } = this.#clock();
      // Read within the transaction: whoever was before us has read it before us.
      const machine = Date.now();
      const now = Math.max(time, machine + lead);
      let id = last;
      const finishing: (() => void)[] = [];
      const value = step({
        now,
        nextId: () => (id = Math.max(id + 1, now * 1000)),
        atEnd: (fn) => finishing.push(fn),
        ring: (topic) => topics.add(topic),
      });
      for (const finish of finishing) finish();
      this.#writeClock.run(now, now - machine, id);
      return value;
    });
    return { result, topics };
  }

  #clock(): ClockRow {
    return this.#readClock.get() as unknown as ClockRow;
  }
}
