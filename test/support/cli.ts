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

type CliOptions = ProcessOptions & { readonly input?: string };

/** Runs `agent-vitals` with `args` to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<ProcessResult> {
  return runProcess(process.execPath, [...command, ...args], withUtc(options));
}

/** Starts `agent-vitals` with `args`. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningProcess {
  return startProcess(process.execPath, [...command, ...args], withUtc(options));
}

/** The same in a shell: `$AV` is the command. */
export function runCliInShell(script: string, options: CliOptions = {}): Promise<ProcessResult> {
  const quoted = [process.execPath, ...command].map((part) => `'${part}'`).join(' ');
  return runProcess('bash', ['-c', script.replaceAll('$AV', quoted)], withUtc(options));
}

/** Days and times of the answers must not depend on where the test runs. */
function withUtc(options: CliOptions): CliOptions {
  return { ...options, env: { TZ: 'UTC', ...options.env } };
}
