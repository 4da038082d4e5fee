// alerts.db: rules, their windows and states, and whom has been told. Holds secrets of channels, so it is private to its user.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { makeDataDirectory } from '../internal/data-directory.ts';
import { openDatabase } from '../internal/database.ts';
import { NOTIFY_TABLES } from './notify/tables.ts';
import { EVALUATION_TABLES, KIND_OF_SERIES } from './store/tables.ts';

const ALERTS_DATABASE = 'alerts.db';
const MIGRATIONS = [NOTIFY_TABLES, EVALUATION_TABLES, KIND_OF_SERIES];

export function alertsDatabasePath(dir: string): string {
  return join(dir, ALERTS_DATABASE);
}

/** Whether anybody has made it yet. */
export function hasAlertsDatabase(dir: string): boolean {
  return existsSync(alertsDatabasePath(dir));
}

/** One of this process alone, in memory: for one whose file cannot be used. */
export function openMemoryDatabase(): DatabaseSync {
  return openDatabase(':memory:', { migrations: MIGRATIONS });
}

/**
 * Opens the database in `dir`, made if absent.
 * @param busyTimeoutMillis how long a statement may wait, and hold the event loop, for another process that writes; a second unless given.
 * @throws what the file system and SQLite throw.
 */
export function openAlertsDatabase(dir: string, busyTimeoutMillis?: number): DatabaseSync {
  makeDataDirectory(dir);
  return openDatabase(alertsDatabasePath(dir), {
    migrations: MIGRATIONS,
    ...(busyTimeoutMillis !== undefined && { busyTimeoutMillis }),
  });
}
