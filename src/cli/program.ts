// The commands put together, and the one place where what they throw becomes a message and an exit code: 0 done, 1 failed, 2 wrong usage.
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { VERSION } from '../internal/version.ts';
import { addAgents } from './commands/agents.ts';
import { addAlerts } from './commands/alerts/alerts.ts';
import { addApprovals } from './commands/approvals.ts';
import { addCache } from './commands/cache.ts';
import { addCompare } from './commands/compare.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvents } from './commands/events.ts';
import { addExport } from './commands/export.ts';
import { addFeedback } from './commands/feedback.ts';
import { addImport } from './commands/import.ts';
import { addModels } from './commands/models.ts';
import { addPrompts, addWorkflows } from './commands/prompts.ts';
import { addReset } from './commands/reset.ts';
import { addRun } from './commands/run.ts';
import { addSavings } from './commands/savings.ts';
import { addShip } from './commands/ship.ts';
import { addShow } from './commands/show.ts';
import { addSignals } from './commands/signals.ts';
import { addStats } from './commands/stats.ts';
import { addTail } from './commands/tail.ts';
import { addTimeline } from './commands/timeline.ts';
import { addTop } from './commands/top.ts';
import { addUsers } from './commands/users.ts';
import { Failure } from './failure.ts';
import { complain, endQuietlyOnClosedPipe } from './output.ts';

/** @returns the exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  endQuietlyOnClosedPipe();
  const program = new Command('agent-vitals')
    .description('The vital signs of LLM applications and agents: what they cost, how fast they are, what fails.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    // Options of the command that `run` starts are its own.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('(agent-vitals --help lists commands and options)');
  const questions = [
    addStats,
    addSavings,
    addCache,
    addCompare,
    addPrompts,
    addWorkflows,
    addModels,
    addUsers,
    addTop,
    addTimeline,
  ];
  const commands = [addRun, ...questions, addTail, addShow, addExport, addImport, addShip, addReset, addDoctor];
  for (const add of [...commands, addAgents, addSignals, addEvents, addApprovals, addFeedback, addAlerts]) add(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    // Commander has said what is wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Failure) {
      complain(error.message);
      return error.exitCode;
    }
    if (error instanceof ConfigError) {
      complain(error.message);
      return 2;
    }
    complain(error instanceof Error ? error.message : String(error));
    return 1;
  }
}
