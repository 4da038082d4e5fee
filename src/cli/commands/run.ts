// `agent-vitals run -- <command>`: starts a command under the flag. To its parent it is the command: same streams, messages, signals and exit code.
import { type ChildProcess, type Serializable, type StdioOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Command } from 'commander';
import { addDirOption, type DirOptions } from '../journal-options.ts';
import { complain } from '../output.ts';
import { REGISTER_FILE } from '../own-package.ts';
import { isForeground } from '../terminal-group.ts';

/** As shells have it. */
const CANNOT_EXECUTE = 126;
const NOT_FOUND = 127;
const SIGNALLED = 128;

/** A terminal sends these to the command itself, being in the same process group. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP']);
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGBREAK'] as const;

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .description('run a command with telemetry on: agent-vitals run -- node app.js')
    .argument('<command...>', 'the command and its arguments, which are its own')
    .passThroughOptions()
    .action(run);
  addDirOption(command);
}

async function run([command = '', ...args]: string[], options: DirOptions): Promise<void> {
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: withRegister(process.env.NODE_OPTIONS) };
  if (options.dir !== undefined) env.AGENT_VITALS_DIR = resolve(options.dir);
  // Windows finds npm, npx and the like only through its shell.
  const stdio: StdioOptions = process.connected ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit';
  const child = spawn(command, args, { stdio, env, shell: process.platform === 'win32' });
  const stopForwarding = forwardSignals(child);
  if (process.connected) forwardMessages(child);
  const { code, signal } = await endOf(child, command);
  stopForwarding();
  if (signal === null) process.exitCode = code;
  else dieOf(signal);
}

/** `NODE_OPTIONS` with the flag in it, once. A file URL has no spaces or quotes, so it needs none. */
export function withRegister(nodeOptions = ''): string {
  const flag = `--import=${pathToFileURL(REGISTER_FILE).href}`;
  if (nodeOptions.split(/\s+/).includes(flag)) return nodeOptions;
  return nodeOptions.trim() === '' ? flag : `${nodeOptions} ${flag}`;
}

function forwardSignals(child: ChildProcess): () => void {
  const forward = (signal: NodeJS.Signals): void => {
    // Sent again it would be the second Ctrl-C, which many programs take for "at once".
    if (FROM_TERMINAL.has(signal) && isForeground()) return;
    child.kill(signal);
  };
  const signals = FORWARDED.filter((signal) => signal in constants.signals);
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}

/** Where we were forked (by a process manager), the command talks to our parent. */
function forwardMessages(child: ChildProcess): void {
  child.on('message', (message) => process.send?.(message));
  process.on('message', (message: Serializable) => child.connected && child.send(message));
  child.once('disconnect', () => process.connected && process.disconnect());
  process.once('disconnect', () => child.connected && child.disconnect());
}

async function endOf(
  child: ChildProcess,
  command: string,
): Promise<{ readonly code: number; readonly signal: NodeJS.Signals | null }> {
  return new Promise((ended) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      // It runs, and a signal could not be sent to it.
      if (child.pid !== undefined) return;
      const missing = error.code === 'ENOENT';
      complain(missing ? `${command}: command not found` : `${command}: cannot be executed (${error.code})`);
      ended({ code: missing ? NOT_FOUND : CANNOT_EXECUTE, signal: null });
    });
    child.once('exit', (code, signal) => ended({ code: code ?? 1, signal }));
  });
}

/** Ends as the command did, so that a shell or a supervisor sees the same. */
function dieOf(signal: NodeJS.Signals): void {
  process.exitCode = SIGNALLED + constants.signals[signal];
  process.kill(process.pid, signal);
}
