// The command line as a user starts it: a child process of its own, from the sources.
import { join } from 'node:path';
import {
  type ProcessOptions,
  type ProcessResult,
  type RunningProcess,
  runProcess,
  startProcess,
} from './run-process.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
// By its address: a name would be looked up from the directory the command runs in.
const command = ['--import', import.meta.resolve('tsx'), main];

/** The same from `dist`, which starts in a fraction of the time. */
const built = [join(import.meta.dirname, '../../dist/bin/agent-vitals.cjs')];

type CliOptions = ProcessOptions & { readonly input?: string };

/** Runs `agent-vitals` with `args` to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<ProcessResult> {
  return runProcess(process.execPath, [...command, ...args], withUtc(options));
}

/** Starts `agent-vitals` with `args`. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningProcess {
  return startProcess(process.execPath, [...command, ...args], withUtc(options));
}

/** Runs what was built last, for tests of many commands. */
export function runBuiltCli(args: readonly string[], options: CliOptions = {}): Promise<ProcessResult> {
  return runProcess(process.execPath, [...built, ...args], withUtc(options));
}

/** Starts what was built last. */
export function startBuiltCli(args: readonly string[], options: CliOptions = {}): RunningProcess {
  return startProcess(process.execPath, [...built, ...args], withUtc(options));
}

/** The same in a shell: `$AV` is the command, `$BUILT` the built one. */
export function runCliInShell(script: string, options: CliOptions = {}): Promise<ProcessResult> {
  const quote = (parts: readonly string[]): string => [process.execPath, ...parts].map((part) => `'${part}'`).join(' ');
  const whole = script.replaceAll('$AV', quote(command)).replaceAll('$BUILT', quote(built));
  return runProcess('bash', ['-c', whole], withUtc(options));
}

/** Days and times of the answers must not depend on where the test runs. */
function withUtc(options: CliOptions): CliOptions {
  return { ...options, env: { TZ: 'UTC', ...options.env } };
}
