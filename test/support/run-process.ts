// Child processes as a user would start them, with all they print. Kills only what it started.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './eventually.ts';

export interface ProcessOptions {
  readonly cwd?: string;
  /** Beside PATH, HOME and the like; nothing of the test's own OTEL_* or AGENT_VITALS_* settings gets through. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Kills the process, which then fails the test. */
  readonly timeoutMillis?: number;
}

export interface ProcessResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from the last thing it printed on stdout until it was gone. */
  readonly millisToEnd: number;
}

export interface RunningProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves once `text` has been printed on stdout; fails when the process ends without. */
  printed(text: string, timeoutMillis?: number): Promise<void>;
  readonly ended: Promise<ProcessResult>;
  /** Sends `signal` and waits for the end; SIGKILL after 5 s. */
  stop(signal?: NodeJS.Signals): Promise<ProcessResult>;
}

/** What a child inherits from the test: the machine, not the telemetry settings or loader of the test run. */
export function cleanEnv(env: ProcessOptions['env'] = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(OTEL_|AGENT_VITALS_|NODE_OPTIONS$|NODE_V8_COVERAGE$|OPENAI_|ANTHROPIC_|npm_|FORCE_COLOR$)/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...env };
}

export function startProcess(command: string, args: readonly string[], options: ProcessOptions = {}): RunningProcess {
  const child = spawn(command, args, { cwd: options.cwd, env: cleanEnv(options.env), stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let printedAt = performance.now();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    printedAt = performance.now();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A child that is gone before it reads what it is told is its own affair.
  child.stdin.on('error', () => {});
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMillis ?? 60_000);
  // When the process is gone, not when its pipes are closed: that is what a shell or a supervisor waits for.
  let millisToEnd = 0;
  child.once('exit', () => {
    millisToEnd = performance.now() - printedAt;
    clearTimeout(timer);
  });
  const ended = once(child, 'close').then(
    ([code, signal]): ProcessResult => ({ code, signal, stdout, stderr, millisToEnd }),
  );
  ended.catch(() => clearTimeout(timer));
  return {
    child,
    get pid() {
      if (child.pid === undefined) throw new Error(`${command} did not start`);
      return child.pid;
    },
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    printed: async (text, timeoutMillis) => {
      await eventually(
        `"${text}" from ${command} ${args.join(' ')}`,
        () => {
          if (stdout.includes(text)) return true;
          return child.exitCode === null && child.signalCode === null ? undefined : 'gone';
        },
        timeoutMillis,
      );
      if (!stdout.includes(text)) throw new Error(`${command} ended without printing "${text}": ${stdout}${stderr}`);
    },
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
      const result = await ended;
      clearTimeout(kill);
      return result;
    },
  };
}

/** Runs to the end. `input` is its whole stdin. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions & { readonly input?: string } = {},
): Promise<ProcessResult> {
  const running = startProcess(command, args, options);
  running.child.stdin?.end(options.input ?? '');
  return running.ended;
}
