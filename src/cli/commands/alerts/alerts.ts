// `agent-vitals alerts`: rules, and who is told when they fire. One file a command.
import { type Command } from 'commander';
import { addAdd } from './add.ts';
import { addChannels } from './channels.ts';
import { addDelete } from './delete.ts';
import { addEdit } from './edit.ts';
import { addEnable } from './enable.ts';
import { addExport } from './export.ts';
import { addHistory } from './history.ts';
import { addImport } from './import.ts';
import { addInit } from './init.ts';
import { addList } from './list.ts';
import { addMetrics } from './metrics.ts';
import { addShow } from './show.ts';
import { addSilence } from './silence.ts';
import { addTest } from './test.ts';
import { addWatch } from './watch.ts';

export function addAlerts(program: Command): void {
  const alerts = program
    .command('alerts')
    .description('budgets and thresholds, and who is told when they are exceeded');
  const commands = [
    addInit,
    addAdd,
    addList,
    addShow,
    addEdit,
    addEnable,
    addDelete,
    addTest,
    addWatch,
    addMetrics,
    addHistory,
    addSilence,
    addChannels,
    addImport,
    addExport,
  ];
  for (const add of commands) add(alerts);
}
