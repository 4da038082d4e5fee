// Copies between alerts.db and the database in memory that stands for it while it cannot be used: what is needed to tell people there, and what was
// told back.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { inTransaction } from '../../internal/database.ts';

const LENT = ['rule', 'config_rule', 'channel', 'silence', 'alert', 'telling'];

/** What to watch, whom to tell, what not to, and what has been told. @param memory an empty one. */
export function lend(file: DatabaseSync, memory: DatabaseSync): void {
  inTransaction(memory, () => {
    for (const table of LENT) copy(file, memory, `SELECT * FROM ${table}`, `INSERT INTO ${table}`);
  });
}

/** What happened meanwhile, and what people were told: nobody is to hear it twice. */
export function giveBack(memory: DatabaseSync, file: DatabaseSync): void {
  inTransaction(file, () => {
    copy(memory, file, 'SELECT * FROM alert', 'INSERT OR IGNORE INTO alert');
    const newer = `ON CONFLICT DO UPDATE SET due_at = excluded.due_at, told_state = excluded.told_state,
      told_starts_at = excluded.told_starts_at, told_at = excluded.told_at WHERE excluded.told_at > IFNULL(telling.told_at, 0)`;
    copy(memory, file, 'SELECT * FROM telling WHERE told_at IS NOT NULL', 'INSERT INTO telling', newer);
    copy(
      memory,
      file,
      'SELECT NULL AS id, at, kind, rule, channel, entry FROM history ORDER BY id',
      'INSERT INTO history',
    );
  });
}

function copy(from: DatabaseSync, to: DatabaseSync, select: string, insert: string, onConflict = ''): void {
  let statement: StatementSync | undefined;
  for (const row of from.prepare(select).iterate()) {
    const values = Object.values(row) as SQLInputValue[];
    statement ??= to.prepare(`${insert} VALUES (${values.map(() => '?').join(', ')}) ${onConflict}`);
    statement.run(...values);
  }
}
