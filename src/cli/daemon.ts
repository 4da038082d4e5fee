// A command that goes on in the background: started once a data directory, found again by its pid file, and stopped by name. Never takes another
// process for it that was given the same number.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDataDirectory } from '../internal/data-directory.ts';
import { fileProblem } from '../internal/file-problem.ts';
import { isAlive, processStart } from '../internal/process-alive.ts';
import { Failure } from './failure.ts';

/** Set in the environment of the process in the background. */
const MARK = 'AGENT_VITALS_DAEMON';
/** A log that is larger is put aside at the next start; the one put aside before is dropped. */
const MAX_LOG_BYTES = 5_000_000;
const START_MILLIS = 30_000;
const STOP_MILLIS = 10_000;
const LOOK_MILLIS = 50;

export interface RunningDaemon {
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export class Daemon {
  readonly pidFile: string;
  readonly logFile: string;
  readonly #dir: string;
  readonly #name: string;

  /** @param name what its files in the data directory `dir` are called. */
  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#name = name;
    this.pidFile = join(dir, `${name}.pid`);
    this.logFile = join(dir, `${name}.log`);
  }

  /** Whether this process is the one in the background. */
  isSelf(): boolean {
    return process.env[MARK] === this.#name;
  }

  /** `undefined` when none runs, though its pid file may have stayed. */
  running(): RunningDaemon | undefined {
    try {
      const [pid, started] = readFileSync(this.pidFile, 'utf8').split('\n');
      const number = Number(pid);
      if (!Number.isSafeInteger(number) || number < 1 || !isAlive(number, started || undefined)) return undefined;
      return { pid: number, startedAt: Math.round(statSync(this.pidFile).mtimeMs) };
    } catch {
      return undefined;
    }
  }

  /**
   * Starts the command of this process again, in the background, and waits until it says that it works (see {@link announce}).
   * @throws {Failure} when one runs already, or this one ends at once: then with what it said.
   */
  async start(args: readonly string[]): Promise<RunningDaemon> {
    const other = this.running();
    if (other) throw new Failure(`It runs already, as process ${other.pid}. Stop it first.`);
    try {
      makeDataDirectory(this.#dir);
    } catch (error) {
      throw new Failure(`${this.#dir} cannot be made: ${fileProblem(error)}.`, { cause: error });
    }
    if ((statSync(this.logFile, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES)
      renameSync(this.logFile, `${this.logFile}.1`);
    const log = openSync(this.logFile, 'a', 0o600);
    const logged = statSync(this.logFile).size;
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1] as string, ...args], {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, [MARK]: this.#name },
      windowsHide: true,
    });
    closeSync(log);
    if (!(await isReady(child))) {
      const said = readFileSync(this.logFile, 'utf8').slice(logged).trim();
      throw new Failure(`It did not start. ${said === '' ? `See ${this.logFile}.` : said}`);
    }
    child.disconnect();
    child.unref();
    return { pid: child.pid as number, startedAt: Date.now() };
  }

  /**
   * To be called by the process in the background once it works.
   * @throws {Failure} when another was faster.
   */
  announce(): void {
    const text = `${process.pid}\n${processStart(process.pid) ?? ''}\n`;
    try {
      writeFileSync(this.pidFile, text, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const other = this.running();
      if (other) throw new Failure(`It runs already, as process ${other.pid}.`, { cause: error });
      // Left by one that was killed.
      rmSync(this.pidFile, { force: true });
      writeFileSync(this.pidFile, text, { flag: 'wx', mode: 0o600 });
    }
    process.send?.('ready');
  }

  /** The end of the process in the background. */
  leave(): void {
    if (this.running()?.pid === process.pid) rmSync(this.pidFile, { force: true });
  }

  /**
   * Asks it to end, and waits until it is gone.
   * @returns which it was; `undefined` when none ran.
   * @throws {Failure} when it does not end.
   */
  async stop(): Promise<RunningDaemon | undefined> {
    const daemon = this.running();
    if (!daemon) return undefined;
    process.kill(daemon.pid, 'SIGTERM');
    for (const endAt = performance.now() + STOP_MILLIS; this.running()?.pid === daemon.pid; ) {
      if (performance.now() > endAt) throw new Failure(`Process ${daemon.pid} does not end.`);
      await sleep(LOOK_MILLIS);
    }
    return daemon;
  }
}

/** Whether `child` says that it works; not when it ends before, or says nothing for long. */
function isReady(child: ChildProcess): Promise<boolean> {
  return new Promise((settle) => {
    const timer = setTimeout(() => {
      child.kill();
      settle(false);
    }, START_MILLIS);
    const done = (ready: boolean): void => {
      clearTimeout(timer);
      settle(ready);
    };
    child.once('message', () => done(true));
    child.once('exit', () => done(false));
    child.once('error', () => done(false));
  });
}
