// alerts.db: what is known of the rules' series and of whom has been told. Holds secrets of channels, so it is private to its user.
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { makeDataDirectory } from '../internal/data-directory.ts';
import { openDatabase } from '../internal/database.ts';
import { NOTIFY_TABLES } from './notify/tables.ts';

const ALERTS_DATABASE = 'alerts.db';

/**
 * Opens the database in `dir`, made if absent.
 * @throws what the file system and SQLite throw.
 */
export function openAlertsDatabase(dir: string): DatabaseSync {
  makeDataDirectory(dir);
  return openDatabase(join(dir, ALERTS_DATABASE), { migrations: [NOTIFY_TABLES] });
}
