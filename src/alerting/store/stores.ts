// What there is of one open alerts.db, and how it is written: in transactions that wait for those of others without holding the event loop.
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTransaction, isLockedError } from '../../internal/database.ts';
import { alertsDatabasePath } from '../alerts-database.ts';
import type { JournalFeed } from '../journal/journal-feed.ts';
import type { Lease } from './lease.ts';
import type { RuleStore } from './rule-store.ts';
import type { StateStore } from './state-store.ts';
import type { WindowStore } from './window-store.ts';

/** Statements wait so long for others: the event loop waits with them. */
export const BUSY_MILLIS = 10;
/** Tries of a transaction in one tick, and the pause between them: others hold the database for a few milliseconds. */
const TRIES = 8;
const TRY_AGAIN_MILLIS = 40;

/** What there is of one open database. */
export interface Stores {
  readonly database: DatabaseSync;
  readonly isFile: boolean;
  /** Tells the file from another that took its place. */
  readonly inode: number;
  readonly rules: RuleStore;
  readonly windows: WindowStore;
  readonly states: StateStore;
  readonly lease: Lease;
  /** `undefined` in memory: nobody would remember how far it was read. */
  feed: JournalFeed | undefined;
  readonly source: number;
  /** Up to which the changes of others are taken; `undefined` while we do not evaluate. */
  seenChange: number | undefined;
}

/** A transaction; tried again for a while when others hold the database. */
export async function write<T>({ database }: Pick<Stores, 'database'>, fn: () => T): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return inTransaction(database, fn);
    } catch (error) {
      if (!isLockedError(error) || tries >= TRIES) throw error;
      await sleep(TRY_AGAIN_MILLIS * Math.random(), undefined, { ref: false });
    }
  }
}

/** Tells the file from another that took its place; 0 when there is none. */
export function inodeOf(dir: string): number {
  return statSync(alertsDatabasePath(dir), { throwIfNoEntry: false })?.ino ?? 0;
}
