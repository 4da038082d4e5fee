// The command line as a user starts it: a child process of its own, of what was built last.
import { join } from 'node:path';
import {
  type ProcessOptions,
  type ProcessResult,
  type RunningProcess,
  runProcess,
  startProcess,
} from './run-process.ts';

const built = [join(import.meta.dirname, '../../dist/bin/agent-vitals.cjs')];

type CliOptions = ProcessOptions & { readonly input?: string };

/** Runs `agent-vitals` with `args` to its end. */
export function runBuiltCli(args: readonly string[], options: CliOptions = {}): Promise<ProcessResult> {
  return runProcess(process.execPath, [...built, ...args], withUtc(options));
}

/** Starts `agent-vitals` with `args`. */
export function startBuiltCli(args: readonly string[], options: CliOptions = {}): RunningProcess {
  return startProcess(process.execPath, [...built, ...args], withUtc(options));
}

/** The same in a shell: `$BUILT` is the command. */
export function runCliInShell(script: string, options: CliOptions = {}): Promise<ProcessResult> {
  const quoted = [process.execPath, ...built].map((part) => `'${part}'`).join(' ');
  const whole = script.replaceAll('$BUILT', quoted);
  return runProcess('bash', ['-c', whole], withUtc(options));
}

/** Days and times of the answers must not depend on where the test runs. */
function withUtc(options: CliOptions): CliOptions {
  return { ...options, env: { TZ: 'UTC', ...options.env } };
}
