// The commands put together, each loaded when it is asked for, and the one place where what they throw becomes a message and an exit code:
// 0 done, 1 failed, 2 wrong usage.
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { VERSION } from '../internal/version.ts';
import { Failure } from './failure.ts';
import { complain, endQuietlyOnClosedPipe } from './output.ts';

type AddCommand = (program: Command) => void;

/** In the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./commands/run.ts')).addRun,
  stats: async () => (await import('./commands/stats.ts')).addStats,
  savings: async () => (await import('./commands/savings.ts')).addSavings,
  cache: async () => (await import('./commands/cache.ts')).addCache,
  compare: async () => (await import('./commands/compare.ts')).addCompare,
  prompts: async () => (await import('./commands/prompts.ts')).addPrompts,
  workflows: async () => (await import('./commands/prompts.ts')).addWorkflows,
  models: async () => (await import('./commands/models.ts')).addModels,
  users: async () => (await import('./commands/users.ts')).addUsers,
  top: async () => (await import('./commands/top.ts')).addTop,
  timeline: async () => (await import('./commands/timeline.ts')).addTimeline,
  tail: async () => (await import('./commands/tail.ts')).addTail,
  show: async () => (await import('./commands/show.ts')).addShow,
  export: async () => (await import('./commands/export.ts')).addExport,
  import: async () => (await import('./commands/import.ts')).addImport,
  ship: async () => (await import('./commands/ship.ts')).addShip,
  reset: async () => (await import('./commands/reset.ts')).addReset,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  agents: async () => (await import('./commands/agents.ts')).addAgents,
  signals: async () => (await import('./commands/signals.ts')).addSignals,
  events: async () => (await import('./commands/events.ts')).addEvents,
  approvals: async () => (await import('./commands/approvals.ts')).addApprovals,
  feedback: async () => (await import('./commands/feedback.ts')).addFeedback,
  alerts: async () => (await import('./commands/alerts/alerts.ts')).addAlerts,
};

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
    // It shows what was given in the wrong place, which may be the address of a webhook.
    .configureOutput({ outputError: (text, write) => write(text.replaceAll(/\w+:\/\/[^\s']+/g, '(a URL)')) })
    .showHelpAfterError('(agent-vitals --help lists commands and options)');
  for (const add of await commandsFor(args[0])) add(program);
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

/** The command that is asked for, loaded alone; all of them where it is the help that needs them, or none is meant. */
function commandsFor(name = ''): Promise<AddCommand[]> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return Promise.all(load ? [load()] : Object.values(COMMANDS).map((loadAny) => loadAny()));
}
