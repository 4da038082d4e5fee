// `agent-vitals alerts`: rules, and who is told when they fire. One file a command.
import { type Command } from 'commander';
import { addAdd } from './add.ts';
import { addDelete } from './delete.ts';
import { addEdit } from './edit.ts';
import { addEnable } from './enable.ts';
import { addExport } from './export.ts';
import { addImport } from './import.ts';
import { addList } from './list.ts';

export function addAlerts(program: Command): void {
  const alerts = program
    .command('alerts')
    .description('budgets and thresholds, and who is told when they are exceeded');
  for (const add of [addAdd, addList, addEdit, addEnable, addDelete, addImport, addExport]) add(alerts);
}
