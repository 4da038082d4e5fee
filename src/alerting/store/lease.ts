// The right to evaluate and to tell people, which one process of a data directory has. All calls are made within a transaction of the caller.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Members } from './member.ts';

interface LeaseRow {
  readonly holder: string;
  readonly generation: number;
  readonly beat: number;
}

export class Lease {
  readonly #self: string;
  readonly #members: Members;
  readonly #silentMillis: number;
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  /** Of ours, while we have it. */
  #generation: number | undefined;

  /**
   * @param self from `describeSelf`.
   * @param silentMillis how long a holder's beat may stand still before it is taken for dead or hung.
   */
  constructor(database: DatabaseSync, self: string, members: Members, silentMillis: number) {
    this.#self = self;
    this.#members = members;
    this.#silentMillis = silentMillis;
    this.#read = database.prepare('SELECT holder, generation, beat FROM lease WHERE id = 1');
    this.#write = database.prepare('UPDATE lease SET holder = ?, generation = ?, beat = ? WHERE id = 1');
  }

  /** Renews it, or takes it when nobody has it who gives signs of life. Says whether we have it. */
  take(): boolean {
    const { holder, generation, beat } = this.#row();
    if (holder === this.#self && generation === this.#generation) {
      this.#write.run(holder, generation, beat + 1);
      return true;
    }
    this.#generation = undefined;
    // One of ours is from before the database was opened anew.
    if (holder !== '' && holder !== this.#self && this.#members.mayLive(holder, beat, this.#silentMillis)) return false;
    this.#members.forget(holder);
    this.#generation = generation + 1;
    this.#write.run(this.#self, this.#generation, beat + 1);
    return true;
  }

  /** Whether it is still ours: who was stopped for long may have been taken for dead. */
  isHeld(): boolean {
    const { holder, generation } = this.#row();
    return holder === this.#self && generation === this.#generation;
  }

  /** Others need not wait. */
  release(): void {
    if (!this.isHeld()) return;
    const { generation, beat } = this.#row();
    this.#write.run('', generation, beat + 1);
    this.#generation = undefined;
  }

  #row(): LeaseRow {
    return this.#read.get() as unknown as LeaseRow;
  }
}
